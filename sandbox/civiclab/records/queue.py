"""From accepted to published: leases that expire, three tries, then a person.

    POST ──> accepted ──lease──> leased ──(graded)──publish──> published
                ^ ^                │ │
                │ └─ fail, expiry ─┘ └─ third fail or expiry ──> parked
                └──────────────────── retry (a person) ────────────┘

`accepted`, `leased`, `published` and `parked` are stored. `graded` is an internal step, stored nowhere: the
verdicts exist in the worker's memory between the end of the grading and the commit of `publish`. That commit
writes the verdicts, the score, the evidence and the audit event together or not at all, so a worker killed
while a submission is `graded` leaves it `leased`, and it is graded again.

What holds at every arrow, whatever is killed (`breakpoints.Point` names the places where tests do it):

* `accepted` is committed before the learner is told; the same request again is the same submission.
* A lease is one worker's for a time. When it ends, by the clock or by `reclaim`, another worker may take it.
* Grading may happen twice after a crash; `publish` happens once. What is published stays published.
* A fault of ours never becomes a mark: after three tries the submission is `parked` for a person, who sends
  it back with `retry`.

Fairness: next comes the learner with the fewest running leases, of these the submission accepted first. The
regrading of published submissions is a queue of its own (`regrading`), taken up only when nothing waits here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from civiclab.records import audit, breakpoints, evidence, submissions
from civiclab.records.breakpoints import Point
from civiclab.records.refusals import UnknownAnswer
from civiclab.records.results import CheckVerdict, GradedSubmission
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
    # The reason may quote the learner's code: it stays with the submission, and out of what is kept for ever.
    audit.append(session, at, "submission.parked", GRADER, row.id, {"tries": row.tries})


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
    audit.append(session, at, "submission.failed", GRADER, submission, {"tries": row.tries})


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
    seconds: float | None,
) -> None:
    """Show the verdicts and count them as evidence; a second time changes nothing.

    `mastered` is the checks' part: a written answer adds its own when it is marked. `seconds`: how long the
    grading took.
    """
    row = _get(session, submission)
    if row.state == State.PUBLISHED:
        return
    _release(row, State.PUBLISHED, "")
    row.changed_at = at
    row.auto_score, row.auto_max_score = graded.auto_points, graded.auto_max_points
    row.auto_mastered, row.competencies, row.level = mastered, list(competencies), level
    row.output, row.flags = storable(graded.output), [storable(flag) for flag in graded.flags]
    row.grading_seconds = seconds
    row.answer_seconds = max(0.0, (at - row.accepted_at).total_seconds())
    _write_parts(row, graded)
    row.mastered = submissions.mastered(row)
    session.flush()
    evidence.refresh(session, row.learner, row.exercise)
    detail = {"score": row.auto_score, "max": row.auto_max_score, "flags": len(graded.flags)}
    audit.append(session, at, "submission.published", GRADER, submission, detail)
    breakpoints.reach(Point.AFTER_PUBLISH_BEFORE_COMMIT)


def storable(text: str) -> str:
    """Without what a database can't keep: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def verdict_rows(verdicts: Iterable[CheckVerdict]) -> list[VerdictRow]:
    """The rows of a submission's verdicts, in order."""
    return [
        VerdictRow(
            check=verdict.check,
            position=position,
            outcome=verdict.outcome,
            points=verdict.points,
            max_points=verdict.max_points,
            message_key=verdict.message_key,
            detail=storable(verdict.detail),
        )
        for position, verdict in enumerate(verdicts)
    ]


def _write_parts(row: SubmissionRow, graded: GradedSubmission) -> None:
    row.verdicts = verdict_rows(graded.verdicts)
    row.written = [
        WrittenRow(
            cell=part.cell,
            position=position,
            text=storable(part.text),
            max_points=part.max_points,
            attempted=part.attempted,
            version=0,
        )
        for position, part in enumerate(graded.written)
    ]
