"""What goes wrong in a request, as one answer: JSON for the API, a page for people. Never a stack trace."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from civiclab.errors import PersonError
from civiclab.records.store import (
    BadAccount,
    BadMark,
    KeyReused,
    RegradeRefused,
    StaleMark,
    StorageFull,
    UnknownAnswer,
    UnknownRegrade,
)
from civiclab.service.headers import EVERYWHERE
from civiclab.service.pages import Pages, language_of
from civiclab.translation import translate

log = logging.getLogger("civiclab.service")


class Problem(PersonError):
    """A refusal with its status and the code that programs read."""

    def __init__(self, status: int, code: str, message: str, /, **values: Any) -> None:
        self.status = status
        self.code = code
        super().__init__(message, **values)


# What the records refuse: status and code.
REFUSALS: dict[type[PersonError], tuple[int, str]] = {
    KeyReused: (409, "key-reused"),
    StaleMark: (409, "stale-mark"),
    BadMark: (422, "bad-mark"),
    BadAccount: (422, "bad-account"),
    UnknownAnswer: (404, "not-found"),
    RegradeRefused: (409, "regrade-refused"),
    UnknownRegrade: (404, "not-found"),
    StorageFull: (507, "storage-full"),
}

PLAIN = {
    400: ("bad-request", "The request can't be understood."),
    401: ("no-token", "Please sign in."),
    403: ("forbidden", "You may not do this."),
    404: ("not-found", "There is no such page."),
    405: ("not-allowed", "This address does not take such a request."),
    422: ("bad-request", "The request can't be understood."),
    500: ("our-fault", "Something went wrong on our side. It has been noted; please try again in a moment."),
    503: ("not-now", "The service can't answer just now. Please try again in a moment."),
}


def plain(status: int) -> Problem:
    """The usual words for a status."""
    code, message = PLAIN.get(status) or PLAIN[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400]
    return Problem(status, code, message)


def as_problem(error: Exception) -> Problem:
    """The answer to any error; what we do not know is our fault."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return plain(error.status_code)
    if isinstance(error, RequestValidationError):
        return plain(422)
    if isinstance(error, PersonError):
        return _refused(error)
    return plain(503 if isinstance(error, SQLAlchemyError) else 500)


def _refused(error: PersonError) -> Problem:
    """A refusal of the records or of the intake, which names its own code."""
    status, code = REFUSALS.get(type(error), (422, getattr(error, "code", "refused")))
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if code == "too-large" else status
    return Problem(int(status), str(code), error.message, **error.values)


def install(app: FastAPI, pages: Pages) -> None:
    """Answer every error of `app` in the reader's language."""

    async def handle(request: Request, error: Exception) -> Response:
        problem = as_problem(error)
        if problem.status in {500, 503}:
            log.error("%s %s failed", request.method, request.scope["path"][:200], exc_info=error)
        response = answer(request, pages, problem)
        for name, value in EVERYWHERE.items():  # an unforeseen error is answered outside the middleware
            response.headers.setdefault(name, value)
        return response

    for kind in (HTTPException, RequestValidationError, PersonError, SQLAlchemyError, Exception):
        app.add_exception_handler(kind, handle)


def answer(request: Request, pages: Pages, problem: Problem) -> Response:
    """The problem as JSON for programs (under `api/`, and for the metrics), else as a page."""
    language = language_of(request)
    message = translate(problem.message, language).format(**problem.values)
    if request.url.path.startswith((f"{pages.prefix}api/", f"{pages.prefix}metrics")):
        body = {"error": {"code": problem.code, "message": message}}
        return JSONResponse(body, problem.status, headers={"Cache-Control": "no-store"})
    return pages.show(
        request, "problem.html", status=problem.status, problem=problem, message=message, person=None
    )
