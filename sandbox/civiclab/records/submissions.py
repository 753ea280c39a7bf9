"""Taking submissions in, and reading them."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civiclab.records import audit, breakpoints
from civiclab.records.breakpoints import Point
from civiclab.records.refusals import KeyReused
from civiclab.records.results import CheckVerdict, Outcome
from civiclab.records.tables import BodyRow, SubmissionRow, VerdictRow, WrittenRow
from civiclab.records.views import Accepted, State, SubmissionView, WrittenView

# Mastery of a written answer: two thirds of its points (10 of 15), and no criterion at 0.
WRITTEN_SHARE = 2 / 3


def accept(
    session: Session,
    at: datetime,
    *,
    learner: str,
    exercise: str,
    version: str,
    language: str,
    body: bytes,
    key: str,
) -> Accepted:
    """Keep `body` unchanged as the learner's next attempt; the same request twice is one submission."""
    sha256 = hashlib.sha256(body).hexdigest()
    earlier = session.scalar(
        select(SubmissionRow).where(SubmissionRow.learner == learner, SubmissionRow.key == key)
    )
    if earlier is not None:
        if (earlier.sha256, earlier.exercise) != (sha256, exercise):
            raise KeyReused("This request was sent before with another content. Submit again.")
        return Accepted(earlier.id, earlier.attempt, duplicate=True)
    breakpoints.reach(Point.BEFORE_INSERT)
    row = SubmissionRow(
        id=str(uuid.uuid4()),
        learner=learner,
        exercise=exercise,
        version=version,
        language=language,
        key=key,
        sha256=sha256,
        attempt=_attempts_so_far(session, learner, exercise) + 1,
        accepted_at=at,
        changed_at=at,
        state=State.ACCEPTED,
    )
    session.add(row)
    session.flush()
    breakpoints.reach(Point.AFTER_INSERT)
    session.add(BodyRow(submission=row.id, body=body))
    detail = {"exercise": exercise, "attempt": row.attempt, "sha256": sha256}
    audit.append(session, at, "submission.accepted", learner, row.id, detail)
    breakpoints.reach(Point.BEFORE_COMMIT)
    return Accepted(row.id, row.attempt, duplicate=False)


def _attempts_so_far(session: Session, learner: str, exercise: str) -> int:
    mine = (SubmissionRow.learner == learner, SubmissionRow.exercise == exercise)
    return session.scalar(select(func.max(SubmissionRow.attempt)).where(*mine)) or 0


def row_of(session: Session, submission: str) -> SubmissionRow | None:
    """The submission's row."""
    return session.scalar(select(SubmissionRow).where(SubmissionRow.id == submission))


def attempts(session: Session, learner: str, exercise: str) -> list[SubmissionView]:
    """The learner's attempts at the exercise, newest first."""
    mine = (SubmissionRow.learner == learner, SubmissionRow.exercise == exercise)
    rows = session.scalars(select(SubmissionRow).where(*mine).order_by(SubmissionRow.attempt.desc()))
    return [view(row) for row in rows]


def parked(session: Session) -> list[SubmissionView]:
    """Submissions that wait for a person, oldest first."""
    waiting = select(SubmissionRow).where(SubmissionRow.state == State.PARKED).order_by(SubmissionRow.number)
    return [view(row) for row in session.scalars(waiting)]


def graded_since(session: Session, moment: datetime) -> list[SubmissionView]:
    """Published submissions whose verdicts or marks changed at or after `moment`, in that order."""
    changed = (SubmissionRow.state == State.PUBLISHED, SubmissionRow.changed_at >= moment)
    rows = session.scalars(
        select(SubmissionRow).where(*changed).order_by(SubmissionRow.changed_at, SubmissionRow.number)
    )
    return [view(row) for row in rows]


def score(row: SubmissionRow) -> float:
    """Points of the checks and of the written answers marked so far."""
    return row.auto_score + sum(part.points or 0.0 for part in row.written)


def max_score(row: SubmissionRow) -> float:
    """The most that checks and written answers can earn."""
    return row.auto_max_score + sum(part.max_points for part in row.written)


def mastered(row: SubmissionRow) -> bool:
    """Mastery of a published row: the checks' part, and every written answer marked well enough."""
    return row.auto_mastered and well_written(row)


def well_written(row: SubmissionRow) -> bool:
    """Whether every written answer is marked well enough for mastery."""
    return all(map(_well_written, row.written))


def _well_written(part: WrittenRow) -> bool:
    if part.points is None or part.criteria is None:
        return False
    return part.points >= part.max_points * WRITTEN_SHARE and all(part.criteria.values())


def view(row: SubmissionRow) -> SubmissionView:
    """The row, detached."""
    return SubmissionView(
        id=row.id,
        learner=row.learner,
        exercise=row.exercise,
        version=row.version,
        language=row.language,
        state=State(row.state),
        attempt=row.attempt,
        accepted_at=row.accepted_at,
        changed_at=row.changed_at,
        score=score(row),
        max_score=max_score(row),
        auto_score=row.auto_score,
        auto_max_score=row.auto_max_score,
        mastered=row.mastered,
        verdicts=tuple(map(_verdict, row.verdicts)),
        written=tuple(map(_written, row.written)),
        tries=row.tries,
        reason=row.reason,
        output=row.output,
        flags=tuple(row.flags),
    )


def _verdict(row: VerdictRow) -> CheckVerdict:
    return CheckVerdict(
        row.check, Outcome(row.outcome), row.points, row.max_points, row.message_key, row.detail
    )


def _written(row: WrittenRow) -> WrittenView:
    return WrittenView(
        cell=row.cell,
        text=row.text,
        max_points=row.max_points,
        attempted=row.attempted,
        criteria=dict(row.criteria) if row.criteria is not None else None,
        points=row.points,
        comment=row.comment,
        instructor=row.instructor,
        marked_at=row.marked_at,
        version=row.version,
    )
