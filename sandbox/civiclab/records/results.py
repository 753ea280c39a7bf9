"""What grading hands to the records: verdicts, written answers, outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """A verdict's word. Blame is typed: the learner's, the exercise's, ours."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    ERROR = "ERROR"  # the learner's code raised
    UNATTEMPTED = "UNATTEMPTED"  # the answer cell is as it was released
    TIMEOUT = "TIMEOUT"
    MEMORY = "MEMORY"
    PIDS = "PIDS"
    DISK = "DISK"
    OUTPUT = "OUTPUT"
    CRASHED = "CRASHED"
    TAMPER = "TAMPER"
    EXERCISE = "EXERCISE"  # the check itself is broken
    INTERNAL = "INTERNAL"  # ours: retried, then parked; never a zero


@dataclass(frozen=True)
class CheckVerdict:
    """One check's verdict. `message_key` names a message of the exercise; `detail` is text beside it."""

    check: str
    outcome: Outcome
    points: float
    max_points: float
    message_key: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class WrittenAnswer:
    """A free-text answer, as the learner wrote it (hostile text: sanitise before showing)."""

    cell: str
    text: str
    max_points: float
    attempted: bool


@dataclass(frozen=True)
class GradedSubmission:
    """All that one run of the grader found."""

    verdicts: tuple[CheckVerdict, ...]
    written: tuple[WrittenAnswer, ...] = ()
    output: str = ""  # what the answers printed, capped
    flags: tuple[str, ...] = field(default=())  # for the operator: odd things, no points

    @property
    def auto_points(self) -> float:
        """Points earned by the checks."""
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def auto_max_points(self) -> float:
        """Points the checks could give."""
        return sum(verdict.max_points for verdict in self.verdicts)
