"""A small exercise in both languages, with learner's and checker's data, as a catalog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from civiclab.catalog.loader import Catalog
from civiclab.catalog.models import City, Dataset, Exercise

SOURCE = """\
# %% [markdown] lang="ko"
# # 더하기
#
# 두 수를 더하세요.

# %% [markdown] lang="en"
# # Adding
#
# Add two numbers.

# %% [markdown]
# ---

# %% id="setup"
import csv

rows = list(csv.reader(open("data/open.csv")))

# %% answer="total"
total = None
### BEGIN SOLUTION
total = sum(int(row[0]) for row in rows)
### END SOLUTION

# %% check="right-total"
### BEGIN HIDDEN TESTS
secret_total = int(open("hidden/closed.csv").read())
assert type(total) is int, "no-number"
assert total == secret_total, f"wrong-total|{secret_total}"
### END HIDDEN TESTS

# %% [markdown] written="why" lang="ko"
# ### BEGIN SOLUTION
# 한 줄씩 더했기 때문입니다.
# ### END SOLUTION

# %% [markdown] written="why" lang="en"
# ### BEGIN SOLUTION
# Because every row was added.
# ### END SOLUTION
"""
BOTH = {"ko": "글", "en": "text"}


def fields() -> dict[str, Any]:
    """The `exercise.yaml` that belongs to SOURCE."""
    criterion = {"id": "reason", "title": BOTH, "anchors": dict.fromkeys(range(4), BOTH)}
    return {
        "id": "C99-E1",
        "folder": "c99-e1-adding",
        "title": {"ko": "더하기", "en": "Adding"},
        "summary": BOTH,
        "level": 1,
        "minutes": 5,
        "mode": "value",
        "clauses": ["G-05"],
        "competencies": ["D5-1"],
        "data": [{"dataset": "numbers", "file": "open.csv"}],
        "checker_data": [{"dataset": "numbers", "file": "closed.csv"}],
        "checks": {
            "right-total": {"title": {"ko": "합계", "en": "The total"}, "points": 2, "needs": ["total"]}
        },
        "messages": {"no-number": BOTH, "wrong-total": BOTH},
        "written": {"why": {"title": BOTH, "criteria": [criterion]}},
    }


@pytest.fixture
def sound_source() -> str:
    """The exercise.py that holds all kinds of cells."""
    return SOURCE


@pytest.fixture
def exercise(tmp_path: Path) -> Callable[..., Exercise]:
    """Makes the exercise: `exercise(source, **fields)` with what differs."""

    def make(source: str = SOURCE, **changes: Any) -> Exercise:
        folder = tmp_path / "content" / "exercises" / "c99-e1-adding"
        (folder / "fixtures").mkdir(parents=True, exist_ok=True)
        (folder / "fixtures" / "wrong_a.yaml").write_text("answers: {}\n")
        (folder / "exercise.py").write_text(source, "utf-8")
        return Exercise.model_validate({**fields(), "path": folder, **changes})

    return make


@pytest.fixture
def catalog(tmp_path: Path, exercise: Callable[..., Exercise]) -> Callable[..., Catalog]:
    """Makes a catalog of that one exercise and its dataset."""

    def make(source: str = SOURCE, **changes: Any) -> Catalog:
        one, dataset = exercise(source, **changes), numbers(tmp_path / "content")
        return Catalog(
            content=tmp_path / "content",
            city=city(),
            domains={},
            competencies={},
            terms=(),
            clauses={},
            courses={},
            exercises={one.id: one},
            datasets={"numbers": dataset},
        )

    return make


def numbers(content: Path) -> Dataset:
    """A dataset with a file for learners and one for checks."""
    folder = content / "exercises" / "datasets" / "numbers"
    (folder / "release").mkdir(parents=True, exist_ok=True)
    (folder / "release" / "open.csv").write_text("1\n2\n")
    (folder / "release" / "closed.csv").write_text("3\n")
    files = [
        {"name": f"{name}.csv", "sha256": "0" * 64, "rows": 1, "audience": audience}
        for name, audience in (("open", "learner"), ("closed", "checker"))
    ]
    return Dataset.model_validate({"name": "numbers", "title": BOTH, "path": folder, "files": files})


def city() -> City:
    """A city of which nothing matters here."""
    texts = dict.fromkeys(("name", "academy", "guideline_owner", "guideline_status"), BOTH)
    return City.model_validate(
        {
            "id": "town",
            "timezone": "UTC",
            "dongs": [],
            "departments": [],
            "primary_colour": "#000000",
            **texts,
        }
    )
