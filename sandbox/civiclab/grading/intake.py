"""What may be accepted as a submission. Everything here happens before anything is stored or run."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any, NoReturn

from civiclab.catalog.models import Exercise
from civiclab.errors import BadInput

MAX_BYTES = 10 * 1024 * 1024
MAX_CELLS = 2_000
MAX_DEPTH = 100

Notebook = dict[str, Any]


class Rejected(BadInput):
    """A body that can't be a submission. `code` is stable; the message says what to do."""

    def __init__(self, code: str, message: str, /, **values: Any) -> None:
        super().__init__(message, **values)
        self.code = code


def _not_a_notebook(reason: str) -> Rejected:
    return Rejected(
        "not-a-notebook",
        "This is not a Jupyter notebook ({reason}). Submit the .ipynb file as it is.",
        reason=reason,
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def _parse(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected(
            "not-utf8", "The notebook is not saved as UTF-8. Save it again in JupyterLab."
        ) from None
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        json.dumps(parsed, ensure_ascii=False).encode()  # lone surrogates can't be stored
    except (ValueError, RecursionError) as error:
        raise _not_a_notebook(type(error).__name__) from None
    return parsed


def _depth(value: Any) -> int:
    """How deep the value nests, without recursion."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        if deepest > MAX_DEPTH:
            break
        children = [
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list))
        ]
        level = [child for group in children for child in group]
    return deepest


def read_notebook(body: bytes) -> Notebook:
    """The notebook in `body`: nbformat 4, at most 2,000 cells, 10 MB, 100 levels; else Rejected."""
    if len(body) > MAX_BYTES:
        raise Rejected(
            "too-large",
            "The notebook is larger than {mb} MB. Clear its outputs and submit again.",
            mb=MAX_BYTES // 1024**2,
        )
    notebook = _parse(body)
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise _not_a_notebook("no cells")
    if _depth(notebook) > MAX_DEPTH:
        raise _not_a_notebook("too deep")
    if notebook.get("nbformat") != 4 or not isinstance(notebook.get("metadata"), dict):
        raise Rejected(
            "wrong-version", "Only notebooks of format 4 can be taken. Save it again in JupyterLab."
        )
    if len(notebook["cells"]) > MAX_CELLS:
        raise Rejected("too-many-cells", "The notebook has more than {count} cells.", count=MAX_CELLS)
    for cell in notebook["cells"]:
        _check_cell(cell)
    return notebook


def _check_cell(cell: Any) -> None:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        raise _not_a_notebook("unknown cell")
    source, metadata = cell.get("source"), cell.get("metadata")
    lines = isinstance(source, list) and all(isinstance(line, str) for line in source)
    if not (isinstance(source, str) or lines) or not isinstance(metadata, dict):
        raise _not_a_notebook("cell without source")


def cell_name(cell: dict[str, Any]) -> str | None:
    """The id a cell is graded by: nbgrader's grade_id, else the notebook's cell id."""
    marks = cell["metadata"].get("nbgrader")
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    name = name if isinstance(name, str) else cell.get("id")
    return name if isinstance(name, str) else None


def cell_source(cell: dict[str, Any]) -> str:
    """The cell's text."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _named_exercise(notebook: Notebook) -> str | None:
    ours = notebook["metadata"].get("civiclab")
    name = ours.get("exercise") if isinstance(ours, dict) else None
    return name if isinstance(name, str) else None


def check_submission(body: bytes, exercise: Exercise) -> None:
    """Rejected unless `body` is a notebook of this exercise, with no graded cell twice."""
    notebook = read_notebook(body)
    names = Counter(name for cell in notebook["cells"] if (name := cell_name(cell)) is not None)
    named = _named_exercise(notebook)
    graded = exercise.checks.keys() | exercise.written.keys()
    if named not in (None, exercise.id) or (named is None and not graded & names.keys()):
        raise Rejected(
            "wrong-exercise",
            "This is not the notebook of exercise {exercise}. Open the exercise from its page.",
            exercise=exercise.id,
        )
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise Rejected(
            "duplicate-cell",
            "The cell '{cell}' is in the notebook twice. Delete the copy and submit again.",
            cell=twice[0][:80],
        )
