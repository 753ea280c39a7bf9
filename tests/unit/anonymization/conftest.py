"""Candidates that pass, one of each kind, for the tests to weaken."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from civiclab.anonymization.gate import Candidate, file_hash
from civiclab.anonymization.ledger import Ledger
from civiclab.anonymization.recipe import load_recipe
from civiclab.anonymization.recode import Staged, recode
from civiclab.citydata.raw import generate, write_raw

CONTENT = Path(__file__).parents[3] / "exercises" / "datasets"
PERSONAL = Path(__file__).parent / "personal.yaml"
Make = Callable[[str], Candidate]


def write_export(folder: Path, seed: int = 5, rows: int = 2500) -> None:
    """A city's export of residents: nothing in it says synthetic, and one person stands in it six times."""
    frame = generate(CONTENT / "residents" / "schema.yaml", rows, seed)
    frame = frame.loc[[*frame.index, *[7] * 5]]
    frame.to_csv(folder / "residents.csv", index=False)


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Recoded folders, made once: `raw`, `again`, `staged` and `people` in each."""
    made = {}
    for kind in ("complaints", "residents", "counter_queue", "personal"):
        home = made[kind] = tmp_path_factory.mktemp(kind)
        for name in ("raw", "again", "staged", "people"):
            (home / name).mkdir()
        if kind == "personal":
            write_export(home / "raw")
        else:
            for name in ("raw", "again"):
                rows = 4000 if kind == "residents" else None
                write_raw(CONTENT / kind / "schema.yaml", rows, 3, home / name)
        recipe = load_recipe(PERSONAL if kind == "personal" else CONTENT / kind / "recipe.yaml")
        recode(recipe, home / "raw", Staged(home / "staged", home / "people"), 3)
    return made


@pytest.fixture
def candidate(originals: dict[str, Path], tmp_path: Path) -> Make:
    """Makes a candidate of a kind, in a folder of the test's own."""

    def make(kind: str) -> Candidate:
        home = tmp_path / kind
        shutil.copytree(originals[kind], home)
        path = PERSONAL if kind == "personal" else CONTENT / kind / "recipe.yaml"
        again = None if kind == "personal" else home / "again"
        return Candidate(
            load_recipe(path),
            file_hash(path),
            home / "staged",
            home / "people",
            home / "raw",
            again,
            Ledger(),
        )

    return make
