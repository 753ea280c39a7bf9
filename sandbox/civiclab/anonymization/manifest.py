"""The manifest: what the gate passed, signed with Ed25519. `catalog.manifests` verifies it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from civiclab.anonymization.disclosure import Figures
from civiclab.anonymization.gate import file_hash
from civiclab.anonymization.recipe import Recipe
from civiclab.catalog.manifests import canonical_bytes
from civiclab.errors import BadInput

_OTHERS_MAY_READ = 0o077


def new_key(path: Path) -> dict[str, str]:
    """Make a signing key in `path`, readable by its owner only; its entry for `trusted_keys.json`.

    BadInput when the file is there already, or can't be written.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except FileExistsError:
        raise BadInput("A file is there already; a key is never overwritten.", where=str(path)) from None
    except OSError as error:
        raise BadInput(
            "The file can't be written: {reason}", where=str(path), reason=error.strerror
        ) from None
    return {"id": key_id(key), "public_key": base64.b64encode(_public(key)).decode()}


def load_key(path: Path) -> Ed25519PrivateKey:
    """The signing key; BadInput when it is missing, of another kind, or others may read it."""
    if not path.is_file():
        raise BadInput("There is no signing key.", where=str(path))
    if path.stat().st_mode & _OTHERS_MAY_READ:
        raise BadInput("Others may read the signing key. Set its mode to 600.", where=str(path))
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise BadInput("This is no Ed25519 signing key.", where=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("This is no Ed25519 signing key.", where=str(path))
    return key


def key_id(key: Ed25519PrivateKey) -> str:
    """A short name of the key's public half."""
    return hashlib.sha256(_public(key)).hexdigest()[:16]


def describe(
    dataset_dir: Path, recipe: Recipe, *, staged: Path, figures: Mapping[str, Figures]
) -> dict[str, Any]:
    """The unsigned manifest, but for where the input came from and who approved."""
    return {
        "manifest": 1,
        "dataset": recipe.dataset,
        "synthetic": recipe.basis == "synthetic",
        "unit": recipe.unit,
        "versions": {"schema": _schema_version(dataset_dir), "recipe": recipe.version},
        "schema": file_hash(dataset_dir / "schema.yaml"),
        "recipe": file_hash(dataset_dir / "recipe.yaml"),
        "code": {room: _code_hash(room) for room in ("citydata", "anonymization")},
        "files": [
            {
                "name": file.name,
                "sha256": file_hash(staged / file.name),
                "rows": figures[file.name].rows,
                "audience": file.audience,
            }
            for file in recipe.release.files
        ],
        "gate": {
            "k_required": recipe.basis == "personal" and recipe.unit == "person",
            "figures": {name: asdict(told) for name, told in figures.items()},
        },
    }


def _schema_version(dataset_dir: Path) -> int:
    schema = yaml.safe_load((dataset_dir / "schema.yaml").read_text(encoding="utf-8"))
    return int(schema["version"])


def write_signed(manifest: dict[str, Any], key: Ed25519PrivateKey, folder: Path) -> None:
    """Write `manifest.json` with its signature into `folder`."""
    signature = base64.b64encode(key.sign(canonical_bytes(manifest))).decode()
    signed = {**manifest, "signature": {"key": key_id(key), "value": signature}}
    text = json.dumps(signed, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _code_hash(room: str) -> str:
    digest = hashlib.sha256()
    for path in sorted((Path(__file__).parents[1] / room).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
