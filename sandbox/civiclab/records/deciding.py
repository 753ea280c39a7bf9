"""Deciding about a regrade: its difference, applied whole or discarded; notices; what marks were before."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from civiclab.records import audit, evidence, submissions
from civiclab.records.queue import verdict_rows
from civiclab.records.refusals import RegradeRefused, UnknownRegrade
from civiclab.records.regrading import verdicts_of
from civiclab.records.results import CheckVerdict
from civiclab.records.tables import (
    EarlierGradeRow,
    NoticeRow,
    ProposalRow,
    RegradeRow,
    SubmissionRow,
    VerdictRow,
)
from civiclab.records.views import (
    EarlierGrade,
    Grade,
    Notice,
    Proposal,
    ProposalState,
    Regrade,
    RegradeState,
    Scope,
    is_worse,
)

MOST_LISTED = 20

# Reading


def regrades(session: Session) -> list[Regrade]:
    """The regrades, the latest first, at most MOST_LISTED."""
    latest = select(RegradeRow).order_by(RegradeRow.requested_at.desc()).limit(MOST_LISTED)
    rows = session.scalars(latest)
    return [_view(session, row) for row in rows]


def regrade(session: Session, id: str) -> Regrade | None:
    """One regrade with its proposals."""
    row = session.get(RegradeRow, id)
    return _view(session, row) if row else None


def _view(session: Session, row: RegradeRow) -> Regrade:
    return Regrade(
        id=row.id,
        exercise=row.exercise,
        scope=Scope(row.scope),
        reason=row.reason,
        state=RegradeState(row.state),
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        proposals=_proposals(session, row.id),
    )


def _proposals(session: Session, id: str) -> tuple[Proposal, ...]:
    earlier = {one.submission: one for one in session.scalars(_earlier_of(id))}
    found = session.execute(
        select(ProposalRow, SubmissionRow)
        .join(SubmissionRow, SubmissionRow.id == ProposalRow.submission)
        .where(ProposalRow.regrade == id)
        .order_by(SubmissionRow.learner, SubmissionRow.attempt)
    )
    return tuple(_proposal(job, row, earlier.get(row.id)) for job, row in found)


def _earlier_of(id: str) -> Select[EarlierGradeRow]:
    return select(EarlierGradeRow).where(EarlierGradeRow.regrade == id)


def _proposal(job: ProposalRow, row: SubmissionRow, earlier: EarlierGradeRow | None) -> Proposal:
    return Proposal(
        submission=row.id,
        learner=row.learner,
        attempt=row.attempt,
        state=ProposalState(job.state),
        reason=job.reason,
        old=_kept(earlier) if earlier else _now(row),
        new=_proposed(job, row) if job.state == ProposalState.READY else None,
    )


def _kept(earlier: EarlierGradeRow) -> Grade:
    return Grade(earlier.score, earlier.max_score, earlier.mastered, verdicts_of(earlier.verdicts))


def _now(row: SubmissionRow) -> Grade:
    verdicts = submissions.view(row).verdicts
    return Grade(submissions.score(row), submissions.max_score(row), row.mastered, verdicts)


def _proposed(job: ProposalRow, row: SubmissionRow) -> Grade:
    verdicts = verdicts_of(job.verdicts)
    return Grade(
        score=sum(one.points for one in verdicts) + sum(part.points or 0.0 for part in row.written),
        max_score=sum(one.max_points for one in verdicts) + sum(part.max_points for part in row.written),
        mastered=job.auto_mastered and submissions.well_written(row),
        verdicts=verdicts,
    )


# Deciding


def _undecided(session: Session, id: str) -> RegradeRow:
    row = session.get(RegradeRow, id, with_for_update=True)
    if row is None:
        raise UnknownRegrade("There is no such regrade.")
    if row.state != RegradeState.OPEN:
        raise RegradeRefused("This regrade has been decided already.")
    return row


def discard(session: Session, at: datetime, id: str, by: str) -> None:
    """Drop the proposal; every mark stays. Also ends a regrade that is still being graded."""
    row = _undecided(session, id)
    row.state, row.decided_by, row.decided_at = RegradeState.DISCARDED, by, at
    audit.append(session, at, "regrade.discarded", by, id, {"exercise": row.exercise})


def apply(session: Session, at: datetime, id: str, by: str) -> None:
    """Swap the verdicts wherever they differ, keep the old ones, renew the evidence, tell learners.

    RegradeRefused while a submission of it is still to be graded: only what was shown may be applied.
    """
    row = _undecided(session, id)
    view = _view(session, row)
    if view.pending:
        raise RegradeRefused("This regrade is not finished yet. Wait until every submission has been graded.")
    learners = sorted({one.learner for one in view.proposals})
    before = {name: _standing(session, name, row.exercise) for name in learners}
    changed = sum(_swap(session, at, by, row, one) for one in view.proposals if one.new is not None)
    session.flush()
    for name in learners:
        evidence.refresh(session, name, row.exercise)
        _notify(session, row, name, before[name])
    row.state, row.decided_by, row.decided_at = RegradeState.APPLIED, by, at
    detail = {"exercise": row.exercise, "graded": len(view.proposals), "changed": changed}
    audit.append(session, at, "regrade.applied", by, id, detail)


def _swap(session: Session, at: datetime, by: str, regrade: RegradeRow, one: Proposal) -> bool:
    """Give the submission what was proposed; False where that is what it has."""
    row = submissions.row_of(session, one.submission)
    if row is None or one.new is None or one.old == one.new:
        return False
    session.add(_earlier(at, regrade, row, one.old))
    job = session.scalars(
        select(ProposalRow).where(ProposalRow.regrade == regrade.id, ProposalRow.submission == row.id)
    ).one()
    _rewrite(session, row, job, one.new.verdicts)
    row.mastered, row.changed_at = submissions.mastered(row), at
    detail = {"regrade": regrade.id, "old": one.old.score, "new": one.new.score}
    audit.append(session, at, "submission.regraded", by, row.id, detail)
    return True


def _earlier(at: datetime, regrade: RegradeRow, row: SubmissionRow, old: Grade) -> EarlierGradeRow:
    return EarlierGradeRow(
        regrade=regrade.id,
        submission=row.id,
        replaced_at=at,
        score=old.score,
        max_score=old.max_score,
        mastered=old.mastered,
        output=row.output,
        verdicts=[asdict(verdict) for verdict in old.verdicts],
    )


def _rewrite(
    session: Session, row: SubmissionRow, job: ProposalRow, verdicts: tuple[CheckVerdict, ...]
) -> None:
    session.execute(delete(VerdictRow).where(VerdictRow.submission == row.id))
    session.expire(row, ["verdicts"])
    for verdict in verdict_rows(verdicts):
        verdict.submission = row.id
        session.add(verdict)
    row.auto_score = sum(one.points for one in verdicts)
    row.auto_max_score = sum(one.max_points for one in verdicts)
    row.auto_mastered, row.competencies, row.level = job.auto_mastered, job.competencies, job.level
    row.output, row.flags = job.output, job.flags


# Telling learners


def _standing(session: Session, learner: str, exercise: str) -> tuple[str, Grade] | None:
    best = evidence.best_published(session, learner, exercise)
    return (best.id, _now(best)) if best else None


def _notify(session: Session, row: RegradeRow, learner: str, before: tuple[str, Grade] | None) -> None:
    """A notice for a learner whose best attempt is worth less now."""
    after = _standing(session, learner, row.exercise)
    if before is None or after is None or not is_worse(before[1], after[1]):
        return
    old, new = before[1], after[1]
    session.add(
        NoticeRow(
            regrade=row.id,
            learner=learner,
            submission=after[0],
            old_score=old.score,
            old_max_score=old.max_score,
            new_score=new.score,
            new_max_score=new.max_score,
            mastery_lost=old.mastered and not new.mastered,
        )
    )


def notices(session: Session, learner: str) -> list[Notice]:
    """What the learner has not yet seen, the latest first."""
    found = session.execute(
        select(NoticeRow, RegradeRow)
        .join(RegradeRow, RegradeRow.id == NoticeRow.regrade)
        .where(NoticeRow.learner == learner, NoticeRow.seen_at.is_(None))
        .order_by(RegradeRow.decided_at.desc())
    )
    return [
        Notice(
            regrade=row.id,
            exercise=row.exercise,
            submission=one.submission,
            reason=row.reason,
            at=row.decided_at or row.requested_at,
            old_score=one.old_score,
            old_max_score=one.old_max_score,
            new_score=one.new_score,
            new_max_score=one.new_max_score,
            mastery_lost=one.mastery_lost,
        )
        for one, row in found
    ]


def see(session: Session, at: datetime, learner: str, id: str) -> None:
    """The learner has read her notice."""
    one = session.get(NoticeRow, (id, learner))
    if one is not None and one.seen_at is None:
        one.seen_at = at


def earlier(session: Session, submission: str) -> list[EarlierGrade]:
    """What the submission had before each regrade that changed it, the latest first."""
    found = session.execute(
        select(EarlierGradeRow, RegradeRow.reason)
        .join(RegradeRow, RegradeRow.id == EarlierGradeRow.regrade)
        .where(EarlierGradeRow.submission == submission)
        .order_by(EarlierGradeRow.replaced_at.desc())
    )
    return [EarlierGrade(one.replaced_at, reason, _kept(one)) for one, reason in found]
