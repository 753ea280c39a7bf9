"""Submissions in a reader's language: one shape for the API and the pages."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from civiclab.catalog.loader import Catalog
from civiclab.catalog.models import Exercise
from civiclab.records.results import CheckVerdict, Outcome
from civiclab.records.store import State, SubmissionView, WrittenView
from civiclab.translation import translate

OUTCOMES = {
    Outcome.PASS: "Passed",
    Outcome.FAIL: "Not yet",
    Outcome.ERROR: "Error while running",
    Outcome.UNATTEMPTED: "Not answered yet",
    Outcome.TIMEOUT: "Took too long",
    Outcome.MEMORY: "Used too much memory",
    Outcome.PIDS: "Started too many processes",
    Outcome.DISK: "Wrote too much to disk",
    Outcome.OUTPUT: "Printed too much",
    Outcome.CRASHED: "Stopped unexpectedly",
    Outcome.TAMPER: "Not accepted as an answer",
    Outcome.EXERCISE: "The exercise has a fault",
    Outcome.INTERNAL: "System error",
}
# Said when the check gave no message of its own.
ADVICE = {
    Outcome.FAIL: "The answer does not yet do what the exercise asks. Read the instructions above it again.",
    Outcome.ERROR: "The code stopped with an error. Run the cell in your sandbox and read its last line.",
    Outcome.UNATTEMPTED: "This cell is as it was given out. Write your answer there and submit again.",
    Outcome.TIMEOUT: "The code did not finish in time. Look for a loop that never ends.",
    Outcome.MEMORY: "The code needed more memory than it may use. Work with less data at a time.",
    Outcome.PIDS: "The code started more processes than it may. The exercise needs none.",
    Outcome.DISK: "The code wrote more than it may. The exercise needs no large files.",
    Outcome.OUTPUT: "The code printed more than it may. Print only what you want to look at.",
    Outcome.CRASHED: "The code ended the whole run. Remove what closes or stops Python.",
    Outcome.TAMPER: "The cell was not answered with a plain value, so it can't be checked.",
    Outcome.EXERCISE: "The check itself is faulty, not your answer. An instructor has to mend it.",
    Outcome.INTERNAL: "We could not check this. It is no fault of yours, and it will be checked again.",
}
STATES = {
    State.ACCEPTED: "Your submission has been received and waits to be checked.",
    State.LEASED: "Your submission is being checked.",
    State.PARKED: "Checking stopped: a fault of ours. An instructor looks into it; it costs no points.",
}


class Shape(BaseModel):
    """Frozen: what the API says of a submission."""

    model_config = ConfigDict(frozen=True)


class ClauseLink(Shape):
    """A guideline clause and its page."""

    id: str
    title: str
    url: str


class VerdictSheet(Shape):
    """One check's verdict, in words."""

    check: str
    title: str
    outcome: str
    outcome_text: str
    points: float
    max_points: float
    message: str
    clause: ClauseLink | None


class WrittenSheet(Shape):
    """One written answer's mark; the answer itself is on the page only."""

    cell: str
    title: str
    state: str
    points: float | None
    max_points: float
    comment: str


class SubmissionSheet(Shape):
    """A submission as the results panel shows it."""

    id: str
    exercise: str
    attempt: int
    state: str
    accepted_at: str
    score: float
    max_score: float
    waiting: bool
    mastered: bool
    summary: str
    page: str
    verdicts: list[VerdictSheet]
    written: list[WrittenSheet]


class Presentation:
    """Says things about submissions in a language, with the catalog's titles and messages."""

    def __init__(self, catalog: Catalog, prefix: str) -> None:
        self._catalog = catalog
        self._prefix = prefix

    def sheet(self, view: SubmissionView, language: str) -> SubmissionSheet:
        """The submission as the API gives it."""
        exercise = self._catalog.exercises.get(view.exercise)
        return SubmissionSheet(
            id=view.id,
            exercise=view.exercise,
            attempt=view.attempt,
            state=view.state,
            accepted_at=view.accepted_at.isoformat(),
            score=view.score,
            max_score=view.max_score,
            waiting=view.waiting,
            mastered=view.mastered,
            summary=self.summary(view, language),
            page=f"{self._prefix}submissions/{view.id}",
            verdicts=[self._verdict(exercise, verdict, language) for verdict in view.verdicts],
            written=[self._written(exercise, part, language) for part in view.written],
        )

    def summary(self, view: SubmissionView, language: str) -> str:
        """Where the submission stands, in one or two sentences."""
        if view.state != State.PUBLISHED:
            return translate(STATES[view.state], language)
        said = [self._count(view, language)]
        if view.waiting:
            said.append(translate("Your written answer waits for an instructor.", language))
        if view.mastered:
            said.append(translate("You have mastered this exercise.", language))
        return " ".join(said)

    @staticmethod
    def _count(view: SubmissionView, language: str) -> str:
        passed = sum(verdict.outcome == Outcome.PASS for verdict in view.verdicts)
        message = translate("{passed} of {all} checks passed.", language)
        return message.format(passed=passed, all=len(view.verdicts))

    def _verdict(self, exercise: Exercise | None, verdict: CheckVerdict, language: str) -> VerdictSheet:
        check = exercise.checks.get(verdict.check) if exercise else None
        return VerdictSheet(
            check=verdict.check,
            title=check.title[language] if check else verdict.check,
            outcome=verdict.outcome,
            outcome_text=translate(OUTCOMES[verdict.outcome], language),
            points=verdict.points,
            max_points=verdict.max_points,
            message=_message(exercise, verdict, language),
            clause=self._clause(exercise, verdict, language),
        )

    def _clause(self, exercise: Exercise | None, verdict: CheckVerdict, language: str) -> ClauseLink | None:
        """The clause of the message that was shown, else of the check."""
        if exercise is None:
            return None
        message = exercise.messages.get(verdict.message_key or "")
        check = exercise.checks.get(verdict.check)
        id = (message.clause if message else None) or (check.clause if check else None)
        return self.clause(id, language) if id else None

    def clause(self, id: str, language: str) -> ClauseLink | None:
        """A link to the clause's page on the site."""
        clause = self._catalog.clauses.get(id)
        if clause is None:
            return None
        root = "/en" if language == "en" else ""
        return ClauseLink(id=id, title=clause.title[language], url=f"{root}/guidelines/{clause.slug}/")

    @staticmethod
    def _written(exercise: Exercise | None, part: WrittenView, language: str) -> WrittenSheet:
        written = exercise.written.get(part.cell) if exercise else None
        return WrittenSheet(
            cell=part.cell,
            title=written.title[language] if written else part.cell,
            state=part.state,
            points=part.points,
            max_points=part.max_points,
            comment=part.comment,
        )

    def title(self, exercise: str, language: str) -> str:
        """The exercise's title; its id when the catalog no longer has it."""
        known = self._catalog.exercises.get(exercise)
        return known.title[language] if known else exercise


def _message(exercise: Exercise | None, verdict: CheckVerdict, language: str) -> str:
    """What the learner reads: the exercise's own words, else advice for the outcome, then the figures."""
    known: Any = exercise.messages.get(verdict.message_key or "") if exercise else None
    said = known[language] if known else translate(ADVICE.get(verdict.outcome, ""), language)
    return " ".join(part for part in (said, verdict.detail) if part)
