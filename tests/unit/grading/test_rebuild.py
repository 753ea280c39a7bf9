"""Only answers are taken from a submission, by id; everything else is the master's."""

from __future__ import annotations

from typing import Any

from civiclab.grading.rebuild import Cell, Role, Template, rebuild

BASE = Template(
    (
        Cell("setup", Role.GIVEN, "import math"),
        Cell("a", Role.ANSWER, "x = 41  # the reference"),
        Cell("one", Role.CHECK, "assert x > 40"),
        Cell("memo", Role.WRITTEN, "reference text"),
    ),
    {"a": "x = None", "memo": "Write here."},
)


def cell(source: str, name: str, kind: str = "code", **metadata: Any) -> dict[str, Any]:
    """A submitted cell."""
    return {"cell_type": kind, "id": name, "metadata": metadata, "source": source}


def sources(*cells: dict[str, Any]) -> dict[str, str]:
    """Id -> source of what would be run for these submitted cells."""
    return {one.id: one.source for one in rebuild(BASE, {"cells": list(cells)}).cells}


def test_answers_are_taken_by_id_and_nothing_else() -> None:
    """An edited check, an edited given cell and a new cell change nothing."""
    found = sources(cell("x = 7", "a"), cell("pass", "one"), cell("evil", "setup"), cell("evil", "new"))
    assert found == {"setup": "import math", "a": "x = 7", "one": "assert x > 40", "memo": "Write here."}


def test_the_reference_never_stands_in_for_an_answer() -> None:
    """A deleted answer cell is graded as released, not with the master's own answer."""
    assert sources()["a"] == "x = None"
    assert rebuild(BASE, {"cells": []}).untouched == {"a", "memo"}


def test_nbgraders_id_wins_over_the_cells() -> None:
    """JupyterLab may give a pasted cell a new id; nbgrader's stays in its metadata."""
    assert sources(cell("x = 7", "f3a1", nbgrader={"grade_id": "a"}))["a"] == "x = 7"


def test_white_space_alone_is_no_answer() -> None:
    """The released text with a blank line more is still untouched."""
    rebuilt = rebuild(BASE, {"cells": [cell("x = None\n\n", "a"), cell("text", "memo", "markdown")]})
    assert rebuilt.untouched == {"a"}
