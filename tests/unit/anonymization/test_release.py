"""The doors: a signed release or nothing at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from civiclab.anonymization.findings import GateBlocked
from civiclab.anonymization.manifest import load_key, new_key
from civiclab.anonymization.recipe import load_recipe
from civiclab.anonymization.release import release, release_export
from civiclab.catalog.manifests import verify
from civiclab.citydata.raw import generate, write_raw
from civiclab.errors import BadContent, BadInput

CONTENT = Path(__file__).parents[3] / "exercises" / "datasets"
PERSONAL = Path(__file__).parent / "personal.yaml"


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """A folder of datasets without releases, a signing key and the trusted half of it."""
    root = tmp_path / "datasets"
    for name in ("complaints", "residents"):
        (root / name).mkdir(parents=True)
        for file in ("schema.yaml", "recipe.yaml"):
            shutil.copy(CONTENT / name / file, root / name)
    trusted = {"keys": [new_key(tmp_path / "key.pem")]}
    (root / "trusted_keys.json").write_text(json.dumps(trusted), encoding="utf-8")
    return root


@pytest.fixture
def key(datasets: Path) -> Path:
    """The signing key that `datasets` trusts."""
    return datasets.parent / "key.pem"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A city's export of residents."""
    folder = tmp_path / "export"
    folder.mkdir()
    generate(CONTENT / "residents" / "schema.yaml", 2500, 8).to_csv(folder / "residents.csv", index=False)
    return folder


def test_release_is_verified(datasets: Path, key: Path) -> None:
    """What leaves carries a manifest that its reader can verify, with the seed and without the raw table."""
    folder = release(datasets / "complaints", key, seed=4, rows=200, raw=write_raw)
    files = verify(datasets / "complaints", datasets / "trusted_keys.json")
    assert [(f.name, f.audience) for f in files] == [("complaints.csv", "learner"), ("spans.csv", "checker")]
    assert {path.name for path in folder.iterdir()} == {"complaints.csv", "spans.csv", "manifest.json"}
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is True and manifest["seed"] == 4


def test_same_seed_gives_the_same_bytes(datasets: Path, key: Path) -> None:
    """Released files follow from schema, recipe, rows and seed; the very same release may be made again."""
    first = release(datasets / "complaints", key, seed=4, rows=200, raw=write_raw)
    before = {path.name: path.read_bytes() for path in first.glob("*.csv")}
    again = release(datasets / "complaints", key, seed=4, rows=200, raw=write_raw)
    assert {path.name: path.read_bytes() for path in again.glob("*.csv")} == before
    other = release(datasets / "complaints", key, seed=5, rows=200, raw=write_raw)
    assert (other / "complaints.csv").read_bytes() != before["complaints.csv"]


@pytest.mark.parametrize("name", ["complaints", "residents", "counter_queue"])
def test_committed_release_can_be_made_again(tmp_path: Path, key: Path, name: str) -> None:
    """What is committed is what schema, recipe and the manifest's seed give; nobody edited it."""
    committed = CONTENT / name / "release"
    manifest = json.loads((committed / "manifest.json").read_text(encoding="utf-8"))
    if manifest["numpy"] != np.__version__:
        pytest.skip("numpy does not promise the same draws from one version to the next")
    home = tmp_path / "again" / name
    shutil.copytree(CONTENT / name, home, ignore=shutil.ignore_patterns("release"))
    folder = release(home, key, seed=manifest["seed"], rows=manifest["rows"], raw=write_raw)
    made = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    assert made == {path.name: path.read_bytes() for path in committed.glob("*.csv")}
    assert manifest["versions"] == {"schema": 1, "recipe": 1}


def test_changed_recipe_on_the_same_people_is_blocked(datasets: Path, key: Path) -> None:
    """The ledger remembers; the old release stays as it was."""
    folder = release(datasets / "complaints", key, seed=4, rows=200, raw=write_raw)
    before = (folder / "manifest.json").read_bytes()
    recipe = datasets / "complaints" / "recipe.yaml"
    recipe.write_text(
        recipe.read_text(encoding="utf-8").replace("grain: week", "grain: month"), encoding="utf-8"
    )
    with pytest.raises(GateBlocked) as blocked:
        release(datasets / "complaints", key, seed=4, rows=200, raw=write_raw)
    assert [finding.check for finding in blocked.value.findings] == ["ledger"]
    assert (folder / "manifest.json").read_bytes() == before


def test_personal_export_end_to_end(datasets: Path, key: Path, export: Path) -> None:
    """An export of real form leaves at k = 5 and l = 2, generalized, without an identifier."""
    shutil.copy(PERSONAL, datasets / "residents" / "recipe.yaml")
    folder = release_export(datasets / "residents", key, export, approvals=["reviewer"])
    assert verify(datasets / "residents", datasets / "trusted_keys.json")[0].name == "residents.csv"
    table = pd.read_csv(folder / "residents.csv")
    classes = table.groupby(["age", "sex", "dong", "household_size"])["benefit"]
    assert list(table.columns) == ["age", "sex", "dong", "household_size", "benefit"]
    assert classes.size().min() >= 5 and classes.nunique().min() >= 2
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is False and manifest["gate"]["k_required"] is True


def test_export_that_calls_itself_synthetic_is_blocked(datasets: Path, key: Path, export: Path) -> None:
    """Nothing is written: neither a release nor a line in the ledger."""
    with pytest.raises(GateBlocked) as blocked:
        release_export(datasets / "residents", key, export, approvals=[])
    assert {finding.check for finding in blocked.value.findings} == {"not_synthetic"}
    assert not (datasets / "residents" / "release").exists() and not (datasets / "ledger.json").exists()


def test_second_export_with_one_person_more_is_blocked(datasets: Path, key: Path, export: Path) -> None:
    """Two releases that differ by one person tell who she is; a reviewer has to declare the second."""
    shutil.copy(PERSONAL, datasets / "residents" / "recipe.yaml")
    release_export(datasets / "residents", key, export, approvals=[])
    table = pd.read_csv(export / "residents.csv", dtype=str)
    newcomer = table.iloc[[0]].assign(
        person_id="P999999", name="한보라", rrn="901513-2000000", phone="010-0000-0000"
    )
    pd.concat([table, newcomer]).to_csv(export / "residents.csv", index=False)
    with pytest.raises(GateBlocked) as blocked:
        release_export(datasets / "residents", key, export, approvals=[])
    assert [finding.check for finding in blocked.value.findings] == ["ledger"]


def test_recipe_no_generalization_can_keep_is_refused(datasets: Path, key: Path, export: Path) -> None:
    """Where even the coarsest table leaves too much out, nothing is released."""
    told = PERSONAL.read_text(encoding="utf-8").replace("k: 5,", "k: 2400,")
    (datasets / "residents" / "recipe.yaml").write_text(told, encoding="utf-8")
    with pytest.raises(BadContent, match="No generalization"):
        release_export(datasets / "residents", key, export, approvals=[])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("basis: synthetic", "basis: fake"),
        ("name: {role: identifier, action: drop}", "name: {role: identifier}"),
        ("retention: {raw: P0D, release: P1Y}", "retention: {raw: forever, release: P1Y}"),
        ("privacy: {k: 5}", "privacy: {kk: 5}"),
        ("name: residents.csv", "name: ../residents.csv"),
        ("ledger: required", "ledger: optional"),
        ("person_key: person_id", "person_key: nobody"),
    ],
)
def test_loose_recipe_is_refused(datasets: Path, key: Path, old: str, new: str) -> None:
    """A recipe that leaves something open is no recipe."""
    path = datasets / "residents" / "recipe.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadContent):
        release(datasets / "residents", key, seed=1, rows=3100, raw=write_raw)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("k: 5,", "k: 4,"),
        ("l: 2, t: 0.6", "t: 0.6"),
        ("sex: {role: quasi,", "sex: {role: attribute,"),
        ("name: residents.csv,", "name: residents.csv, sample: 100,"),
        ("    - {name:", "    - {name: b.csv, audience: checker, columns: [age]}\n    - {name:"),
        ("top_code: 80", "top_code: 85"),
    ],
)
def test_recipe_that_goes_round_k_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """Of real people nothing leaves that k does not count or l does not guard."""
    text = PERSONAL.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "recipe.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    load_recipe(PERSONAL)
    with pytest.raises(BadContent):
        load_recipe(path)


def test_recipe_of_another_dataset_is_refused(datasets: Path, key: Path) -> None:
    """A recipe in the wrong folder would sign for the wrong name."""
    shutil.copy(datasets / "residents" / "recipe.yaml", datasets / "complaints" / "recipe.yaml")
    with pytest.raises(BadContent, match="another dataset"):
        release(datasets / "complaints", key, seed=1, rows=None, raw=write_raw)


def test_key_that_others_may_read_is_refused(key: Path) -> None:
    """A signing key is its owner's alone."""
    assert load_key(key)
    key.chmod(0o644)
    with pytest.raises(BadInput, match="Others may read"):
        load_key(key)


def test_key_is_never_overwritten(key: Path) -> None:
    """Making a key where one lies would lose the old one."""
    with pytest.raises(BadInput):
        new_key(key)
