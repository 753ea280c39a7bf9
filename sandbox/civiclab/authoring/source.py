"""`exercise.py` -> a checked `SourceNotebook`: Korean and English instructions, code once.

The file is a jupytext percent script. A cell says what it is in its marker:

    # %% [markdown] lang="ko"                 instructions; its `lang="en"` twin follows at once
    # %% [markdown]                           instructions for both languages
    # %% id="setup"                           given code, read-only
    # %% answer="parameters"                  an answer; reference between BEGIN/END SOLUTION
    # %% check="k-anonymity"                  a hidden check, all of it between BEGIN/END HIDDEN TESTS
    # %% [markdown] written="memo" lang="ko"  a free-text answer; its English twin follows at once

Anything else is refused with the file and the cell, because a misspelt marker would publish a hidden check.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import jupytext

from civiclab.authoring.asserts import Unsayable, message_keys
from civiclab.catalog.models import Exercise, Language
from civiclab.errors import BadContent

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
LANGUAGES: tuple[Language, ...] = ("ko", "en")
# nbformat 4.5 allows up to 64 of these characters in a cell id.
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# jupytext's own notes about blank lines; they say nothing about the cell.
BOOKKEEPING = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"}


class Kind(StrEnum):
    """What a cell is for."""

    TEXT = "text"
    GIVEN = "id"
    ANSWER = "answer"
    CHECK = "check"
    WRITTEN = "written"


@dataclass(frozen=True)
class SourceCell:
    """One cell. `language` is None where both languages share it; twins have the same `id`."""

    id: str
    kind: Kind
    language: Language | None
    source: str

    @property
    def is_code(self) -> bool:
        """Code, not Markdown."""
        return self.kind in (Kind.GIVEN, Kind.ANSWER, Kind.CHECK)


@dataclass(frozen=True)
class SourceNotebook:
    """The checked cells of one `exercise.py`, both languages, in order."""

    path: Path
    cells: tuple[SourceCell, ...]

    def of(self, kind: Kind) -> dict[str, SourceCell]:
        """Cells of one kind by id, in order (of twins, the Korean one)."""
        found: dict[str, SourceCell] = {}
        for cell in self.cells:
            if cell.kind is kind:
                found.setdefault(cell.id, cell)
        return found

    def in_language(self, language: Language) -> tuple[SourceCell, ...]:
        """The cells of one language's notebook, in order."""
        return tuple(cell for cell in self.cells if cell.language in (None, language))


def read_source(exercise: Exercise) -> SourceNotebook:
    """The exercise's cells; BadContent with file and cell for anything that is not as the module says."""
    path = exercise.source
    try:
        parsed = jupytext.reads(path.read_text("utf-8"), fmt="py:percent")
    except (OSError, UnicodeDecodeError) as error:
        raise BadContent("The file can't be read: {reason}", where=str(path), reason=error) from None
    cells = tuple(_name_texts(_cell(path, number, raw) for number, raw in enumerate(parsed.cells, start=1)))
    _twins(path, cells)
    _unique(path, cells)
    notebook = SourceNotebook(path, cells)
    for cell in cells:
        _marked(path, cell)
        _parses(path, cell)
    _agree(exercise, notebook)
    _messages(exercise, notebook)
    return notebook


def place(path: Path, cell: str) -> str:
    """Where a fault is: file and cell."""
    return f"{path}#{cell}"


def _cell(path: Path, number: int, raw: Any) -> SourceCell:
    marks = {key: value for key, value in raw.metadata.items() if key not in BOOKKEEPING}
    where = place(path, str(next((marks[kind] for kind in Kind if kind in marks), f"cell-{number}")))
    language = marks.pop("lang", None)
    kind = _kind(raw.cell_type, marks, where)
    name = marks.get(kind) or marks.get("id") or ""
    if language not in (None, *LANGUAGES):
        raise BadContent("The language '{language}' is unknown.", where=where, language=language)
    if (kind is Kind.WRITTEN and language is None) or (raw.cell_type == "code" and language is not None):
        raise BadContent("Written answers need lang=…; code is shared and must not have it.", where=where)
    if name and not (isinstance(name, str) and CELL_ID.fullmatch(name)):
        raise BadContent("'{name}' can't be a cell's id.", where=where, name=name)
    return SourceCell(name, kind, language, raw.source)


def _kind(cell_type: str, marks: dict[str, Any], where: str) -> Kind:
    allowed = {"markdown": (Kind.WRITTEN, Kind.TEXT), "code": (Kind.GIVEN, Kind.ANSWER, Kind.CHECK)}
    found = [kind for kind in allowed.get(cell_type, ()) if marks.get(kind)]
    if cell_type == "markdown" and not marks.keys() - {"id"}:
        return Kind.TEXT
    if len(found) != 1 or Kind.TEXT in found or len(marks) != 1:
        marker = " ".join([f"[{cell_type}]", *(f'{key}="{value}"' for key, value in marks.items())])
        raise BadContent("This cell marker is unknown: {marker}", where=where, marker=marker)
    return found[0]


def _name_texts(cells: Iterator[SourceCell]) -> Iterator[SourceCell]:
    """Instructions without an id get one by their order; a twin shares its id."""
    number, before = 0, None
    for cell in cells:
        if cell.kind is not Kind.TEXT or cell.id:
            before = cell
            yield cell
            continue
        twin = (
            before is not None and before.kind is Kind.TEXT and (before.language, cell.language) == LANGUAGES
        )
        number += 0 if twin else 1
        name = before.id if twin and before is not None else f"text-{number:02d}"
        before = SourceCell(name, cell.kind, cell.language, cell.source)
        yield before


def _twins(path: Path, cells: Sequence[SourceCell]) -> None:
    """Every Korean cell is followed at once by its English twin, with the same id and headings."""
    waiting: SourceCell | None = None
    for cell in cells:
        if waiting is None:
            if cell.language == "en":
                raise _no_twin(path, cell)
            waiting = cell if cell.language == "ko" else None
            continue
        if (cell.language, cell.kind, cell.id) != ("en", waiting.kind, waiting.id):
            raise _no_twin(path, waiting)
        if _headings(cell.source) != _headings(waiting.source):
            raise BadContent(
                "The Korean and the English text have different headings.", where=place(path, cell.id)
            )
        waiting = None
    if waiting is not None:
        raise _no_twin(path, waiting)


def _no_twin(path: Path, cell: SourceCell) -> BadContent:
    return BadContent(
        "This text has no twin: a Korean cell, then at once its English one with the same id.",
        where=place(path, cell.id),
    )


def _headings(source: str) -> list[int]:
    outside = "".join(source.split("```")[::2])
    marked = [line for line in outside.splitlines() if line not in (BEGIN_SOLUTION, END_SOLUTION)]
    return [len(found[1]) for line in marked if (found := re.match(r"(#{1,6}) ", line))]


def _unique(path: Path, cells: Sequence[SourceCell]) -> None:
    seen: set[tuple[str, str | None]] = set()
    for cell in cells:
        keys = {(cell.id, one) for one in ((cell.language,) if cell.language else LANGUAGES)}
        if keys & seen:
            raise BadContent("The id {id} is used twice.", where=place(path, cell.id), id=cell.id)
        seen |= keys


def _marked(path: Path, cell: SourceCell) -> None:
    """Answers hold a reference, checks are hidden whole, and no other cell holds either."""
    lines = [line.strip() for line in cell.source.splitlines() if line.strip()]
    solution = [line for line in lines if re.search(r"(BEGIN|END) SOLUTION", line)]
    hidden = [line for line in lines if re.search(r"(BEGIN|END) HIDDEN TESTS", line)]
    answers = cell.kind in (Kind.ANSWER, Kind.WRITTEN)
    if (solution != [BEGIN_SOLUTION, END_SOLUTION]) if answers else bool(solution):
        raise BadContent(
            "An answer needs one '### BEGIN SOLUTION' and one '### END SOLUTION'; other cells none.",
            where=place(path, cell.id),
        )
    whole = bool(lines) and [lines[0], lines[-1]] == [BEGIN_HIDDEN, END_HIDDEN] and len(hidden) == 2
    if not whole if cell.kind is Kind.CHECK else bool(hidden):
        raise BadContent(
            "A check stands whole between '### BEGIN HIDDEN TESTS' and '### END HIDDEN TESTS';"
            " other cells have neither.",
            where=place(path, cell.id),
        )


def _parses(path: Path, cell: SourceCell) -> None:
    """Code is plain Python, without nbgrader's AUTOTEST (it publishes a guessable hash of the answer)."""
    if not cell.is_code:
        return
    if "AUTOTEST" in cell.source:
        raise BadContent("AUTOTEST is not used here; write the check.", where=place(path, cell.id))
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        raise BadContent(
            "Line {line} of this cell is not Python: {reason}",
            where=place(path, cell.id),
            line=error.lineno,
            reason=error.msg,
        ) from None


def _agree(exercise: Exercise, notebook: SourceNotebook) -> None:
    """The checks and written answers are those of `exercise.yaml`, and every `needs` names an answer."""
    for kind, declared in ((Kind.CHECK, exercise.checks), (Kind.WRITTEN, exercise.written)):
        for name in sorted(notebook.of(kind).keys() ^ declared.keys()):
            raise BadContent(
                "'{name}' must stand both in exercise.yaml ({field}) and in exercise.py.",
                where=place(notebook.path, name),
                name=name,
                field="checks" if kind is Kind.CHECK else "written",
            )
    answers = {**notebook.of(Kind.ANSWER), **notebook.of(Kind.WRITTEN)}
    for name, check in exercise.checks.items():
        for needed in check.needs:
            if needed not in answers:
                raise BadContent(
                    "The check needs the answer '{answer}', which is not in exercise.py.",
                    where=place(notebook.path, name),
                    answer=needed,
                )


def _messages(exercise: Exercise, notebook: SourceNotebook) -> None:
    for name, cell in notebook.of(Kind.CHECK).items():
        try:
            keys = message_keys(cell.source)
        except Unsayable as error:
            raise BadContent(
                "Line {line} of this check fails without a message key of exercise.yaml.",
                where=place(notebook.path, name),
                line=error.line,
            ) from None
        for key in sorted(keys - exercise.messages.keys()):
            raise BadContent(
                "The check names the message '{key}', which is not in exercise.yaml.",
                where=place(notebook.path, name),
                key=key,
            )
