"""The marks in nbgrader's own gradebook, so that its tools (`nbgrader export`, formgrader) show them.

The gradebook holds the current marks: of each learner and exercise the attempt with the most points. Our
records hold every attempt. Assignments are registered when the exercises are released.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from civiclab.catalog.models import Exercise
from civiclab.records.views import SubmissionView


def copy_marks(url: str, exercise: Exercise, submission: SubmissionView) -> None:
    """Writes one submission's marks, unless a better attempt is already there. `url` is the gradebook's."""
    with Gradebook(url) as book:
        book.update_or_create_student(submission.learner)
        assignment = exercise.folder
        kept = _kept(book, assignment, submission.learner)
        if kept is not None and kept.score > submission.score:
            return
        accepted = submission.accepted_at.astimezone(UTC).replace(tzinfo=None)
        book.update_or_create_submission(assignment, submission.learner, timestamp=accepted)
        notebook = f"{exercise.folder}.{submission.language}"
        for verdict in submission.verdicts:
            _grade(book, verdict.check, notebook, assignment, submission.learner, auto=verdict.points)
        for part in submission.written:
            _grade(book, part.cell, notebook, assignment, submission.learner, manual=part.points)
        book.db.commit()


def _kept(book: Any, assignment: str, learner: str) -> Any | None:
    try:
        return book.find_submission(assignment, learner)
    except MissingEntry:
        return None


def _grade(
    book: Any,
    cell: str,
    notebook: str,
    assignment: str,
    learner: str,
    *,
    auto: float = 0.0,
    manual: float | None = None,
) -> None:
    grade = book.find_grade(cell, notebook, assignment, learner)
    grade.auto_score = auto
    if manual is not None:
        grade.manual_score = manual
