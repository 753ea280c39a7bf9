"""Figures for the operator: the queue, how long grading takes, what it finds. Counts only, never a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from civiclab.records.results import Outcome
from civiclab.records.tables import AuditRow, ProposalRow, RegradeRow, SubmissionRow, VerdictRow
from civiclab.records.views import ProposalState, RegradeState, State

# Bounds in seconds: a second is what we promise, two minutes what an exercise may take at most.
BOUNDS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


@dataclass(frozen=True)
class Histogram:
    """How many values are at most each bound, in the order of BOUNDS, how many there are, and their sum."""

    at_most: tuple[int, ...]
    count: int
    sum: float


@dataclass(frozen=True)
class Figures:
    """One moment of the records in numbers."""

    states: Mapping[State, int]
    regrading: int  # submissions that a regrade still has to grade
    oldest_waiting_seconds: float
    grading: Histogram
    answer: Histogram
    outcomes: Mapping[Outcome, int]
    failed_tries: int
    parked_ever: int


def figures(session: Session, at: datetime) -> Figures:
    """The figures of this moment."""
    return Figures(
        states=_states(session),
        regrading=_regrading(session),
        oldest_waiting_seconds=_oldest(session, at),
        grading=_histogram(session, SubmissionRow.grading_seconds),
        answer=_histogram(session, SubmissionRow.answer_seconds),
        outcomes=_outcomes(session),
        failed_tries=_events(session, "submission.failed") + _events(session, "submission.parked"),
        parked_ever=_events(session, "submission.parked"),
    )


def _states(session: Session) -> dict[State, int]:
    rows = session.execute(select(SubmissionRow.state, func.count()).group_by(SubmissionRow.state))
    return dict.fromkeys(State, 0) | {State(state): count for state, count in rows}


def _regrading(session: Session) -> int:
    to_grade = ProposalRow.state.in_((ProposalState.WAITING, ProposalState.LEASED))
    jobs = (
        select(func.count()).select_from(ProposalRow).join(RegradeRow, RegradeRow.id == ProposalRow.regrade)
    )
    return session.scalar(jobs.where(to_grade, RegradeRow.state == RegradeState.OPEN)) or 0


def _oldest(session: Session, at: datetime) -> float:
    waits = SubmissionRow.state.in_((State.ACCEPTED, State.LEASED))
    oldest = session.scalar(select(func.min(SubmissionRow.accepted_at)).where(waits))
    return max(0.0, (at - oldest).total_seconds()) if oldest else 0.0


def _histogram(session: Session, value: InstrumentedAttribute[float | None]) -> Histogram:
    def within(bound: float) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((value <= bound, 1), else_=0)), 0)

    counts = [within(bound) for bound in BOUNDS]
    row = session.execute(
        select(func.count(value), func.coalesce(func.sum(value), 0.0), *counts).where(value.is_not(None))
    ).one()
    return Histogram(at_most=tuple(row[2:]), count=row[0], sum=row[1] or 0.0)


def _outcomes(session: Session) -> dict[Outcome, int]:
    rows = session.execute(select(VerdictRow.outcome, func.count()).group_by(VerdictRow.outcome))
    return dict.fromkeys(Outcome, 0) | {Outcome(outcome): count for outcome, count in rows}


def _events(session: Session, event: str) -> int:
    counted = select(func.count()).select_from(AuditRow).where(AuditRow.event == event)
    return session.scalar(counted) or 0
