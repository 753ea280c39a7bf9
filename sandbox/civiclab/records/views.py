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


class RegradeState(StrEnum):
    """Where a regrade stands."""

    OPEN = "open"  # being graded, or waiting for an instructor's decision
    APPLIED = "applied"
    DISCARDED = "discarded"


class ProposalState(StrEnum):
    """Where one submission of a regrade stands."""

    WAITING = "waiting"
    LEASED = "leased"
    READY = "ready"
    FAILED = "failed"  # could not be graded three times; it keeps what it has


class Scope(StrEnum):
    """Which published submissions a regrade takes up."""

    ALL = "all"
    STANDING = "standing"  # of each learner the best and the newest


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
class RegradeLease:
    """A published submission that one worker grades again now."""

    regrade: str
    id: str
    exercise: str
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
class Grade:
    """What a submission has, or would have: checks and marked written answers together."""

    score: float
    max_score: float
    mastered: bool
    verdicts: tuple[CheckVerdict, ...]

    @property
    def share(self) -> float:
        """The share of the points, 0 to 1."""
        return self.score / self.max_score if self.max_score else 0.0


@dataclass(frozen=True)
class Change:
    """One check whose verdict a regrade changes; None where the check is new, or no longer there."""

    check: str
    old: CheckVerdict | None
    new: CheckVerdict | None


@dataclass(frozen=True)
class Proposal:
    """One submission of a regrade: what it had, and what the regrade gives once it is `ready`."""

    submission: str
    learner: str
    attempt: int
    state: ProposalState
    reason: str
    old: Grade
    new: Grade | None

    @property
    def changes(self) -> tuple[Change, ...]:
        """The checks whose outcome or points differ, in the new order."""
        if self.new is None:
            return ()
        old = {one.check: one for one in self.old.verdicts}
        new = {one.check: one for one in self.new.verdicts}
        pairs = (Change(name, old.get(name), new.get(name)) for name in {**new, **old})
        return tuple(one for one in pairs if _marks(one.old) != _marks(one.new))

    @property
    def falls(self) -> bool:
        """Whether the submission would have a smaller share of the points, or lose its mastery."""
        return self.new is not None and is_worse(self.old, self.new)

    @property
    def rises(self) -> bool:
        """Whether the submission would have a larger share of the points, or gain mastery."""
        return self.new is not None and not self.falls and is_worse(self.new, self.old)


def _marks(verdict: CheckVerdict | None) -> tuple[str, float, float] | None:
    return None if verdict is None else (verdict.outcome, verdict.points, verdict.max_points)


def is_worse(old: Grade, new: Grade) -> bool:
    """Whether `new` is a smaller share of the points than `old`, or lacks its mastery."""
    return new.share < old.share or (old.mastered and not new.mastered)


@dataclass(frozen=True)
class Regrade:
    """A regrade as a whole; `proposals` by learner and attempt."""

    id: str
    exercise: str
    scope: Scope
    reason: str
    state: RegradeState
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    proposals: tuple[Proposal, ...]

    @property
    def pending(self) -> int:
        """How many submissions are still to be graded."""
        return sum(one.state in {ProposalState.WAITING, ProposalState.LEASED} for one in self.proposals)


@dataclass(frozen=True)
class Notice:
    """Tells a learner that a regrade lowered what she had reached in an exercise."""

    regrade: str
    exercise: str
    submission: str
    reason: str
    at: datetime
    old_score: float
    old_max_score: float
    new_score: float
    new_max_score: float
    mastery_lost: bool


@dataclass(frozen=True)
class EarlierGrade:
    """What a submission had before a regrade was applied at `replaced_at`."""

    replaced_at: datetime
    reason: str
    grade: Grade


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
