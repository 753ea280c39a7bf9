"""Refuses a released tree that holds anything a learner must not see.

What may be there is listed, not what may not: every file of the tree must be an expected one. Then each
released notebook is searched for the lines that only solutions, hidden checks or checker data have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import nbformat

from civiclab.authoring.source import (
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_SOLUTION,
    LANGUAGES,
    Kind,
    SourceCell,
    read_source,
)
from civiclab.catalog.loader import Catalog
from civiclab.catalog.models import Exercise
from civiclab.errors import BadContent

MARKERS = tuple(
    marker.removeprefix("### ") for marker in (BEGIN_SOLUTION, END_SOLUTION, BEGIN_HIDDEN, END_HIDDEN)
)
# Shorter lines (`else:`, `)`) say nothing and stand everywhere.
TELLING_LENGTH = 12


def refuse_leaks(catalog: Catalog, exercises: Sequence[Exercise], tree: Path) -> None:
    """BadContent names the file and what leaked; returns silently when the tree is clean."""
    _only_expected(exercises, tree)
    for exercise in exercises:
        _checker_data(catalog, exercise, tree / exercise.folder)
        secrets = secret_lines(exercise)
        for language in LANGUAGES:
            _notebook(tree / exercise.folder / f"{exercise.folder}.{language}.ipynb", secrets)


def secret_lines(exercise: Exercise) -> set[str]:
    """Lines that stand in solutions or hidden checks and nowhere in what the learner is given."""
    hidden: set[str] = set()
    shown: set[str] = set()
    for cell in read_source(exercise).cells:
        open_part, closed_part = _parts(cell)
        shown |= open_part
        hidden |= closed_part
    return {line for line in hidden - shown if len(line) >= TELLING_LENGTH}


def _parts(cell: SourceCell) -> tuple[set[str], set[str]]:
    lines = [line.strip() for line in cell.source.splitlines()]
    if cell.kind is Kind.CHECK:
        return set(), set(lines)
    if cell.kind not in (Kind.ANSWER, Kind.WRITTEN):
        return set(lines), set()
    begin, end = lines.index(BEGIN_SOLUTION), lines.index(END_SOLUTION)
    return {*lines[:begin], *lines[end + 1 :]}, set(lines[begin : end + 1])


def _expected(exercise: Exercise) -> Iterator[Path]:
    folder = Path(exercise.folder)
    yield from (folder / f"{exercise.folder}.{language}.ipynb" for language in LANGUAGES)
    yield from (folder / "data" / one.file for one in exercise.data)


def _only_expected(exercises: Iterable[Exercise], tree: Path) -> None:
    expected = {Path("index.json"), *(path for one in exercises for path in _expected(one))}
    found = {path.relative_to(tree) for path in tree.rglob("*") if path.is_symlink() or not path.is_dir()}
    for path in sorted(found ^ expected):
        raise BadContent("The released tree must not hold, or lacks, this file.", where=str(tree / path))
    for path in sorted(found):
        if (tree / path).is_symlink():
            raise BadContent("The released tree must not hold links.", where=str(tree / path))


def _checker_data(catalog: Catalog, exercise: Exercise, folder: Path) -> None:
    hidden = {path.read_bytes() for path in catalog.data_paths(exercise, "checker").values()}
    for path in sorted((folder / "data").iterdir()):
        if path.read_bytes() in hidden:
            raise BadContent("This file is for the checks and must not be released.", where=str(path))


def _notebook(path: Path, secrets: set[str]) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        where = f"{path}#{cell.id}"
        if cell.get("outputs") or cell.get("execution_count"):
            raise BadContent("A released cell must not hold outputs.", where=where)
        lines = {line.strip() for line in cell.source.splitlines()}
        if lines & secrets or any(marker in cell.source for marker in MARKERS):
            raise BadContent("A solution or a hidden check is in the released notebook.", where=where)
