"""A checked source -> the master: a valid nbgrader source notebook, answers and hidden checks included.

The master never leaves the grader. `cell.id` equals nbgrader's `grade_id`; the same exercise gives the same
bytes on every machine. A submission is rebuilt on it: only the answers are taken from the learner, by id.
"""

from __future__ import annotations

import hashlib
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from civiclab.authoring.source import Kind, SourceCell, read_source
from civiclab.catalog.models import Exercise, Language

VERSION_LENGTH = 16
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
CHECK_LABEL = {
    "ko": "자동 점검: {title} ({points:g}점)",
    "en": "Checked automatically: {title} (points: {points:g})",
}


def master(exercise: Exercise, language: Language) -> NotebookNode:
    """The exercise's nbgrader source notebook in one language; BadContent when its source does not hold."""
    cells = [_node(exercise, cell, language) for cell in read_source(exercise).in_language(language)]
    notebook = v4.new_notebook(cells=cells)
    notebook.metadata.update(kernelspec=dict(KERNEL), language_info={"name": "python"})
    notebook.metadata["civiclab"] = {"exercise": exercise.id, "version": "", "language": language}
    digest = hashlib.sha256(notebook_bytes(notebook)).hexdigest()
    notebook.metadata["civiclab"]["version"] = digest[:VERSION_LENGTH]
    nbformat.validate(notebook)
    return notebook


def notebook_bytes(notebook: NotebookNode) -> bytes:
    """The notebook as it is written to a file: sorted keys, UTF-8, one line feed at the end."""
    return (str(nbformat.writes(notebook)).rstrip("\n") + "\n").encode()


def answer_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Cell id -> cell, of all that a learner answers: code answers and written ones, in order.

    Works on a master and on a released notebook.
    """
    return {cell.id: cell for cell in notebook.cells if _marks(cell).get("solution")}


def check_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Cell id -> cell, of the hidden checks, in order."""
    return {
        cell.id: cell for cell in notebook.cells if _marks(cell).get("grade") and not _marks(cell)["solution"]
    }


def written_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Cell id -> cell, of the answers that an instructor marks, in order."""
    return {
        cell.id: cell for cell in notebook.cells if _marks(cell).get("grade") and _marks(cell)["solution"]
    }


def released_answers(released: NotebookNode) -> dict[str, str]:
    """Cell id -> source, of the answer cells as learners first see them.

    A submitted answer equal to this one (but for white space around it) is UNATTEMPTED.
    """
    return {name: str(cell.source) for name, cell in answer_cells(released).items()}


def _marks(cell: NotebookNode) -> dict[str, Any]:
    marks: dict[str, Any] = cell.metadata.get("nbgrader", {})
    return marks


def _node(exercise: Exercise, cell: SourceCell, language: Language) -> NotebookNode:
    make = v4.new_code_cell if cell.is_code else v4.new_markdown_cell
    source = _labelled(exercise, cell, language) if cell.kind is Kind.CHECK else cell.source
    return make(source, id=cell.id, metadata={"nbgrader": _nbgrader(exercise, cell)})


def _labelled(exercise: Exercise, cell: SourceCell, language: Language) -> str:
    """The check under one line that stays when its body is hidden."""
    check = exercise.checks[cell.id]
    label = CHECK_LABEL[language].format(title=check.title[language], points=check.points)
    return f"# {label}\n{cell.source}"


def _nbgrader(exercise: Exercise, cell: SourceCell) -> dict[str, Any]:
    """nbgrader's metadata, schema 3."""
    marks: dict[str, Any] = {
        "grade": cell.kind in (Kind.CHECK, Kind.WRITTEN),
        "grade_id": cell.id,
        "locked": cell.kind in (Kind.TEXT, Kind.GIVEN, Kind.CHECK),
        "schema_version": 3,
        "solution": cell.kind in (Kind.ANSWER, Kind.WRITTEN),
        "task": False,
    }
    if cell.kind is Kind.CHECK:
        marks["points"] = exercise.checks[cell.id].points
    if cell.kind is Kind.WRITTEN:
        marks["points"] = exercise.written[cell.id].points
    return marks
