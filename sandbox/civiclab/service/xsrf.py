"""Forms can only be sent from our own pages.

Double submit: a random nonce in a SameSite=Strict cookie, and in the form a token made from nonce, account
and the service's secret. On top of it the browser's own word (Origin, Sec-Fetch-*), which no page can forge.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civiclab.service.problems import Problem

NONCE_COOKIE = "civiclab-xsrf"
FIELD = "xsrf"


def refused() -> Problem:
    """What the person reads."""
    return Problem(
        403, "xsrf", "This form is no longer valid. Go back, load the page again and send it once more."
    )


class Xsrf:
    """Makes and checks the tokens of forms."""

    def __init__(self, secret: str, prefix: str) -> None:
        self._key = hashlib.sha256(f"civiclab xsrf {secret or secrets.token_hex()}".encode()).digest()
        self.prefix = prefix

    def token(self, request: Request) -> str:
        """The token for a form on this page; `XsrfCookie` sets the nonce that goes with it."""
        nonce = request.cookies.get(NONCE_COOKIE) or getattr(request.state, "xsrf_nonce", None)
        if not nonce:
            nonce = secrets.token_urlsafe(24)
            request.state.xsrf_nonce = nonce
        return self._make(nonce, request.state.person.name)

    def _make(self, nonce: str, name: str) -> str:
        return hmac.new(self._key, f"{nonce}\0{name}".encode(), hashlib.sha256).hexdigest()

    def check(self, request: Request, token: str) -> None:
        """Refuse what was not sent from a form of ours."""
        nonce = request.cookies.get(NONCE_COOKIE, "")
        expected = self._make(nonce, request.state.person.name)
        if not nonce or not hmac.compare_digest(token.encode(), expected.encode()):
            raise refused()
        self._check_browser(request)

    @staticmethod
    def _check_browser(request: Request) -> None:
        headers = request.headers
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            raise refused()
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise refused()
        if headers.get("sec-fetch-mode", "navigate") != "navigate":  # a script, not a form
            raise refused()


class XsrfCookie:
    """Sets the nonce cookie on the page whose form was given a new nonce."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def with_cookie(message: Message) -> None:
            nonce = state.get("xsrf_nonce")
            if message["type"] == "http.response.start" and nonce:
                message["headers"].append((b"set-cookie", self._cookie(scope, nonce).encode()))
            await send(message)

        await self._app(scope, receive, with_cookie)

    def _cookie(self, scope: Scope, nonce: str) -> str:
        secure = "; Secure" if scope["scheme"] == "https" else ""
        return f"{NONCE_COOKIE}={nonce}; Path={self._prefix}; HttpOnly; SameSite=Strict{secure}"
