"""The marks in nbgrader's own gradebook, so that its tools (`nbgrader export`, formgrader) show them.

The gradebook holds the current marks: of each learner and exercise the attempt with the most points. Our
records hold every attempt, and it is copied from them: what a crash left out is made up at the next start.
Assignments are registered when the exercises are released.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from civiclab.catalog.models import Exercise
from civiclab.records import breakpoints
from civiclab.records.breakpoints import Point
from civiclab.records.store import Records
from civiclab.records.views import SubmissionView

OVERLAP = timedelta(seconds=60)


def best_attempt(records: Records, learner: str, exercise: str) -> SubmissionView | None:
    """The published attempt with the most points; of equal ones the newest."""
    graded = [one for one in records.attempts(learner, exercise) if one.verdicts or one.written]
    return max(graded, key=lambda one: (one.score, one.attempt), default=None)


def copy_marks(url: str, exercise: Exercise, best: SubmissionView) -> None:
    """Writes one attempt's marks as the learner's current ones. `url` is the gradebook's."""
    with Gradebook(url) as book, book.db.no_autoflush:
        book.update_or_create_student(best.learner)
        accepted = best.accepted_at.astimezone(UTC).replace(tzinfo=None)
        book.update_or_create_submission(exercise.folder, best.learner, timestamp=accepted)
        for verdict in best.verdicts:
            for grade in _grade(book, verdict.check, exercise, best):
                grade.auto_score = verdict.points
        breakpoints.reach(Point.DURING_COPY)
        for part in best.written:
            for grade in _grade(book, part.cell, exercise, best):
                grade.auto_score, grade.manual_score = 0.0, part.points
        book.db.commit()


def _grade(book: Any, cell: str, exercise: Exercise, best: SubmissionView) -> list[Any]:
    """The cell's place in the gradebook; none for a cell that the exercise no longer has."""
    notebook = f"{exercise.folder}.{best.language}"
    try:
        return [book.find_grade(cell, notebook, exercise.folder, best.learner)]
    except MissingEntry:
        return []


class GradebookCopy:
    """Keeps nbgrader's gradebook in step with the records; one thread owns it."""

    def __init__(self, url: str, records: Records, exercises: Mapping[str, Exercise]) -> None:
        self.url, self.records, self.exercises = url, records, exercises
        self.since = datetime.min.replace(tzinfo=UTC)  # at the start everything is looked at once
        self.seen: dict[str, datetime] = {}

    def follow(self) -> int:
        """Copies the marks of what has changed since the last call; how many submissions that were.

        Raises the first fault once everything else is copied; what failed is tried again at the next call.
        """
        found = self.records.graded_since(self.since)
        changes = [one for one in found if self.seen.get(one.id) != one.changed_at]
        faults: dict[tuple[str, str], Exception] = {}
        for place in dict.fromkeys((one.learner, one.exercise) for one in changes):
            try:
                self._copy(*place)
            except Exception as fault:  # one learner's marks must not hold up all the others'
                faults[place] = fault
        copied = [one for one in changes if (one.learner, one.exercise) not in faults]
        self.seen |= {one.id: one.changed_at for one in copied}
        if faults:
            raise next(iter(faults.values()))
        if changes:  # a change is stamped before it is committed: look a little further back next time
            self.since = changes[-1].changed_at - OVERLAP
        return len(changes)

    def _copy(self, learner: str, name: str) -> None:
        exercise = self.exercises.get(name)
        best = best_attempt(self.records, learner, name)
        if exercise is not None and best is not None:
            copy_marks(self.url, exercise, best)
