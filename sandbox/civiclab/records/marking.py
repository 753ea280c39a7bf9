"""Written answers: which wait, and an instructor's marks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from civiclab.records import audit, evidence
from civiclab.records.refusals import BadMark, StaleMark, UnknownAnswer
from civiclab.records.submissions import mastered, row_of
from civiclab.records.tables import SubmissionRow, WrittenRow
from civiclab.records.views import State, WaitingAnswer

POINTS_A_CRITERION = 3


def waiting(session: Session) -> list[WaitingAnswer]:
    """The answers to mark, longest waiting first: of each learner's answers only the latest attempt's."""
    published = (
        select(SubmissionRow, WrittenRow)
        .join(WrittenRow, WrittenRow.submission == SubmissionRow.id)
        .where(SubmissionRow.state == State.PUBLISHED)
        .order_by(SubmissionRow.number)
    )
    latest: dict[tuple[str, str, str], tuple[SubmissionRow, WrittenRow]] = {}
    for row, part in session.execute(published):
        latest[row.learner, row.exercise, part.cell] = (row, part)
    unmarked = [pair for pair in latest.values() if pair[1].attempted and pair[1].points is None]
    return [_view(row, part) for row, part in sorted(unmarked, key=lambda pair: pair[0].number)]


def _view(row: SubmissionRow, part: WrittenRow) -> WaitingAnswer:
    return WaitingAnswer(
        row.id, part.cell, row.learner, row.exercise, row.language, part.text, row.accepted_at
    )


def mark(
    session: Session,
    at: datetime,
    submission: str,
    cell: str,
    *,
    criteria: dict[str, int],
    comment: str,
    instructor: str,
    version: int,
) -> None:
    """Set the answer's marks; StaleMark when someone marked it after `version` was read."""
    row, part = _find(session, submission, cell)
    _check_points(part, criteria)
    if part.version != version:
        raise StaleMark(
            "Someone else has marked this answer in the meantime. Read the page again before saving."
        )
    part.criteria, part.points = dict(criteria), float(sum(criteria.values()))
    part.comment, part.instructor, part.marked_at, part.version = comment, instructor, at, version + 1
    row.changed_at, row.mastered = at, mastered(row)
    session.flush()
    evidence.refresh(session, row.learner, row.exercise)
    detail = {"cell": cell, "criteria": criteria, "version": part.version}
    audit.append(session, at, "answer.marked", instructor, submission, detail)


def _find(session: Session, submission: str, cell: str) -> tuple[SubmissionRow, WrittenRow]:
    row = row_of(session, submission)
    part = session.get(WrittenRow, (submission, cell), with_for_update=True)
    if row is None or part is None:
        raise UnknownAnswer("There is no such written answer.")
    return row, part


def _check_points(part: WrittenRow, criteria: dict[str, int]) -> None:
    fits = len(criteria) * POINTS_A_CRITERION == part.max_points
    if not fits or any(points not in range(POINTS_A_CRITERION + 1) for points in criteria.values()):
        raise BadMark("Give every criterion 0 to 3 points.")
