"""Every tie that does not hold is named with file and id."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from civiclab.catalog.loader import examine, load_catalog


@pytest.fixture
def copy(content: Path, tmp_path: Path) -> Path:
    """A copy of the content that a test may break."""
    for folder in ("courses", "exercises"):
        shutil.copytree(content / folder, tmp_path / folder)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    """Replaces text that must be there."""
    text = path.read_text("utf-8")
    assert old in text, f"{path} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def unknown_clause(root: Path) -> None:
    """An exercise that names a clause there is none of."""
    replace(root / "exercises/c05-e3-k-anonymity/exercise.yaml", "G-05", "G-77")


def untrained_clause(root: Path) -> None:
    """A clause that no exercise trains."""
    for language in ("ko", "en"):
        page = (
            (root / f"courses/guidelines/g-05.{language}.md")
            .read_text("utf-8")
            .replace("id: G-05", "id: G-99", 1)
        )
        (root / f"courses/guidelines/g-99.{language}.md").write_text(page, "utf-8")


def missing_page(root: Path) -> None:
    """A clause without its English page."""
    (root / "courses/guidelines/g-05.en.md").unlink()


def missing_lesson(root: Path) -> None:
    """A lesson without its Korean page."""
    next(root.glob("courses/c05-privacy/*anonymity*.ko.md")).unlink()


def no_manifest(root: Path) -> None:
    """An exercise whose data has no manifest."""
    (root / "exercises/datasets/residents/release/manifest.json").unlink()


def changed_data(root: Path) -> None:
    """Data changed after it was signed."""
    path = root / "exercises/datasets/residents/release/residents.csv"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")


def unknown_exercise(root: Path) -> None:
    """A course that lists an exercise there is none of."""
    replace(root / "courses/c07-waiting-times/course.yaml", "C07-E3", "C07-E8")


def unknown_competency(root: Path) -> None:
    """A competency there is none of: six domains, three levels."""
    replace(root / "courses/competencies.yaml", "D5-2", "D5-9")


def unknown_field(root: Path) -> None:
    """A misspelt field."""
    replace(root / "exercises/c05-e3-k-anonymity/exercise.yaml", "minutes:", "minuets:")


BROKEN: dict[Callable[[Path], None], tuple[str, str]] = {
    unknown_clause: ("c05-e3-k-anonymity/exercise.yaml", "G-77"),
    untrained_clause: ("g-99.ko.md", "G-99"),
    missing_page: ("g-05.en.md", "g-05"),
    missing_lesson: ("ko.md", "anonymity"),
    no_manifest: ("residents", "residents"),
    changed_data: ("residents", "residents.csv"),
    unknown_exercise: ("c07-waiting-times/course.yaml", "C07-E8"),
    unknown_competency: ("competencies.yaml", "id"),
    unknown_field: ("c05-e3-k-anonymity/exercise.yaml", "minuets"),
}


def test_the_content_itself_holds(content: Path) -> None:
    """What is checked in has no broken tie."""
    catalog = load_catalog(content)
    assert {"C05-E1", "C05-E3", "C05-E5", "C07-E3"} <= catalog.exercises.keys()
    assert {"G-04", "G-05", "G-06", "G-12", "G-13", "G-15", "G-16"} <= catalog.clauses.keys()


@pytest.mark.parametrize("break_it", BROKEN, ids=lambda act: act.__name__)
def test_a_broken_tie_is_named_with_file_and_id(break_it: Callable[[Path], None], copy: Path) -> None:
    """One planted fault: found, with the file and the id in the words."""
    break_it(copy)
    _, faults = examine(copy)
    file, name = BROKEN[break_it]
    assert any(file in str(fault) and name in str(fault) for fault in faults), [
        str(fault) for fault in faults
    ]
