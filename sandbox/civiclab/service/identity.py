"""Who is asking: the token says the name, the records say what that name may do."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from civiclab.records.store import Account, Records, Role
from civiclab.service.hubdoor import HubAway, HubDoor, SignIn
from civiclab.service.problems import Problem, plain

SESSION_COOKIE = "civiclab-session"
STATE_COOKIE = "civiclab-oauth"
STATE_SECONDS = 600
HUB_SESSION_COOKIE = "jupyterhub-session-id"
TOKEN_HEADER = re.compile(r"(?:token|bearer)\s+(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    """An approved account behind a request."""

    name: str
    role: Role
    department: str | None

    @property
    def instructs(self) -> bool:
        """Whether she may mark answers and approve accounts; an admin may."""
        return self.role in {Role.INSTRUCTOR, Role.ADMIN}


class SignInNeeded(Exception):
    """A browser came to a page without a session."""


class Identity:
    """Turns a request into a `Person`, or refuses it."""

    def __init__(self, hub: HubDoor, records: Records, prefix: str) -> None:
        self._hub = hub
        self._records = records
        self._prefix = prefix

    async def program(self, request: Request) -> Person:
        """The person behind an API call: only the Authorization header counts, never a cookie.

        A page of someone's own server lives on this host too; its scripts could send cookies, not tokens.
        """
        token = TOKEN_HEADER.fullmatch(request.headers.get("authorization", ""))
        if token is None:
            raise plain(401)
        return await self._person(request, token[1], program=True)

    async def reader(self, request: Request) -> Person:
        """The person in front of a page; SignInNeeded when the browser has no session."""
        self._refuse_scripts(request)
        given = TOKEN_HEADER.fullmatch(request.headers.get("authorization", ""))
        token = given[1] if given else request.cookies.get(SESSION_COOKIE)
        if not token:
            raise SignInNeeded
        try:
            return await self._person(request, token)
        except Problem as problem:
            if problem.status == plain(401).status and not given:
                raise SignInNeeded from None
            raise

    async def instructor(self, request: Request) -> Person:
        """A reader who instructs."""
        person = await self.reader(request)
        if not person.instructs:
            raise Problem(403, "not-instructor", "This page is for instructors.")
        return person

    @staticmethod
    def _refuse_scripts(request: Request) -> None:
        # Pages are for navigation. A script on another page of this host (a learner's own server) that
        # fetches one could read a form's token and act for its reader; no browser lets it forge this header.
        if request.headers.get("sec-fetch-dest", "document") not in {"document", ""}:
            raise plain(403)

    async def _person(self, request: Request, token: str, *, program: bool = False) -> Person:
        user = await self._ask_hub(token, request.cookies.get(HUB_SESSION_COOKIE, ""), program)
        account = await run_in_threadpool(self._account, user)
        person = _approved(account)
        request.state.person = person
        return person

    async def _ask_hub(self, token: str, session: str, program: bool) -> str:
        try:
            user = await self._hub.user(token, session)
        except HubAway as error:
            raise plain(503) from error
        if user is None:
            raise plain(401)
        if not (user.may_enter or (program and user.may_submit)):
            raise Problem(403, "no-scope", "This sign-in does not open the academy.")
        return user.name

    def _account(self, name: str) -> Account | None:
        """The account; a name the Hub let in but nobody has approved yet is put on the instructors' list."""
        account = self._records.account(name)
        if account is None:
            self._records.request_account(name)
        return account

    # Signing in

    def begin(self, request: Request) -> Response:
        """Send the browser to the Hub, with a state that only it can bring back."""
        query = f"?{request.url.query}" if request.url.query else ""
        wanted = f"{quote(request.url.path)}{query}" if request.method == "GET" else self._prefix
        sign_in = self._hub.sign_in(wanted)
        response = RedirectResponse(sign_in.url, 302, headers={"Cache-Control": "no-store"})
        self._set(request, response, _state_cookie(sign_in), sign_in.state, STATE_SECONDS)
        return response

    async def finish(self, request: Request, code: str, state: str) -> Response:
        """Check the state, take the token, go where the reader wanted to go."""
        cookie = _state_cookie(SignIn("", state))
        brought = request.cookies.get(cookie, "")
        if not code or not state or not hmac.compare_digest(brought.encode(), state.encode()):
            raise Problem(
                400, "bad-state", "This sign-in has expired or was not begun here. Please try again."
            )
        try:
            token, wanted = await self._hub.finish(code, state)
        except HubAway as error:
            raise Problem(400, "bad-code", "The sign-in did not succeed. Please try again.") from error
        response = RedirectResponse(self._own_path(wanted), 302, headers={"Cache-Control": "no-store"})
        self._set(request, response, SESSION_COOKIE, token, None)
        response.delete_cookie(cookie, path=self._prefix)
        return response

    def _own_path(self, wanted: str) -> str:
        return wanted if wanted.startswith(self._prefix) else self._prefix

    def _set(self, request: Request, response: Response, name: str, value: str, seconds: int | None) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=self._prefix,
            httponly=True,
            samesite="lax",  # strict would lose it on the way back from the Hub
            secure=request.url.scheme == "https",
        )


def _state_cookie(sign_in: SignIn) -> str:
    """A cookie of its own a sign-in, so that two tabs can sign in at once."""
    tail = re.sub(r"[^A-Za-z0-9_-]", "", sign_in.state)[:8]
    return f"{STATE_COOKIE}-{tail}"


def _approved(account: Account | None) -> Person:
    if account is None or not account.approved or account.role not in set(Role):
        raise Problem(
            403,
            "not-approved",
            "Your account waits for approval. You can use the academy once it has been approved.",
        )
    return Person(account.name, Role(account.role), account.department)
