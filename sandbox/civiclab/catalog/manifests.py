"""Verification of released data: a file counts only when a trusted key has signed for its bytes.

No manifest, no notebook: an exercise reads nothing that this module has not passed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import StringConstraints, ValidationError

from civiclab.catalog.models import ReleasedFile, Strict
from civiclab.errors import BadContent

MANIFEST = "manifest.json"
_NAME = r"^[a-z0-9_]+\.csv$"


class TrustedKey(Strict):
    """A public key whose signatures count."""

    id: str
    public_key: str


class TrustedKeys(Strict):
    """`trusted_keys.json`."""

    keys: tuple[TrustedKey, ...]


class NamedFile(ReleasedFile):
    """A manifest's file: its name is a plain one, so that it can't lead out of the folder."""

    name: Annotated[str, StringConstraints(pattern=_NAME)]


def canonical_bytes(manifest: dict[str, Any]) -> bytes:
    """What is signed: the manifest without its `signature`, as JSON with sorted keys, no spaces, UTF-8."""
    body = {key: value for key, value in manifest.items() if key != "signature"}
    return json.dumps(
        body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def verify(dataset_dir: Path, trusted: Path) -> tuple[ReleasedFile, ...]:
    """The released files of a dataset; BadContent naming the file that is missing, unsigned or changed.

    Beyond the files themselves, the schema and the recipe must be those that were released: whoever edits
    them releases again.
    """
    path = dataset_dir / "release" / MANIFEST
    manifest = _read(path)
    _check_signature(manifest, path, _trusted(trusted))
    if manifest.get("dataset") != dataset_dir.name:
        raise BadContent(
            "The manifest is for another dataset: {name}.", where=str(path), name=manifest.get("dataset")
        )
    for source in ("schema", "recipe"):
        _check_hash(dataset_dir / f"{source}.yaml", str(manifest.get(source)))
    files = _files(manifest, path)
    for file in files:
        _check_hash(path.parent / file.name, file.sha256)
    _check_no_others(path.parent, {MANIFEST, *(file.name for file in files)})
    return files


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise BadContent(
            "There is no manifest. Data without one is not used; release it first.", where=str(path)
        )
    try:
        manifest = json.loads(path.read_bytes())
    except ValueError as error:
        raise BadContent("The manifest is not JSON.", where=str(path)) from error
    if not isinstance(manifest, dict):
        raise BadContent("The manifest is not JSON.", where=str(path))
    return manifest


def _trusted(path: Path) -> dict[str, TrustedKey]:
    try:
        return {key.id: key for key in TrustedKeys.model_validate_json(path.read_bytes()).keys}
    except FileNotFoundError as error:
        raise BadContent("The file is missing.", where=str(path)) from error
    except ValidationError as error:
        raise BadContent("The file can't be read: {reason}", where=str(path), reason=error) from error


def _check_signature(manifest: dict[str, Any], path: Path, keys: dict[str, TrustedKey]) -> None:
    signature = manifest.get("signature")
    if not isinstance(signature, dict) or not {"key", "value"} <= signature.keys():
        raise BadContent("The manifest is not signed.", where=str(path))
    key = keys.get(str(signature["key"]))
    if key is None:
        raise BadContent("The manifest's key is not trusted: {key}.", where=str(path), key=signature["key"])
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public_key, validate=True))
        public.verify(base64.b64decode(str(signature["value"]), validate=True), canonical_bytes(manifest))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise BadContent("The manifest's signature does not hold.", where=str(path)) from error


def _files(manifest: dict[str, Any], path: Path) -> tuple[ReleasedFile, ...]:
    try:
        named = tuple(NamedFile.model_validate(file) for file in manifest["files"])
    except (KeyError, TypeError, ValidationError) as error:
        raise BadContent("The manifest's list of files can't be read.", where=str(path)) from error
    return tuple(ReleasedFile(**file.model_dump()) for file in named)


def _check_hash(path: Path, expected: str) -> None:
    if path.is_symlink() or not path.is_file():
        raise BadContent("The file is missing.", where=str(path))
    if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        raise BadContent("The file is not the one that was released and signed.", where=str(path))


def _check_no_others(folder: Path, known: set[str]) -> None:
    others = sorted(path.name for path in folder.iterdir() if path.name not in known)
    if others:
        raise BadContent("The manifest does not know this file.", where=str(folder / others[0]))
