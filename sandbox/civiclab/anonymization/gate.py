"""The release gate: re-reads the written files and passes them, or blocks with every reason it finds.

It shares the recipe (the policy) with recoding and not a line of code: what recoding believes it wrote is no
evidence. Anything it can't measure is a finding.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from civiclab.anonymization.disclosure import Figures, check_people, check_suppression, measure
from civiclab.anonymization.findings import Finding, GateBlocked
from civiclab.anonymization.ledger import Ledger
from civiclab.anonymization.recipe import Recipe, ReleaseFile
from civiclab.anonymization.written import Table, check_cells, check_order, check_shape, read_table


@dataclass(frozen=True)
class Candidate:
    """What asks to leave.

    `staged` holds the files and nothing else; `people` one `<file>.people` each, a person key a row; `raw`
    the input. `again` is what the generator makes anew from the schema and seed: only where it equals the
    input, byte for byte, is the input believed to be synthetic.
    """

    recipe: Recipe
    recipe_hash: str
    staged: Path
    people: Path
    raw: Path
    again: Path | None
    ledger: Ledger


@dataclass(frozen=True)
class Passed:
    """The figures of every file, for the manifest."""

    figures: dict[str, Figures]


def pass_gate(candidate: Candidate) -> Passed:
    """The figures of a release that may leave; GateBlocked with every finding of one that may not."""
    findings = list(_findings(candidate))
    if findings:
        raise GateBlocked(candidate.recipe.dataset, findings)
    return Passed({file.name: _figures(candidate, file) for file in candidate.recipe.release.files})


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def folder_hash(folder: Path) -> str:
    """One SHA-256 over the names and bytes of a folder's files."""
    told = "".join(f"{path.name} {file_hash(path)}\n" for path in sorted(folder.iterdir()))
    return hashlib.sha256(told.encode()).hexdigest()


def raw_hash(folder: Path) -> str:
    """One SHA-256 over the raw tables, without the first line's note, which changes with the generator."""
    told = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        body = path.read_bytes()
        told.update(
            path.name.encode() + b"\n" + (body.split(b"\n", 1)[-1] if body.startswith(b"#") else body)
        )
    return told.hexdigest()


def _findings(candidate: Candidate) -> Iterator[Finding]:
    recipe = candidate.recipe
    yield from _input(candidate)
    declared = {file.name for file in recipe.release.files}
    for path in sorted(candidate.staged.iterdir()):
        if path.name not in declared or path.is_symlink() or not path.is_file():
            yield Finding("undeclared_file", path.name)
    for file in recipe.release.files:
        yield from _file(candidate, file)
    hashes = {p.name: file_hash(p) for p in candidate.staged.iterdir() if p.is_file()}
    yield from candidate.ledger.conflicts(recipe, raw_hash(candidate.raw), candidate.recipe_hash, hashes)


def _input(candidate: Candidate) -> Iterator[Finding]:
    """The raw table has the declared columns; and is synthetic where the recipe says so."""
    raw, name = _raw(candidate), f"{candidate.recipe.dataset}.csv"
    if raw is None:
        yield Finding("form", name, figure="raw table missing or unreadable")
        return
    strange = sorted(set(raw.header) ^ set(candidate.recipe.raw_columns))
    if strange:
        yield Finding("raw_columns", name, figure=", ".join(strange))
    if candidate.recipe.basis == "synthetic":
        yield from _synthetic(candidate)


def _synthetic(candidate: Candidate) -> Iterator[Finding]:
    for path in sorted(candidate.raw.iterdir()):
        note = path.read_bytes().split(b"\n", 1)[0]
        if not note.startswith(b"# synthetic: true; table: " + path.stem.encode() + b";"):
            yield Finding("not_synthetic", path.name, figure="not marked")
        elif candidate.again is None or not _equal(path, candidate.again / path.name):
            yield Finding("not_synthetic", path.name, figure="not reproduced")


def _equal(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _raw(candidate: Candidate) -> Table | None:
    path = candidate.raw / f"{candidate.recipe.dataset}.csv"
    try:
        return read_table(path)
    except (OSError, ValueError, csv.Error):
        return None


def _file(candidate: Candidate, file: ReleaseFile) -> Iterator[Finding]:
    path, raw = candidate.staged / file.name, _raw(candidate)
    if not path.is_file():
        yield Finding("missing_file", file.name)
        return
    try:
        table = read_table(path)
    except (ValueError, csv.Error) as error:
        yield Finding("form", file.name, figure=type(error).__name__)
        return
    yield from check_shape(candidate.recipe, file, table)
    yield from check_cells(candidate.recipe, file, table)
    yield from check_order(candidate.recipe, file, table)
    if raw is not None:
        yield from _raw_values(candidate, file, table, raw)
        yield from _counted(candidate, file, table, raw)
    if file.holds == "spans":
        yield from _span_places(candidate, file, table)


def _raw_values(candidate: Candidate, file: ReleaseFile, table: Table, raw: Table) -> Iterator[Finding]:
    """No identifier of the raw table stands anywhere, a name inside a text included."""
    known = {
        v for name in candidate.recipe.of_role("identifier") if name in raw.header for v in raw.column(name)
    }
    known |= {
        v for name in candidate.recipe.of_role("fresh_id") if name in raw.header for v in raw.column(name)
    }
    known |= set(_marked(candidate))
    for name, cells in table.columns.items():
        column = candidate.recipe.columns.get(name)
        inside = column is not None and column.role == "free_text"
        distinct = {
            cell: cell in known or (inside and any(v and v in cell for v in known)) for cell in set(cells)
        }
        if hits := sum(distinct[cell] for cell in cells):
            yield Finding("raw_value", file.name, name, str(hits))


def _marked(candidate: Candidate) -> Iterator[str]:
    """What the raw spans mark as identifiers; a date may come again by chance."""
    for name in candidate.recipe.of_role("free_text"):
        path = candidate.raw / f"{candidate.recipe.columns[name].spans}.csv"
        if path.is_file():
            spans = read_table(path)
            cells = zip(spans.column("kind"), spans.column("text"), strict=True)
            yield from (text for kind, text in cells if kind != "date")


def _people_of(candidate: Candidate, file: ReleaseFile, table: Table) -> list[str] | None:
    """Who stands behind each row; None where that can't be told."""
    path = candidate.people / f"{file.name}.people"
    if not path.is_file():
        return None
    people = path.read_text(encoding="utf-8").split("\n")[:-1]
    return people if len(people) == len(table.rows) else None


def _counted(candidate: Candidate, file: ReleaseFile, table: Table, raw: Table) -> Iterator[Finding]:
    recipe = candidate.recipe
    people = _people_of(candidate, file, table)
    if people is None:
        yield Finding("people", file.name, figure="one key a row is missing")
        return
    if recipe.unit == "aggregate":
        yield from _min_cells(recipe, file, table)
    elif not set(people) <= set(raw.column(str(recipe.person_key))):
        yield Finding("people", file.name, figure="unknown keys")
    if recipe.unit == "person" and recipe.basis == "personal":
        yield from check_people(recipe, file, table, people)
    yield from check_suppression(recipe, file, table, people, raw)


def _min_cells(recipe: Recipe, file: ReleaseFile, table: Table) -> Iterator[Finding]:
    for name in recipe.of_role("count"):
        cells = table.columns.get(name, ())
        small = sum(not cell.isdigit() or int(cell) < recipe.release.min_cell for cell in cells)
        if small or not cells:
            yield Finding("min_cell", file.name, name, f"{small} cells < {recipe.release.min_cell}")


def _span_places(candidate: Candidate, file: ReleaseFile, table: Table) -> Iterator[Finding]:
    """Every marked place has a declared kind and stands in its ticket's released text."""
    path = candidate.staged / str(file.of)
    texts = read_table(path) if path.is_file() else Table((), ())
    names = candidate.recipe.of_role("free_text")
    if table.header != file.columns or not {"ticket_id", *names} <= set(texts.header):
        yield Finding("spans", file.name, figure="columns")
        return
    of = dict(zip(texts.column("ticket_id"), texts.column(names[0]), strict=True))
    strange = sum(
        kind not in file.kinds or text not in of.get(ticket, "") for ticket, kind, text in table.rows
    )
    if strange:
        yield Finding("spans", file.name, figure=str(strange))


def _figures(candidate: Candidate, file: ReleaseFile) -> Figures:
    table, raw = read_table(candidate.staged / file.name), _raw(candidate)
    people = _people_of(candidate, file, table)
    if raw is None or people is None:
        raise GateBlocked(candidate.recipe.dataset, [Finding("people", file.name)])
    return measure(candidate.recipe, file, table, people, raw)
