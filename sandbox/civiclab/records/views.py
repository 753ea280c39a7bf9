"""What the records hand out: frozen, detached from the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from civiclab.records.results import CheckVerdict


class State(StrEnum):
    """Where a submission stands."""

    ACCEPTED = "accepted"
    LEASED = "leased"
    PUBLISHED = "published"
    PARKED = "parked"  # waits for a person after three failures of ours; never a zero


class Role(StrEnum):
    """What an approved account may do; an admin may do all that an instructor may."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"


@dataclass(frozen=True)
class Accepted:
    """The acknowledgement: `id` is on the disk. `duplicate`: the same request had come before."""

    id: str
    attempt: int
    duplicate: bool


@dataclass(frozen=True)
class Leased:
    """A submission that one worker grades now; `tries` counts this time too."""

    id: str
    learner: str
    exercise: str
    version: str
    language: str
    body: bytes
    tries: int


@dataclass(frozen=True)
class WrittenView:
    """A written answer and its mark. `text` is the learner's: sanitise before showing."""

    cell: str
    text: str
    max_points: float
    attempted: bool
    criteria: dict[str, int] | None
    points: float | None
    comment: str
    instructor: str | None
    marked_at: datetime | None
    version: int

    @property
    def state(self) -> str:
        """`graded`, `waiting` for an instructor, or `empty`."""
        if self.points is not None:
            return "graded"
        return "waiting" if self.attempted else "empty"


@dataclass(frozen=True)
class SubmissionView:
    """A submission as it stands. Before it is published, scores are 0 and the lists are empty."""

    id: str
    learner: str
    exercise: str
    version: str
    language: str
    state: State
    attempt: int
    accepted_at: datetime
    changed_at: datetime
    score: float  # checks and marked written answers
    max_score: float
    auto_score: float
    auto_max_score: float
    mastered: bool
    verdicts: tuple[CheckVerdict, ...]
    written: tuple[WrittenView, ...]
    tries: int = 0
    reason: str = ""
    output: str = ""
    flags: tuple[str, ...] = field(default=())

    @property
    def waiting(self) -> bool:
        """Whether a written answer waits for an instructor."""
        return any(part.state == "waiting" for part in self.written)


@dataclass(frozen=True)
class Progress:
    """One learner's standing in one exercise; `best` is the id of the best attempt, once one is published."""

    exercise: str
    attempts: int
    best_score: float
    max_score: float
    mastered: bool
    waiting: bool
    last_at: datetime
    last: str
    best: str | None


@dataclass(frozen=True)
class Evidence:
    """What one exercise proves of one competency: `strength` is the share of points of the best attempt."""

    competency: str
    exercise: str
    submission: str
    level: int
    strength: float
    at: datetime


@dataclass(frozen=True)
class WaitingAnswer:
    """A written answer that waits for an instructor."""

    submission: str
    cell: str
    learner: str
    exercise: str
    language: str
    text: str
    since: datetime


@dataclass(frozen=True)
class ExerciseCount:
    """How many learners tried an exercise, how often, and how many mastered it."""

    exercise: str
    learners: int
    attempts: int
    mastered: int


@dataclass(frozen=True)
class CheckCount:
    """How many learners met a check, and how many passed it at their first and at their latest attempt."""

    exercise: str
    check: str
    learners: int
    passed_first: int
    passed_latest: int


@dataclass(frozen=True)
class Account:
    """A name and what it may do; `role` and `department` are None until it is approved."""

    name: str
    role: str | None
    department: str | None
    approved: bool
    requested_at: datetime


@dataclass(frozen=True)
class AuditEntry:
    """One event of the audit log."""

    number: int
    at: str
    event: str
    actor: str
    subject: str
    detail: str
    hash: str
