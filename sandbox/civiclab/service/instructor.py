"""The instructor's pages: answers to mark, accounts to approve, where learners fail, what is stuck."""

# No postponed annotations here: FastAPI reads those of the endpoints, and they name local doors.
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from civiclab.catalog.models import Exercise, Written
from civiclab.records.store import (
    Account,
    BadMark,
    CheckCount,
    ExerciseCount,
    Role,
    StaleMark,
    SubmissionView,
    WrittenView,
)
from civiclab.service.identity import Person
from civiclab.service.intake import read_form
from civiclab.service.pages import language_of
from civiclab.service.parts import Parts
from civiclab.service.presentation import ClauseLink
from civiclab.service.problems import Problem
from civiclab.service.xsrf import FIELD
from civiclab.translation import translate

MOST_COMMENT_CHARACTERS = 4000
MARKS = (0, 1, 2, 3)
# Below this many learners a percentage says more about persons than about the exercise.
FEWEST_FOR_SHARE = 10


@dataclass(frozen=True)
class ClauseLine:
    """How the checks of one clause went: one count for each learner and check."""

    clause: ClauseLink
    tried: int
    passed: int


@dataclass(frozen=True)
class ExerciseCard:
    """How one exercise went."""

    exercise: Exercise
    count: ExerciseCount
    checks: tuple[CheckCount, ...]


@dataclass(frozen=True)
class Answer:
    """One written answer with all that its page needs."""

    view: SubmissionView
    part: WrittenView
    written: Written


async def _form(request: Request) -> dict[str, str]:
    return await read_form(request)


class InstructorPages:
    """The pages, over the records and the catalog."""

    def __init__(self, parts: Parts) -> None:
        self._records = parts.records
        self._catalog = parts.catalog
        self._presentation = parts.presentation
        self._identity = parts.identity
        self._pages = parts.pages
        self._xsrf = parts.xsrf

    def router(self) -> APIRouter:
        """The routes, each behind an account that instructs."""
        router = APIRouter(
            prefix=f"{self._pages.prefix}instructor",
            default_response_class=HTMLResponse,
            include_in_schema=False,
        )
        self._reading(router)
        self._writing(router)
        return router

    def _reading(self, router: APIRouter) -> None:
        instructor = Annotated[Person, Depends(self._identity.instructor)]

        @router.get("/")
        def home(request: Request, person: instructor) -> HTMLResponse:
            """What waits, and how the exercises go."""
            return self._home(request, person)

        @router.get("/answers/{submission}/{cell}")
        def answer(request: Request, submission: str, cell: str, _person: instructor) -> HTMLResponse:
            """One written answer and its rubric."""
            return self._show(request, self._answer(submission, cell))

        @router.get("/parked")
        def parked(request: Request, _person: instructor) -> HTMLResponse:
            """Submissions whose checking stopped through a fault of ours."""
            shown = self._records.parked()
            return self._pages.show(request, "parked.html", parked=shown, title=self._presentation.title)

    def _writing(self, router: APIRouter) -> None:
        instructor = Annotated[Person, Depends(self._identity.instructor)]
        sent = Annotated[dict[str, str], Depends(_form)]

        @router.post("/answers/{submission}/{cell}")
        def mark(request: Request, submission: str, cell: str, person: instructor, form: sent) -> Response:
            """Save marks and comment."""
            self._xsrf.check(request, form.get(FIELD, ""))
            return self._mark(request, self._answer(submission, cell), person, form)

        @router.post("/accounts")
        def approve(request: Request, person: instructor, form: sent) -> Response:
            """Approve a sign-up, or change or withdraw an approval."""
            self._xsrf.check(request, form.get(FIELD, ""))
            return self._approve(person, form)

        @router.post("/parked/{submission}")
        def retry(request: Request, submission: str, person: instructor, form: sent) -> Response:
            """Put a parked submission back into the queue."""
            self._xsrf.check(request, form.get(FIELD, ""))
            self._records.retry(submission, by=person.name)
            return RedirectResponse(f"{self._pages.prefix}instructor/parked", 303)

    # The first page

    def _home(self, request: Request, person: Person) -> HTMLResponse:
        accounts = self._records.accounts()
        counts = self._records.check_counts()
        return self._pages.show(
            request,
            "instructor.html",
            waiting=self._records.waiting(),
            asking=[one for one in accounts if not one.approved],
            approved=[one for one in accounts if one.approved],
            may_change=partial(_may_change, person),
            parked=len(self._records.parked()),
            exercises=self._exercises(counts),
            clauses=self._clauses(counts, language_of(request)),
            fewest=FEWEST_FOR_SHARE,
            title=self._presentation.title,
            done=request.query_params.get("done", ""),
        )

    def _exercises(self, counts: list[CheckCount]) -> list[ExerciseCard]:
        tried = {one.exercise: one for one in self._records.exercise_counts()}
        return [
            ExerciseCard(
                exercise,
                tried.get(id) or ExerciseCount(id, 0, 0, 0),
                tuple(one for one in counts if one.exercise == id and one.check in exercise.checks),
            )
            for id, exercise in sorted(self._catalog.exercises.items())
        ]

    def _clauses(self, counts: list[CheckCount], language: str) -> list[ClauseLine]:
        lines = (self._clause_line(id, counts, language) for id in sorted(self._catalog.clauses))
        return [line for line in lines if line is not None]

    def _clause_line(self, id: str, counts: list[CheckCount], language: str) -> ClauseLine | None:
        mine = [one for one in counts if self._clause_of(one) == id]
        link = self._presentation.clause(id, language)
        if link is None or not mine:
            return None
        return ClauseLine(link, sum(one.learners for one in mine), sum(one.passed_latest for one in mine))

    def _clause_of(self, count: CheckCount) -> str | None:
        exercise = self._catalog.exercises.get(count.exercise)
        check = exercise.checks.get(count.check) if exercise else None
        return check.clause if check else None

    # Marking

    def _answer(self, submission: str, cell: str) -> Answer:
        view = self._records.submission(submission)
        part = next((one for one in view.written if one.cell == cell), None) if view else None
        exercise = self._catalog.exercises.get(view.exercise) if view else None
        written = exercise.written.get(cell) if exercise else None
        if view is None or part is None or written is None:
            raise Problem(404, "not-found", "There is no such written answer.")
        return Answer(view, part, written)

    def _show(
        self, request: Request, answer: Answer, *, form: dict[str, str] | None = None, notice: str = ""
    ) -> HTMLResponse:
        """The answer's page; `form` keeps what was typed when it could not be saved."""
        part = answer.part
        typed = form or {name: str(mark) for name, mark in (part.criteria or {}).items()}
        return self._pages.show(
            request,
            "answer.html",
            status=200 if not notice else 409 if form and "stale" in form else 422,
            answer=answer,
            typed=typed,
            comment=typed.get("comment", part.comment) if form else part.comment,
            notice=notice,
            marks=MARKS,
            title=self._presentation.title,
            most=MOST_COMMENT_CHARACTERS,
        )

    def _mark(self, request: Request, answer: Answer, person: Person, form: dict[str, str]) -> Response:
        try:
            self._records.mark_written(
                answer.view.id,
                answer.part.cell,
                criteria=_criteria(answer.written, form),
                comment=form.get("comment", "")[:MOST_COMMENT_CHARACTERS].replace("\r\n", "\n"),
                instructor=person.name,
                version=_whole(form.get("version", "")),
            )
        except (BadMark, StaleMark) as error:
            kept = form | ({"stale": "1"} if isinstance(error, StaleMark) else {})
            notice = translate(error.message, language_of(request))
            return self._show(request, answer, form=kept, notice=notice)
        return RedirectResponse(f"{self._pages.prefix}instructor/?done=marked", 303)

    # Accounts

    def _approve(self, person: Person, form: dict[str, str]) -> Response:
        account = self._records.account(form.get("name", ""))
        if account is None:
            raise Problem(404, "not-found", "There is no such account.")
        _check_right(person, account, form.get("role", ""))
        if form.get("act") == "withdraw":
            self._records.withdraw(account.name, by=person.name)
        else:
            self._records.approve(account.name, form.get("role", ""), self._department(form), person.name)
        return RedirectResponse(f"{self._pages.prefix}instructor/?done=account", 303)

    def _department(self, form: dict[str, str]) -> str:
        department = form.get("department", "")
        if department not in {one.id for one in self._catalog.city.departments}:
            raise Problem(422, "bad-department", "Choose a department.")
        return department


def _may_change(person: Person, account: Account) -> bool:
    """An admin may change every account; an instructor those of learners and of who waits for approval."""
    return person.role == Role.ADMIN or account.role in {None, Role.LEARNER}


def _check_right(person: Person, account: Account, role: str) -> None:
    """Only an admin makes admins, or changes accounts that instruct."""
    if not _may_change(person, account) or (role == Role.ADMIN and person.role != Role.ADMIN):
        raise Problem(403, "admin-only", "Only an administrator may change this account.")


def _criteria(written: Written, form: dict[str, str]) -> dict[str, int]:
    return {one.id: _whole(form.get(f"mark-{one.id}", "")) for one in written.criteria}


def _whole(text: str) -> int:
    """A small whole number; -1, which no mark can be, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
