"""The API: what the sandbox's submit button and results panel talk to. Tokens only, never cookies."""

# No postponed annotations here: FastAPI reads those of the endpoints, and they name local doors.
import json
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from civiclab.catalog.models import Exercise, Language
from civiclab.records.store import Records, SubmissionView
from civiclab.service.identity import Person
from civiclab.service.intake import MOST_SUBMISSION_BYTES, RateLimit, read_body
from civiclab.service.parts import Parts
from civiclab.service.presentation import SubmissionSheet
from civiclab.service.problems import Problem

Intake = Callable[[bytes, Exercise], None]
KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
MOST_VERSION_CHARACTERS = 64


class Me(BaseModel):
    """Who the token belongs to."""

    name: str
    role: str
    department: str | None


class Api:
    """The endpoints, over the records and the catalog."""

    def __init__(self, parts: Parts, intake: Intake) -> None:
        self._records = parts.records
        self._catalog = parts.catalog
        self._presentation = parts.presentation
        self._identity = parts.identity
        self._intake = intake
        self._prefix = parts.pages.prefix
        self._rate = RateLimit()

    def router(self) -> APIRouter:
        """The routes, each behind a token."""
        program = Annotated[Person, Depends(self._identity.program)]
        router = APIRouter(prefix=f"{self._prefix}api")

        @router.get("/me")
        def me(person: program) -> Me:
            """Who this token belongs to."""
            return Me(name=person.name, role=person.role, department=person.department)

        @router.post("/submissions", status_code=202)
        async def submit(
            request: Request,
            person: program,
            exercise: Annotated[str, Query(max_length=16)],
            idempotency_key: Annotated[str, Header()],
            lang: Language = "ko",
        ) -> SubmissionSheet:
            """Hand in a notebook: its bytes are the body. Answered once it is on the disk."""
            return await self._submit(request, person, exercise, idempotency_key, lang)

        @router.get("/submissions/{submission}")
        def submission(submission: str, person: program, lang: Language = "ko") -> SubmissionSheet:
            """One submission: one's own, or any for an instructor."""
            return self._presentation.sheet(own(self._records, submission, person), lang)

        @router.get("/exercises/{exercise}/attempts")
        def attempts(exercise: str, person: program, lang: Language = "ko") -> list[SubmissionSheet]:
            """One's own attempts at an exercise, newest first."""
            self._exercise(exercise)
            views = self._records.attempts(person.name, exercise)
            return [self._presentation.sheet(view, lang) for view in views]

        return router

    async def _submit(
        self, request: Request, person: Person, exercise_id: str, key: str, language: str
    ) -> SubmissionSheet:
        exercise = self._exercise(exercise_id)
        if not KEY.fullmatch(key):
            raise Problem(
                422, "bad-key", "The header Idempotency-Key needs 8 to 128 letters, digits, - or _."
            )
        self._rate.take(person.name)
        body = await read_body(request, MOST_SUBMISSION_BYTES)
        view = await run_in_threadpool(self._keep, person, exercise, body, key, language)
        return self._presentation.sheet(view, language)

    def _keep(
        self, person: Person, exercise: Exercise, body: bytes, key: str, language: str
    ) -> SubmissionView:
        self._intake(body, exercise)
        accepted = self._records.accept(
            learner=person.name,
            exercise=exercise.id,
            version=version_of(body),
            language=language,
            body=body,
            key=key,
        )
        view = self._records.submission(accepted.id)
        if view is None:
            raise RuntimeError(f"submission {accepted.id} vanished after its commit")
        return view

    def _exercise(self, id: str) -> Exercise:
        exercise = self._catalog.exercises.get(id)
        if exercise is None:
            raise Problem(404, "unknown-exercise", "There is no such exercise.")
        return exercise


def own(records: Records, submission: str, person: Person) -> SubmissionView:
    """The submission, if this person may see it; to others it does not exist."""
    view = records.submission(submission)
    if view is None or (view.learner != person.name and not person.instructs):
        raise Problem(404, "not-found", "There is no such submission.")
    return view


def version_of(body: bytes) -> str:
    """The released version the notebook says it is; empty when it does not say."""
    try:
        notebook: Any = json.loads(body)
        version = notebook["metadata"]["civiclab"]["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return version if isinstance(version, str) and len(version) <= MOST_VERSION_CHARACTERS else ""
