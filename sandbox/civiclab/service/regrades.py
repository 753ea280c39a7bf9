"""Regrading on pages: ask for it, see the difference, apply or discard it."""

# No postponed annotations here: FastAPI reads those of the endpoints, and they name local doors.
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from civiclab.records.results import CheckVerdict
from civiclab.records.store import Regrade, Scope
from civiclab.service.identity import Person
from civiclab.service.intake import read_form
from civiclab.service.parts import Parts
from civiclab.service.presentation import OUTCOMES
from civiclab.service.problems import Problem
from civiclab.service.xsrf import FIELD
from civiclab.translation import translate


async def _form(request: Request) -> dict[str, str]:
    return await read_form(request)


class RegradePages:
    """The instructor's pages, over the records and the catalog."""

    def __init__(self, parts: Parts) -> None:
        self._records = parts.records
        self._catalog = parts.catalog
        self._presentation = parts.presentation
        self._identity = parts.identity
        self._pages = parts.pages
        self._xsrf = parts.xsrf
        self._root = f"{parts.pages.prefix}instructor/regrades"

    def router(self) -> APIRouter:
        """The routes, each behind an account that instructs."""
        router = APIRouter(prefix=self._root, default_response_class=HTMLResponse, include_in_schema=False)
        self._reading(router)
        self._writing(router)
        return router

    def _reading(self, router: APIRouter) -> None:
        instructor = Annotated[Person, Depends(self._identity.instructor)]

        @router.get("")
        def regrades(request: Request, _person: instructor) -> HTMLResponse:
            """The form that asks for a regrade, and the latest ones."""
            return self._list(request)

        @router.get("/{regrade}")
        def regrade(request: Request, regrade: str, _person: instructor) -> HTMLResponse:
            """One regrade: how far it is, and what it would change."""
            return self._show(request, self._find(regrade))

    def _writing(self, router: APIRouter) -> None:
        instructor = Annotated[Person, Depends(self._identity.instructor)]
        sent = Annotated[dict[str, str], Depends(_form)]

        @router.post("")
        def begin(request: Request, person: instructor, form: sent) -> Response:
            """Have the published submissions of an exercise graded again."""
            self._xsrf.check(request, form.get(FIELD, ""))
            return self._to(self._begin(person, form))

        @router.post("/{regrade}/apply")
        def apply(request: Request, regrade: str, person: instructor, form: sent) -> Response:
            """Put the new verdicts in place."""
            self._xsrf.check(request, form.get(FIELD, ""))
            self._records.apply_regrade(regrade, by=person.name)
            return self._to(regrade)

        @router.post("/{regrade}/discard")
        def discard(request: Request, regrade: str, person: instructor, form: sent) -> Response:
            """Drop the new verdicts."""
            self._xsrf.check(request, form.get(FIELD, ""))
            self._records.discard_regrade(regrade, by=person.name)
            return self._to(regrade)

    def _to(self, regrade: str) -> Response:
        return RedirectResponse(f"{self._root}/{regrade}", 303)

    def _begin(self, person: Person, form: dict[str, str]) -> str:
        exercise, scope = form.get("exercise", ""), form.get("scope", "")
        if exercise not in self._catalog.exercises:
            raise Problem(404, "unknown-exercise", "There is no such exercise.")
        if scope not in set(Scope):
            raise Problem(422, "bad-scope", "Choose which submissions are to be graded again.")
        reason = form.get("reason", "").replace("\r\n", "\n")
        return self._records.request_regrade(exercise, scope=Scope(scope), reason=reason, by=person.name)

    def _find(self, id: str) -> Regrade:
        found = self._records.regrade(id)
        if found is None:
            raise Problem(404, "not-found", "There is no such regrade.")
        return found

    def _list(self, request: Request) -> HTMLResponse:
        published = {one.exercise for one in self._records.exercise_counts()}
        return self._pages.show(
            request,
            "regrades.html",
            exercises=[one for id, one in sorted(self._catalog.exercises.items()) if id in published],
            regrades=self._records.regrades(),
            chosen=request.query_params.get("exercise", ""),
            title=self._presentation.title,
        )

    def _show(self, request: Request, regrade: Regrade) -> HTMLResponse:
        differing = [one for one in regrade.proposals if one.new is not None and (one.changes or one.falls)]
        return self._pages.show(
            request,
            "regrade.html",
            regrade=regrade,
            graded=len(regrade.proposals) - regrade.pending,
            differing=differing,
            fallen=sum(one.falls for one in differing),
            risen=sum(one.rises for one in differing),
            failed=[one for one in regrade.proposals if one.state == "failed"],
            title=self._presentation.title,
            check_title=self._check_title,
            outcome=_outcome,
        )

    def _check_title(self, exercise: str, check: str, language: str) -> str:
        """The check's title; its id when the exercise no longer has it."""
        known = self._catalog.exercises.get(exercise)
        found = known.checks.get(check) if known else None
        return found.title[language] if found else check


def _outcome(verdict: CheckVerdict | None, language: str) -> str:
    return translate(OUTCOMES[verdict.outcome], language) if verdict else "–"
