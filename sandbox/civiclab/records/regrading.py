"""Regrading: published submissions graded again after a check was mended, as a proposal.

    request ──> open: each proposal waiting ──lease──> leased ──propose──> ready
                                  ^                      │
                                  └── fail, expiry ──────┴── third time ──> failed
    open, and nothing waiting or leased ──> applied | discarded      (`deciding`)

Nothing a learner sees changes before an instructor has seen the difference and applied it. Only what checks
give is graded again; an instructor's marks of written answers stay. The jobs wait in a queue of their own,
which a worker looks into only when no learner's submission waits.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from civiclab.records import audit, evidence
from civiclab.records.queue import MOST_TRIES, storable
from civiclab.records.refusals import RegradeRefused
from civiclab.records.results import CheckVerdict, GradedSubmission, Outcome
from civiclab.records.tables import BodyRow, ProposalRow, RegradeRow, SubmissionRow
from civiclab.records.views import ProposalState, RegradeLease, RegradeState, Scope, State

MOST_REASON_CHARACTERS = 500


def request(  # noqa: PLR0917 - the same order as the audit's line
    session: Session, at: datetime, exercise: str, scope: Scope, reason: str, by: str
) -> str:
    """Begin a regrade; its id. RegradeRefused while another one of the exercise is undecided."""
    if session.scalar(select(RegradeRow).where(*_open(exercise))) is not None:
        raise RegradeRefused("This exercise is being regraded already. Apply or discard that regrade first.")
    chosen = _chosen(session, exercise, scope)
    if not chosen:
        raise RegradeRefused("No submission of this exercise has been checked yet.")
    row = RegradeRow(
        id=str(uuid.uuid4()),
        exercise=exercise,
        scope=scope,
        reason=reason.strip()[:MOST_REASON_CHARACTERS],
        state=RegradeState.OPEN,
        requested_by=by,
        requested_at=at,
    )
    session.add(row)
    session.flush()
    waits = ProposalState.WAITING
    session.add_all(ProposalRow(regrade=row.id, submission=one.id, state=waits) for one in chosen)
    detail = {"exercise": exercise, "scope": scope, "submissions": len(chosen)}
    audit.append(session, at, "regrade.requested", by, row.id, detail)
    return row.id


def _open(exercise: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return RegradeRow.exercise == exercise, RegradeRow.state == RegradeState.OPEN


def _chosen(session: Session, exercise: str, scope: Scope) -> list[SubmissionRow]:
    published = (SubmissionRow.exercise == exercise, SubmissionRow.state == State.PUBLISHED)
    rows = list(session.scalars(select(SubmissionRow).where(*published).order_by(SubmissionRow.number)))
    if scope is Scope.ALL:
        return rows
    newest = {row.learner: row.id for row in rows}
    best = {evidence.best_published(session, learner, exercise) for learner in newest}
    wanted = set(newest.values()) | {row.id for row in best if row is not None}
    return [row for row in rows if row.id in wanted]


def lease(session: Session, at: datetime, seconds: float) -> RegradeLease | None:
    """The next submission to grade again; None when none waits."""
    _give_up_exhausted(session, at)
    waits = or_(ProposalRow.state == ProposalState.WAITING, _expired(at))
    job = session.scalar(
        select(ProposalRow)
        .join(RegradeRow, RegradeRow.id == ProposalRow.regrade)
        .where(RegradeRow.state == RegradeState.OPEN, waits)
        .order_by(ProposalRow.number)
        .limit(1)
        .with_for_update(skip_locked=True, of=ProposalRow)
    )
    if job is None:
        return None
    job.state, job.leased_until, job.tries = (
        ProposalState.LEASED,
        at + timedelta(seconds=seconds),
        job.tries + 1,
    )
    row = session.scalars(select(SubmissionRow).where(SubmissionRow.id == job.submission)).one()
    body = session.get_one(BodyRow, row.id).body
    return RegradeLease(job.regrade, row.id, row.exercise, row.language, body, job.tries)


def _expired(at: datetime) -> ColumnElement[bool]:
    return and_(ProposalRow.state == ProposalState.LEASED, ProposalRow.leased_until < at)


def _give_up_exhausted(session: Session, at: datetime) -> None:
    tired = select(ProposalRow).where(_expired(at), ProposalRow.tries >= MOST_TRIES)
    for job in session.scalars(tired.with_for_update(skip_locked=True)):
        job.state, job.reason = ProposalState.FAILED, "the worker did not come back"


def reclaim(session: Session, at: datetime) -> int:
    """Put back what workers that are gone had leased; how many."""
    held = list(session.scalars(select(ProposalRow).where(ProposalRow.state == ProposalState.LEASED)))
    for job in held:
        job.leased_until = at - timedelta(seconds=1)
    return len(held)


def _job(session: Session, regrade: str, submission: str) -> ProposalRow | None:
    """The job, if its regrade is undecided and it has no result yet."""
    return session.scalar(
        select(ProposalRow)
        .join(RegradeRow, RegradeRow.id == ProposalRow.regrade)
        .where(ProposalRow.regrade == regrade, ProposalRow.submission == submission)
        .where(RegradeRow.state == RegradeState.OPEN)
        .where(ProposalRow.state.in_((ProposalState.WAITING, ProposalState.LEASED)))
    )


def propose(
    session: Session,
    regrade: str,
    submission: str,
    graded: GradedSubmission,
    *,
    mastered: bool,
    competencies: Sequence[str],
    level: int,
) -> None:
    """Keep what the checks give now, beside what they gave; a second time changes nothing."""
    job = _job(session, regrade, submission)
    if job is None:
        return
    job.state, job.reason = ProposalState.READY, ""
    job.auto_mastered, job.competencies, job.level = mastered, list(competencies), level
    job.output, job.flags = storable(graded.output), [storable(flag) for flag in graded.flags]
    job.verdicts = [asdict(verdict) | {"detail": storable(verdict.detail)} for verdict in graded.verdicts]


def fail(session: Session, regrade: str, submission: str, reason: str) -> None:
    """Our fault: try again; after the third time the submission keeps what it has."""
    job = _job(session, regrade, submission)
    if job is None:
        return
    job.state = ProposalState.FAILED if job.tries >= MOST_TRIES else ProposalState.WAITING
    job.reason = storable(reason)


def verdicts_of(stored: Sequence[dict[str, Any]]) -> tuple[CheckVerdict, ...]:
    """Verdicts as they were kept in a proposal or among earlier grades."""
    return tuple(CheckVerdict(**(one | {"outcome": Outcome(one["outcome"])})) for one in stored)
