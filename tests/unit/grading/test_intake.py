"""What is no submission is refused with a stable code, before anything is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from civiclab.catalog.models import Exercise
from civiclab.grading.intake import MAX_BYTES, Rejected, check_submission


def notebook(*names: str, exercise: str | None = "C05-E9", **fields: Any) -> dict[str, Any]:
    """A notebook with code cells of these graded names."""
    cells = [{"cell_type": "code", "id": name, "metadata": {}, "source": "x = 1"} for name in names]
    metadata = {"civiclab": {"exercise": exercise}} if exercise else {}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5} | fields


def packed(value: Any) -> bytes:
    """As JSON bytes."""
    return json.dumps(value).encode()


def deep(levels: int) -> bytes:
    """JSON that nests this deep."""
    return b"[" * levels + b"]" * levels


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not-a-notebook"),
    "plain text": ("민원".encode(), "not-a-notebook"),
    "a list": (b"[]", "not-a-notebook"),
    "null": (b"null", "not-a-notebook"),
    "cut off": (packed(notebook("a"))[:-9], "not-a-notebook"),
    "50,000 levels": (deep(50_000), "not-a-notebook"),
    "500 levels": (packed(notebook("a", extra=json.loads(deep(500)))), "not-a-notebook"),
    "NaN": (b'{"cells": [], "metadata": {"x": NaN}, "nbformat": 4}', "not-a-notebook"),
    "1e999": (b'{"cells": [], "metadata": {"x": 1e999}, "nbformat": 4}', "not-a-notebook"),
    "5,000 digits": (b'{"cells": [], "metadata": {"x": ' + b"9" * 5000 + b'}, "nbformat": 4}', "not-a-notebook"),
    "lone surrogate": (b'{"cells": [], "metadata": {"x": "\\ud800"}, "nbformat": 4}', "not-a-notebook"),
    "UTF-16": (json.dumps(notebook("a")).encode("utf-16"), "not-utf8"),
    "CP949": ('{"cells": "민원"}'.encode("cp949"), "not-utf8"),
    "over 10 MB": (b" " * (MAX_BYTES + 1), "too-large"),
    "100,000 cells": (packed(notebook(*map(str, range(100_000)))), "too-many-cells"),
    "version 3": (packed(notebook("a", nbformat=3)), "wrong-version"),
    "version 99": (packed(notebook("a", nbformat=99)), "wrong-version"),
    "cells a dict": (packed(notebook(cells={})), "not-a-notebook"),
    "no metadata": (packed({"cells": [], "nbformat": 4}), "wrong-version"),
    "unknown cell": (packed(notebook(cells=[{"cell_type": "video", "metadata": {}, "source": ""}])), "not-a-notebook"),
    "a number for source": (packed(notebook(cells=[{"cell_type": "code", "metadata": {}, "source": 5}])), "not-a-notebook"),
    "another exercise": (packed(notebook("one", exercise="C07-E3")), "wrong-exercise"),
    "no exercise's": (packed(notebook("x", exercise=None)), "wrong-exercise"),
    "the same cell twice": (packed(notebook("one", "a", "a")), "duplicate-cell"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_submission_is_refused_with_its_code(name: str, sample: Exercise) -> None:
    """Each has one code and a message; none is an uncaught exception."""
    body, code = BAD[name]
    with pytest.raises(Rejected) as refused:
        check_submission(body, sample)
    assert refused.value.code == code
    assert refused.value.english


@pytest.mark.parametrize(
    "body",
    [
        packed(notebook("one", "a")),
        b"\xef\xbb\xbf" + packed(notebook("one", "a")),
        packed(notebook("one", exercise=None)),
        packed(notebook()),
        packed(notebook("a", nbformat_minor=2)),
    ],
    ids=[
        "as released",
        "with a byte order mark",
        "without our metadata",
        "every cell deleted",
        "older minor version",
    ],
)
def test_an_honest_notebook_is_taken(body: bytes, sample: Exercise) -> None:
    """What JupyterLab writes is accepted, deleted cells included."""
    check_submission(body, sample)
