"""A released file counts only when a trusted key has signed for its bytes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from civiclab.catalog.manifests import canonical_bytes, verify
from civiclab.errors import BadContent

COMMITTED = Path(__file__).parents[3] / "exercises" / "datasets"
KEY = Ed25519PrivateKey.generate()


def sign(folder: Path, manifest: dict[str, Any], key: Ed25519PrivateKey = KEY) -> None:
    """Write a signed manifest."""
    value = base64.b64encode(key.sign(canonical_bytes(manifest))).decode()
    told = {**manifest, "signature": {"key": "city", "value": value}}
    (folder / "release" / "manifest.json").write_text(json.dumps(told), encoding="utf-8")


def manifest_of(folder: Path) -> dict[str, Any]:
    """A manifest that fits the folder."""

    def told(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    file = {"name": "t.csv", "sha256": told(folder / "release" / "t.csv"), "rows": 1, "audience": "learner"}
    sources = {name: told(folder / f"{name}.yaml") for name in ("schema", "recipe")}
    return {"dataset": folder.name, "files": [file], **sources}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A dataset whose manifest holds; `trusted.json` beside it trusts its key."""
    folder = tmp_path / "queue"
    (folder / "release").mkdir(parents=True)
    for name in ("schema.yaml", "recipe.yaml", "release/t.csv"):
        (folder / name).write_text(f"{name}\n1\n", encoding="utf-8")
    sign(folder, manifest_of(folder))
    public = base64.b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    keys = {"keys": [{"id": "city", "public_key": public}]}
    (tmp_path / "trusted.json").write_text(json.dumps(keys), encoding="utf-8")
    return folder


def trusted(dataset: Path) -> Path:
    """The trusted keys beside a dataset."""
    return dataset.parent / "trusted.json"


def test_what_holds_is_listed(dataset: Path) -> None:
    """Name, hash, rows and audience of every file."""
    (file,) = verify(dataset, trusted(dataset))
    assert (file.name, file.rows, file.audience) == ("t.csv", 1, "learner")


@pytest.mark.parametrize("name", ["complaints", "residents", "counter_queue"])
def test_committed_releases_hold(name: str) -> None:
    """The releases that the exercises read are signed by a trusted key and unchanged."""
    assert verify(COMMITTED / name, COMMITTED / "trusted_keys.json")


def _no_manifest(folder: Path) -> None:
    (folder / "release" / "manifest.json").unlink()


def _not_json(folder: Path) -> None:
    (folder / "release" / "manifest.json").write_text("nothing", encoding="utf-8")


def _unsigned(folder: Path) -> None:
    (folder / "release" / "manifest.json").write_text(json.dumps(manifest_of(folder)), encoding="utf-8")


def _wrong_key(folder: Path) -> None:
    sign(folder, manifest_of(folder), Ed25519PrivateKey.generate())


def _untrusted_key(folder: Path) -> None:
    trusted(folder).write_text('{"keys": []}', encoding="utf-8")


def _edited_after_signing(folder: Path) -> None:
    path = folder / "release" / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("learner", "checker"), encoding="utf-8")


def _tampered_file(folder: Path) -> None:
    with (folder / "release" / "t.csv").open("a", encoding="utf-8") as file:
        file.write("2\n")


def _missing_file(folder: Path) -> None:
    (folder / "release" / "t.csv").unlink()


def _linked_file(folder: Path) -> None:
    path = folder / "release" / "t.csv"
    path.rename(folder / "elsewhere.csv")
    path.symlink_to(folder / "elsewhere.csv")


def _extra_file(folder: Path) -> None:
    (folder / "release" / "raw.csv").write_text("name\n", encoding="utf-8")


def _changed_recipe(folder: Path) -> None:
    (folder / "recipe.yaml").write_text("k: 1\n", encoding="utf-8")


def _changed_schema(folder: Path) -> None:
    (folder / "schema.yaml").write_text("rows: 1\n", encoding="utf-8")


def _other_dataset(folder: Path) -> None:
    sign(folder, {**manifest_of(folder), "dataset": "residents"})


def _path_out_of_the_folder(folder: Path) -> None:
    manifest = manifest_of(folder)
    manifest["files"][0]["name"] = "../recipe.yaml"
    sign(folder, manifest)


WEAKNESSES: list[tuple[Callable[[Path], None], str, str]] = [
    (_no_manifest, "There is no manifest", "manifest.json"),
    (_not_json, "not JSON", "manifest.json"),
    (_unsigned, "not signed", "manifest.json"),
    (_wrong_key, "signature does not hold", "manifest.json"),
    (_untrusted_key, "not trusted", "manifest.json"),
    (_edited_after_signing, "signature does not hold", "manifest.json"),
    (_tampered_file, "not the one that was released", "t.csv"),
    (_missing_file, "missing", "t.csv"),
    (_linked_file, "missing", "t.csv"),
    (_extra_file, "does not know this file", "raw.csv"),
    (_changed_recipe, "not the one that was released", "recipe.yaml"),
    (_changed_schema, "not the one that was released", "schema.yaml"),
    (_other_dataset, "another dataset", "manifest.json"),
    (_path_out_of_the_folder, "list of files", "manifest.json"),
]


@pytest.mark.parametrize(("weaken", "message", "file"), WEAKNESSES)
def test_weakness_is_refused(dataset: Path, weaken: Callable[[Path], None], message: str, file: str) -> None:
    """Whatever does not hold is refused, naming the file."""
    weaken(dataset)
    with pytest.raises(BadContent, match=message) as refused:
        verify(dataset, trusted(dataset))
    assert refused.value.where.endswith(file)


def test_signed_bytes_do_not_depend_on_order() -> None:
    """Two manifests that say the same are signed alike; one that says more is not."""
    assert canonical_bytes({"b": 1, "a": "가"}) == canonical_bytes({"a": "가", "b": 1, "signature": "x"})
    assert canonical_bytes({"a": 1}) != canonical_bytes({"a": 1, "b": 2})
