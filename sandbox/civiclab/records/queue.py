"""From accepted to published: leases that expire, three tries, then a person.

accepted --lease--> leased --publish--> published
   ^                  |
   +----- fail -------+--- third failure or third expired lease ---> parked --retry--> accepted
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from civiclab.records import audit, evidence, submissions
from civiclab.records.refusals import UnknownAnswer
from civiclab.records.results import GradedSubmission
from civiclab.records.tables import BodyRow, SubmissionRow, VerdictRow, WrittenRow
from civiclab.records.views import Leased, State

MOST_TRIES = 3
GRADER = "grader"  # the actor of what no person did


def lease(session: Session, at: datetime, worker: str, seconds: float) -> Leased | None:
    """The oldest waiting submission of the learner with the fewest running ones; None when nothing waits."""
    _park_exhausted(session, at)
    row = session.scalar(_next(at))
    if row is None:
        return None
    row.state, row.leased_by, row.leased_until = State.LEASED, worker, at + timedelta(seconds=seconds)
    row.tries += 1
    body = session.get_one(BodyRow, row.id).body
    return Leased(row.id, row.learner, row.exercise, row.version, row.language, body, row.tries)


def _next(at: datetime) -> Select[SubmissionRow]:
    running = aliased(SubmissionRow)
    count = (
        select(func.count())
        .where(running.learner == SubmissionRow.learner, running.state == State.LEASED)
        .where(running.leased_until >= at)
        .scalar_subquery()
    )
    waits = or_(SubmissionRow.state == State.ACCEPTED, _expired(at))
    order = (count, SubmissionRow.number)
    return select(SubmissionRow).where(waits).order_by(*order).limit(1).with_for_update(skip_locked=True)


def _expired(at: datetime) -> ColumnElement[bool]:
    return and_(SubmissionRow.state == State.LEASED, SubmissionRow.leased_until < at)


def _park_exhausted(session: Session, at: datetime) -> None:
    """A submission that ended its worker three times must not end a fourth."""
    tired = select(SubmissionRow).where(_expired(at), SubmissionRow.tries >= MOST_TRIES)
    for row in session.scalars(tired.with_for_update(skip_locked=True)):
        _park(session, at, row, f"the worker {row.leased_by} did not come back")


def _park(session: Session, at: datetime, row: SubmissionRow, reason: str) -> None:
    _release(row, State.PARKED, reason)
    row.changed_at = at
    audit.append(session, at, "submission.parked", GRADER, row.id, {"tries": row.tries, "reason": reason})


def _release(row: SubmissionRow, state: State, reason: str) -> None:
    row.state, row.reason, row.leased_by, row.leased_until = state, reason, None, None


def _get(session: Session, submission: str) -> SubmissionRow:
    row = submissions.row_of(session, submission)
    if row is None:
        raise UnknownAnswer("There is no such submission.")
    return row


def fail(session: Session, at: datetime, submission: str, reason: str) -> None:
    """Our fault: back into the queue, or to a person after the third try. A published one stays published."""
    row = _get(session, submission)
    if row.state in (State.PUBLISHED, State.PARKED):
        return
    if row.tries >= MOST_TRIES:
        _park(session, at, row, reason)
        return
    _release(row, State.ACCEPTED, reason)
    detail = {"tries": row.tries, "reason": reason}
    audit.append(session, at, "submission.failed", GRADER, submission, detail)


def reclaim(session: Session, at: datetime) -> int:
    """Put back what workers that are gone had leased; how many. Each keeps its count of tries."""
    held = list(session.scalars(select(SubmissionRow).where(SubmissionRow.state == State.LEASED)))
    for row in held:
        row.leased_until = at - timedelta(seconds=1)
    return len(held)


def retry(session: Session, at: datetime, submission: str, by: str) -> None:
    """Put a parked submission back into the queue, with three new tries."""
    row = _get(session, submission)
    if row.state != State.PARKED:
        return
    _release(row, State.ACCEPTED, "")
    row.tries, row.changed_at = 0, at
    audit.append(session, at, "submission.retried", by, submission, {})


def publish(
    session: Session,
    at: datetime,
    submission: str,
    graded: GradedSubmission,
    *,
    mastered: bool,
    competencies: Sequence[str],
    level: int,
) -> None:
    """Show the verdicts and count them as evidence; a second time changes nothing.

    `mastered` is the checks' part: a written answer adds its own when it is marked.
    """
    row = _get(session, submission)
    if row.state == State.PUBLISHED:
        return
    _release(row, State.PUBLISHED, "")
    row.changed_at = at
    row.auto_score, row.auto_max_score = graded.auto_points, graded.auto_max_points
    row.auto_mastered, row.competencies, row.level = mastered, list(competencies), level
    row.output, row.flags = _storable(graded.output), [_storable(flag) for flag in graded.flags]
    _write_parts(row, graded)
    row.mastered = submissions.mastered(row)
    session.flush()
    evidence.refresh(session, row.learner, row.exercise)
    detail = {"score": row.auto_score, "max": row.auto_max_score, "flags": list(graded.flags)}
    audit.append(session, at, "submission.published", GRADER, submission, detail)


def _storable(text: str) -> str:
    """Without what a database can't keep: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _write_parts(row: SubmissionRow, graded: GradedSubmission) -> None:
    row.verdicts = [
        VerdictRow(
            check=verdict.check,
            position=position,
            outcome=verdict.outcome,
            points=verdict.points,
            max_points=verdict.max_points,
            message_key=verdict.message_key,
            detail=_storable(verdict.detail),
        )
        for position, verdict in enumerate(graded.verdicts)
    ]
    row.written = [
        WrittenRow(
            cell=part.cell,
            position=position,
            text=_storable(part.text),
            max_points=part.max_points,
            attempted=part.attempted,
            version=0,
        )
        for position, part in enumerate(graded.written)
    ]
