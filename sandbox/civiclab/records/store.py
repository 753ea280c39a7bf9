"""The door to the records: every method is one transaction, committed when it returns.

What is on the disk when a method returns survives a crash at any later line; what raises has left nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from civiclab.records import (
    accounts,
    audit,
    breakpoints,
    deciding,
    evidence,
    figures,
    marking,
    queue,
    regrading,
    submissions,
)
from civiclab.records.breakpoints import Point
from civiclab.records.engine import open_engine, reading, writing
from civiclab.records.refusals import (
    BadAccount,
    BadMark,
    BadRecords,
    KeyReused,
    RegradeRefused,
    StaleMark,
    StorageFull,
    UnknownAnswer,
    UnknownRegrade,
)
from civiclab.records.results import GradedSubmission
from civiclab.records.tables import BodyRow
from civiclab.records.views import (
    Accepted,
    Account,
    AuditEntry,
    CheckCount,
    EarlierGrade,
    Evidence,
    ExerciseCount,
    Leased,
    Notice,
    Progress,
    Regrade,
    RegradeLease,
    Role,
    Scope,
    State,
    SubmissionView,
    WaitingAnswer,
    WrittenView,
)

__all__ = [
    "Accepted",
    "Account",
    "AuditEntry",
    "BadAccount",
    "BadMark",
    "BadRecords",
    "CheckCount",
    "EarlierGrade",
    "Evidence",
    "ExerciseCount",
    "KeyReused",
    "Leased",
    "Notice",
    "Progress",
    "Records",
    "Regrade",
    "RegradeLease",
    "RegradeRefused",
    "Role",
    "Scope",
    "StaleMark",
    "State",
    "StorageFull",
    "SubmissionView",
    "UnknownAnswer",
    "UnknownRegrade",
    "WaitingAnswer",
    "WrittenView",
    "open_records",
]


def open_records(url: str, *, clock: Callable[[], datetime] | None = None) -> Records:
    """The records at `url` (`sqlite:////path/records.db`, or another SQLAlchemy address), brought up to date.

    BadRecords when the database is damaged or newer than this version.
    """
    return Records(open_engine(url), clock or (lambda: datetime.now(UTC)))


class Records:
    """Submissions, accounts, evidence and the audit log. Safe to share between threads and processes."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = clock

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def healthy(self) -> bool:
        """Whether the records can be written just now."""
        try:
            with writing(self._engine) as session:
                session.execute(text("SELECT 1"))
        except (SQLAlchemyError, StorageFull):
            return False
        return True

    # Submissions

    def accept(
        self, *, learner: str, exercise: str, version: str, language: str, body: bytes, key: str
    ) -> Accepted:
        """Keep a submission; KeyReused when the key came with another body, StorageFull when nothing fits."""
        named = {"learner": learner, "exercise": exercise, "version": version, "language": language}
        try:
            return self._accept(body, key, named)
        except IntegrityError:  # the same request at the same moment (not on SQLite): it is there now
            return self._accept(body, key, named)

    def _accept(self, body: bytes, key: str, named: dict[str, str]) -> Accepted:
        with writing(self._engine) as session:
            accepted = submissions.accept(session, self._now(), body=body, key=key, **named)
        breakpoints.reach(Point.AFTER_COMMIT_BEFORE_REPLY)
        return accepted

    def submission(self, id: str) -> SubmissionView | None:
        """The submission as it stands."""
        with reading(self._engine) as session:
            row = submissions.row_of(session, id)
            return submissions.view(row) if row else None

    def body(self, id: str) -> bytes | None:
        """The submitted bytes, as they came."""
        with reading(self._engine) as session:
            row = session.get(BodyRow, id)
            return row.body if row else None

    def attempts(self, learner: str, exercise: str) -> list[SubmissionView]:
        """The learner's attempts at an exercise, newest first."""
        with reading(self._engine) as session:
            return submissions.attempts(session, learner, exercise)

    def parked(self) -> list[SubmissionView]:
        """Submissions that wait for a person."""
        with reading(self._engine) as session:
            return submissions.parked(session)

    def graded_since(self, moment: datetime) -> list[SubmissionView]:
        """Published submissions whose verdicts or marks changed at or after `moment`, oldest change first."""
        with reading(self._engine) as session:
            return submissions.graded_since(session, moment)

    # The queue

    def lease(self, worker: str, seconds: float) -> Leased | None:
        """A submission for `worker` to grade within `seconds`; None when nothing waits."""
        with writing(self._engine) as session:
            return queue.lease(session, self._now(), worker, seconds)

    def reclaim(self) -> int:
        """Ends every lease at once: for the only worker of these records, when it starts."""
        with writing(self._engine) as session:
            return queue.reclaim(session, self._now()) + regrading.reclaim(session, self._now())

    def publish(
        self,
        id: str,
        graded: GradedSubmission,
        *,
        mastered: bool,
        competencies: Sequence[str],
        level: int,
        seconds: float | None = None,
    ) -> None:
        """Show the verdicts; a second time changes nothing. `mastered` is the checks' part of mastery.

        `seconds` is how long the grading took, for the operator's figures.
        """
        with writing(self._engine) as session:
            queue.publish(
                session,
                self._now(),
                id,
                graded,
                mastered=mastered,
                competencies=competencies,
                level=level,
                seconds=seconds,
            )

    def fail(self, id: str, reason: str) -> None:
        """Grading failed through our fault: try again, or park after the third try."""
        with writing(self._engine) as session:
            queue.fail(session, self._now(), id, reason)

    def retry(self, id: str, *, by: str) -> None:
        """Put a parked submission back into the queue."""
        with writing(self._engine) as session:
            queue.retry(session, self._now(), id, by)

    # Regrading

    def request_regrade(self, exercise: str, *, scope: Scope, reason: str, by: str) -> str:
        """Have published submissions graded again, as a proposal; its id. RegradeRefused when it can't be."""
        with writing(self._engine) as session:
            return regrading.request(session, self._now(), exercise, scope, reason, by)

    def lease_regrade(self, seconds: float) -> RegradeLease | None:
        """A published submission to grade again within `seconds`; None when none waits."""
        with writing(self._engine) as session:
            return regrading.lease(session, self._now(), seconds)

    def propose(
        self,
        regrade: str,
        id: str,
        graded: GradedSubmission,
        *,
        mastered: bool,
        competencies: Sequence[str],
        level: int,
    ) -> None:
        """Keep a regraded submission's new verdicts beside its old ones; a second time changes nothing."""
        named = {"mastered": mastered, "competencies": competencies, "level": level}
        with writing(self._engine) as session:
            regrading.propose(session, regrade, id, graded, **named)  # type: ignore[arg-type]

    def fail_regrade(self, regrade: str, id: str, reason: str) -> None:
        """Regrading failed: try again; after the third try the submission keeps what it has."""
        with writing(self._engine) as session:
            regrading.fail(session, regrade, id, reason)

    def regrades(self) -> list[Regrade]:
        """The latest regrades, newest first."""
        with reading(self._engine) as session:
            return deciding.regrades(session)

    def regrade(self, id: str) -> Regrade | None:
        """One regrade: of each submission what it had and what it would have."""
        with reading(self._engine) as session:
            return deciding.regrade(session, id)

    def apply_regrade(self, id: str, *, by: str) -> None:
        """Put the proposed verdicts in place, keep the old ones, tell learners whose standing falls."""
        with writing(self._engine) as session:
            deciding.apply(session, self._now(), id, by)

    def discard_regrade(self, id: str, *, by: str) -> None:
        """Drop the proposal; nothing changes for learners."""
        with writing(self._engine) as session:
            deciding.discard(session, self._now(), id, by)

    def notices(self, learner: str) -> list[Notice]:
        """What regrades lowered and the learner has not yet seen."""
        with reading(self._engine) as session:
            return deciding.notices(session, learner)

    def see_notice(self, learner: str, regrade: str) -> None:
        """The learner has read the notice."""
        with writing(self._engine) as session:
            deciding.see(session, self._now(), learner, regrade)

    def earlier_grades(self, submission: str) -> list[EarlierGrade]:
        """What the submission had before regrades, the latest first."""
        with reading(self._engine) as session:
            return deciding.earlier(session, submission)

    # Written answers

    def waiting(self) -> list[WaitingAnswer]:
        """The written answers to mark, longest waiting first."""
        with reading(self._engine) as session:
            return marking.waiting(session)

    def mark_written(
        self,
        submission: str,
        cell: str,
        *,
        criteria: dict[str, int],
        comment: str,
        instructor: str,
        version: int,
    ) -> None:
        """Mark an answer that was read at `version`; StaleMark when another marking came between."""
        with writing(self._engine) as session:
            marking.mark(
                session,
                self._now(),
                submission,
                cell,
                criteria=criteria,
                comment=comment,
                instructor=instructor,
                version=version,
            )

    # Evidence

    def progress(self, learner: str) -> dict[str, Progress]:
        """The learner's standing by exercise id."""
        with reading(self._engine) as session:
            return evidence.progress(session, learner)

    def evidence(self, learner: str) -> list[Evidence]:
        """What the learner's best attempts prove."""
        with reading(self._engine) as session:
            return evidence.evidence(session, learner)

    def exercise_counts(self) -> list[ExerciseCount]:
        """Per exercise: learners, attempts, learners who mastered it."""
        with reading(self._engine) as session:
            return evidence.exercise_counts(session)

    def check_counts(self) -> list[CheckCount]:
        """Per check: learners who met it, and how many passed."""
        with reading(self._engine) as session:
            return evidence.check_counts(session)

    def figures(self) -> figures.Figures:
        """The operator's figures of this moment."""
        with reading(self._engine) as session:
            return figures.figures(session, self._now())

    # Accounts

    def account(self, name: str) -> Account | None:
        """The account of that name."""
        with reading(self._engine) as session:
            return accounts.account(session, name)

    def accounts(self) -> list[Account]:
        """Every account, those who wait for approval first."""
        with reading(self._engine) as session:
            return accounts.accounts(session)

    def request_account(self, name: str) -> None:
        """Note a sign-up; a second time changes nothing."""
        with writing(self._engine) as session:
            accounts.request(session, self._now(), name)

    def approve(self, name: str, role: str, department: str | None, by: str) -> None:
        """Give an account its role and department."""
        with writing(self._engine) as session:
            accounts.approve(session, self._now(), name, role=role, department=department, by=by)

    def withdraw(self, name: str, *, by: str) -> None:
        """Take an account's approval back."""
        with writing(self._engine) as session:
            accounts.withdraw(session, self._now(), name, by)

    # Audit

    def audit(self, event: str, actor: str, subject: str, detail: dict[str, Any]) -> None:
        """Append an event of its own; events of the changes above are written with them."""
        with writing(self._engine) as session:
            audit.append(session, self._now(), event, actor, subject, detail)

    def verify_audit(self) -> bool:
        """Whether the chain holds from the first event to the last."""
        return self.first_broken_audit() is None

    def first_broken_audit(self) -> int | None:
        """The number of the first event that does not fit the chain."""
        with reading(self._engine) as session:
            return audit.first_broken(session)

    def audit_head(self) -> tuple[int, str]:
        """The last event's number and hash; kept elsewhere, they prove that no tail was cut off."""
        with reading(self._engine) as session:
            return audit.head(session)

    def audit_entries(self, limit: int = 200) -> list[AuditEntry]:
        """The latest events, newest first."""
        with reading(self._engine) as session:
            return audit.entries(session, limit)
