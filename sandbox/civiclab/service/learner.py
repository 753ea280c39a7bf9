"""The learner's pages: what to do next, what has been shown, one submission in full."""

# No postponed annotations here: FastAPI reads those of the endpoints, and they name local doors.
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from civiclab.catalog.models import Competency, Course, Domain, Exercise
from civiclab.records.store import Evidence, Progress, State
from civiclab.service.api import own
from civiclab.service.identity import Person
from civiclab.service.intake import read_form
from civiclab.service.pages import language_of
from civiclab.service.parts import Parts
from civiclab.service.xsrf import FIELD

MOST_NEXT = 3
PENDING = {State.ACCEPTED, State.LEASED}


async def _form(request: Request) -> dict[str, str]:
    return await read_form(request)


@dataclass(frozen=True)
class ExerciseLine:
    """One exercise on the learner page."""

    exercise: Exercise
    progress: Progress | None


@dataclass(frozen=True)
class CourseCard:
    """One course on the learner page."""

    course: Course
    lines: tuple[ExerciseLine, ...]

    @property
    def mastered(self) -> int:
        """How many of its exercises are mastered."""
        return sum(line.progress is not None and line.progress.mastered for line in self.lines)


@dataclass(frozen=True)
class CompetencyLine:
    """One competency and all that proves it; `strength` is the best of it."""

    competency: Competency
    evidence: tuple[Evidence, ...]

    @property
    def strength(self) -> float:
        """0 to 1."""
        return max((one.strength for one in self.evidence), default=0.0)


@dataclass(frozen=True)
class DomainCard:
    """One competency domain with the competencies that our exercises train."""

    domain: Domain
    lines: tuple[CompetencyLine, ...]


class LearnerPages:
    """The pages, over the records and the catalog."""

    def __init__(self, parts: Parts) -> None:
        self._records = parts.records
        self._catalog = parts.catalog
        self._presentation = parts.presentation
        self._identity = parts.identity
        self._pages = parts.pages
        self._xsrf = parts.xsrf

    def router(self) -> APIRouter:
        """The routes, each behind a signed-in, approved account."""
        reader = Annotated[Person, Depends(self._identity.reader)]
        router = APIRouter(
            prefix=self._pages.prefix.rstrip("/"),
            default_response_class=HTMLResponse,
            include_in_schema=False,
        )

        @router.get("/")
        def home(request: Request, person: reader) -> HTMLResponse:
            """The learner page."""
            return self._home(request, person)

        @router.get("/submissions/{submission}")
        def submission(request: Request, submission: str, person: reader) -> HTMLResponse:
            """One submission in full."""
            return self._submission(request, submission, person)

        @router.post("/notices/{regrade}")
        def notice(
            request: Request, regrade: str, person: reader, form: Annotated[dict[str, str], Depends(_form)]
        ) -> Response:
            """One's own notice has been read."""
            self._xsrf.check(request, form.get(FIELD, ""))
            self._records.see_notice(person.name, regrade)
            return RedirectResponse(self._pages.prefix, 303)

        return router

    def _home(self, request: Request, person: Person) -> HTMLResponse:
        progress = self._records.progress(person.name)
        courses = [self._card(course, progress) for course in self._catalog.courses.values()]
        return self._pages.show(
            request,
            "learner.html",
            courses=courses,
            domains=list(self._domains(self._records.evidence(person.name))),
            next=_next(courses),
            notices=self._records.notices(person.name),
            title=self._presentation.title,
        )

    def _card(self, course: Course, progress: dict[str, Progress]) -> CourseCard:
        known = (self._catalog.exercises[id] for id in course.exercises)
        return CourseCard(course, tuple(ExerciseLine(one, progress.get(one.id)) for one in known))

    def _domains(self, evidence: list[Evidence]) -> Iterator[DomainCard]:
        trained = {id for exercise in self._catalog.exercises.values() for id in exercise.competencies}
        shown = [one for one in self._catalog.competencies.values() if one.id in trained]
        for domain in self._catalog.domains.values():
            lines = [_competency_line(one, evidence) for one in shown if one.domain == domain.id]
            if lines:
                yield DomainCard(domain, tuple(lines))

    def _submission(self, request: Request, id: str, person: Person) -> HTMLResponse:
        view = own(self._records, id, person)
        language = language_of(request)
        exercise = self._catalog.exercises.get(view.exercise)
        return self._pages.show(
            request,
            "submission.html",
            view=view,
            sheet=self._presentation.sheet(view, language),
            exercise=exercise,
            exercise_title=self._presentation.title(view.exercise, language),
            attempts=self._records.attempts(view.learner, view.exercise),
            earlier=self._records.earlier_grades(view.id),
            mine=view.learner == person.name,
            pending=view.state in PENDING,
        )


def _competency_line(competency: Competency, evidence: list[Evidence]) -> CompetencyLine:
    return CompetencyLine(competency, tuple(one for one in evidence if one.competency == competency.id))


def _unfinished(progress: Progress | None) -> bool:
    """Begun, checked, not mastered, and not in an instructor's hands."""
    return progress is not None and progress.best is not None and not (progress.mastered or progress.waiting)


def _next(courses: list[CourseCard]) -> list[ExerciseLine]:
    """What to do next: first what was begun and not mastered, then what is new, in the courses' order."""
    lines = list({line.exercise.id: line for card in courses for line in card.lines}.values())
    begun = [line for line in lines if _unfinished(line.progress)]
    new = [line for line in lines if line.progress is None]
    return (begun + new)[:MOST_NEXT]
