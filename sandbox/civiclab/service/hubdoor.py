"""The Hub, as the service sees it: who holds this token, and how to sign in.

`JupyterHubDoor` asks the real Hub through JupyterHub's own `HubOAuth`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import tornado.web
from jupyterhub.services.auth import HubOAuth
from tornado.httputil import url_concat

# An account that lost its session keeps the service for at most this long.
CACHE_SECONDS = 20
SUBMIT = "custom:civiclab:submit"  # the hub's configuration gives it to sandboxes' tokens


@dataclass(frozen=True)
class HubUser:
    """Whom the Hub knows by a token.

    `may_enter`: its scopes open the pages; `may_submit`: it is a sandbox's, good for the API alone.
    """

    name: str
    may_enter: bool
    may_submit: bool = False


@dataclass(frozen=True)
class SignIn:
    """Where to send a browser that must sign in, and the state it must bring back."""

    url: str
    state: str


class HubAway(Exception):
    """The Hub does not answer, or not with what was asked."""


class HubDoor(Protocol):
    """What the service asks of a Hub."""

    async def user(self, token: str, session: str) -> HubUser | None:
        """Whose token this is; None when it is nobody's."""

    def sign_in(self, next_url: str) -> SignIn:
        """Begin a sign-in that ends at `next_url`, a path of this service."""

    async def finish(self, code: str, state: str) -> tuple[str, str]:
        """End a sign-in: the browser's token, and the path it wanted. A state serves once."""


class JupyterHubDoor:
    """The real Hub. Everything it needs comes from the JUPYTERHUB_* environment."""

    def __init__(self) -> None:
        self._auth: Any = HubOAuth(cache_max_age=CACHE_SECONDS)

    async def user(self, token: str, session: str) -> HubUser | None:
        """Ask the Hub, at most every CACHE_SECONDS a token and session."""
        model = await _asked(self._auth.user_for_token(token, session_id=session, sync=False))
        if model is None or model.get("kind", "user") != "user":
            return None
        may_enter = bool(self._auth.check_scopes(self._auth.access_scopes, model))
        return HubUser(model["name"], may_enter, SUBMIT in model.get("scopes", ()))

    def sign_in(self, next_url: str) -> SignIn:
        """OAuth with state and PKCE, as JupyterHub's own services do."""
        verifier, challenge, method = self._auth.generate_pkce_code_challenge()
        state = self._auth.generate_state(next_url, code_verifier=verifier)
        extra = {"state": state, "code_challenge": challenge, "code_challenge_method": method}
        return SignIn(url_concat(self._auth.login_url, extra), state)

    async def finish(self, code: str, state: str) -> tuple[str, str]:
        """Trade the code for a token."""
        next_url = self._auth.get_next_url(state)
        verifier = self._auth.get_code_verifier(state)
        self._auth.clear_oauth_state(state)
        token = await _asked(self._auth.token_for_code(code, code_verifier=verifier, sync=False))
        return token, next_url


async def _asked(request: Any) -> Any:
    try:
        return await request
    except tornado.web.HTTPError as error:
        raise HubAway(str(error.log_message)) from error
