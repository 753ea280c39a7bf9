"""Competency evidence and progress: what a learner's published attempts prove.

Each exercise contributes its best attempt; the strength is the share of points earned there.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from sqlalchemy import case, delete, distinct, func, select
from sqlalchemy.orm import Session

from civiclab.records.results import Outcome
from civiclab.records.submissions import max_score, score
from civiclab.records.tables import EvidenceRow, SubmissionRow, VerdictRow
from civiclab.records.views import CheckCount, Evidence, ExerciseCount, Progress, State


def refresh(session: Session, learner: str, exercise: str) -> None:
    """Write anew what the exercise proves of the learner's competencies."""
    where = (EvidenceRow.learner == learner, EvidenceRow.exercise == exercise)
    session.execute(delete(EvidenceRow).where(*where))
    best = best_published(session, learner, exercise)
    if best is None or _share(best) == 0:
        return
    session.add_all(_row(best, competency) for competency in dict.fromkeys(best.competencies))


def best_published(session: Session, learner: str, exercise: str) -> SubmissionRow | None:
    """The attempt that counts."""
    return _best(_published(session, learner, exercise))


def _published(session: Session, learner: str, exercise: str) -> list[SubmissionRow]:
    mine = (SubmissionRow.learner == learner, SubmissionRow.exercise == exercise)
    rows = select(SubmissionRow).where(*mine, SubmissionRow.state == State.PUBLISHED)
    return list(session.scalars(rows.order_by(SubmissionRow.number)))


def _best(rows: Iterable[SubmissionRow]) -> SubmissionRow | None:
    """The attempt with the largest share; mastery breaks a tie, then the earlier one wins."""
    return max(rows, key=lambda row: (_share(row), row.mastered), default=None)


def _share(row: SubmissionRow) -> float:
    most = max_score(row)
    return score(row) / most if most else 0.0


def _row(best: SubmissionRow, competency: str) -> EvidenceRow:
    return EvidenceRow(
        learner=best.learner,
        competency=competency,
        exercise=best.exercise,
        submission=best.id,
        level=best.level,
        strength=_share(best),
        at=best.changed_at,
    )


def evidence(session: Session, learner: str) -> list[Evidence]:
    """The learner's evidence, by competency and exercise."""
    order = (EvidenceRow.competency, EvidenceRow.exercise)
    rows = session.scalars(select(EvidenceRow).where(EvidenceRow.learner == learner).order_by(*order))
    return [Evidence(r.competency, r.exercise, r.submission, r.level, r.strength, r.at) for r in rows]


def progress(session: Session, learner: str) -> dict[str, Progress]:
    """The learner's standing by exercise id, for every exercise submitted at least once."""
    rows = session.scalars(
        select(SubmissionRow)
        .where(SubmissionRow.learner == learner)
        .order_by(SubmissionRow.exercise, SubmissionRow.number)
    )
    groups = groupby(rows, key=lambda row: row.exercise)
    return {exercise: _progress(exercise, list(group)) for exercise, group in groups}


def _progress(exercise: str, rows: list[SubmissionRow]) -> Progress:
    published = [row for row in rows if row.state == State.PUBLISHED]
    best = _best(published)
    return Progress(
        exercise=exercise,
        attempts=len(rows),
        best_score=score(best) if best else 0.0,
        max_score=max_score(best) if best else 0.0,
        mastered=any(row.mastered for row in published),
        waiting=bool(published) and _waits(published[-1]),
        last_at=rows[-1].accepted_at,
        last=rows[-1].id,
        best=best.id if best else None,
    )


def _waits(row: SubmissionRow) -> bool:
    return any(part.attempted and part.points is None for part in row.written)


def exercise_counts(session: Session) -> list[ExerciseCount]:
    """Per exercise: learners, attempts, learners who mastered it."""
    learner = SubmissionRow.learner
    masters = func.count(distinct(case((SubmissionRow.mastered, learner))))
    rows = session.execute(
        select(SubmissionRow.exercise, func.count(distinct(learner)), func.count(), masters)
        .group_by(SubmissionRow.exercise)
        .order_by(SubmissionRow.exercise)
    )
    return [ExerciseCount(*row) for row in rows]


def check_counts(session: Session) -> list[CheckCount]:
    """Per check: learners who met it, and how many passed at first and at last."""
    rows = session.execute(
        select(SubmissionRow.exercise, VerdictRow.check, SubmissionRow.learner, VerdictRow.outcome)
        .join(VerdictRow, VerdictRow.submission == SubmissionRow.id)
        .order_by(SubmissionRow.number, VerdictRow.position)
    )
    outcomes: dict[tuple[str, str], dict[str, list[str]]] = {}
    for exercise, check, learner, outcome in rows:
        outcomes.setdefault((exercise, check), {}).setdefault(learner, []).append(outcome)
    return [_count(exercise, check, tries) for (exercise, check), tries in sorted(outcomes.items())]


def _count(exercise: str, check: str, tries: dict[str, list[str]]) -> CheckCount:
    return CheckCount(
        exercise,
        check,
        learners=len(tries),
        passed_first=sum(each[0] == Outcome.PASS for each in tries.values()),
        passed_latest=sum(each[-1] == Outcome.PASS for each in tries.values()),
    )
