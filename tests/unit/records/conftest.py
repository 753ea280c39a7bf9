"""Records on disk, a clock that stands still, and short ways to hand in, publish and mark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from civiclab.records.results import CheckVerdict, GradedSubmission, Outcome, WrittenAnswer
from civiclab.records.store import (
    Records,
    open_records,
)

RUBRIC = ("facts", "people", "clause", "remedy", "rest")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """A clock of our own."""
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The database's file."""
    return tmp_path / "records.db"


@pytest.fixture
def records(path: Path, clock: Clock) -> Records:
    """Empty records on disk."""
    return open_records(f"sqlite:///{path}", clock=clock)


def hand_in(
    records: Records, learner: str = "learner", key: str = "k1", body: bytes = b"{}", exercise: str = "C05-E3"
) -> str:
    """Hand in a submission; its id."""
    return records.accept(
        learner=learner, exercise=exercise, version="v", language="ko", body=body, key=key
    ).id


def graded(points: float = 4, memo: str | None = None) -> GradedSubmission:
    """One check of 4 points, and a memo unless None."""
    outcome = Outcome.PASS if points == 4 else Outcome.FAIL
    written = (WrittenAnswer("memo", memo, 15, bool(memo)),) if memo is not None else ()
    return GradedSubmission((CheckVerdict("check", outcome, points, 4, None, ""),), written)


def publish(records: Records, id: str, result: GradedSubmission, mastered: bool = True) -> None:
    """Publish the result."""
    records.publish(id, result, mastered=mastered, competencies=["D3-2"], level=2)


def mark(records: Records, id: str, marks: tuple[int, ...], version: int = 0, by: str = "instructor") -> None:
    """Mark the memo."""
    criteria = dict(zip(RUBRIC, marks, strict=True))
    records.mark_written(id, "memo", criteria=criteria, comment="", instructor=by, version=version)
