"""The hub's pages before a session: sign-in, sign-up, change of password. Korean first, then English."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler
from tornado import web
from tornado.httputil import url_concat

from civiclab.hub.names import is_name, normalise, shown

MOST_FIELD = 256  # characters; a form of ours has none longer but `next` and the token against forgery
UNCAPPED = ("_xsrf",)


def refuse_long_fields(handler: Any) -> None:
    """400 for a field that no person typed."""
    for name, values in handler.request.body_arguments.items():
        if name not in UNCAPPED and any(len(value) > MOST_FIELD * 4 for value in values):
            raise web.HTTPError(400, "A field is too long.")


class SignInPage(LoginHandler):
    """`/hub/login`. `problem` is wrong, locked, waiting or None, set by the authenticator."""

    problem: str | None = None

    def _render(self, login_error: str | None = None, username: str | None = None, **more: Any) -> Any:
        target = self.get_argument("next", default="")
        return self.render_template(
            "signin.html",
            username=normalise(username or "") if is_name(normalise(username or "")) else "",
            problem=self.problem or ("expired" if login_error else None),
            minutes=max(1, self.authenticator.seconds_before_next_try // 60),
            login_url=url_concat(self.authenticator.login_url(self.hub.base_url), {"next": target}),
            signup_url=f"{self.hub.base_url}signup",
            no_spawner_check=True,
        )

    async def post(self) -> None:
        """Check name and password; the page again, saying why, when they do not open the academy."""
        refuse_long_fields(self)
        data = {name: self.get_body_argument(name, "", strip=False) for name in ("username", "password")}
        user = await self.login_user(data)
        if user:
            self._jupyterhub_user = user
            self.redirect(self.get_next_url(user))
            return
        self.set_status(403)
        self.finish(await self._render(username=shown(data["username"])))


class SignUpPage(BaseHandler):
    """`/hub/signup`: a name and a password; then the account waits for approval."""

    async def _show(self, outcome: str | None = None, username: str = "") -> None:
        from civiclab.hub.authenticator import LEAST_PASSWORD

        self.finish(
            await self.render_template(
                "signup.html",
                outcome=outcome,
                username=username,
                least=LEAST_PASSWORD,
                signup_url=f"{self.hub.base_url}signup",
                login_url=self.settings["login_url"],
                no_spawner_check=True,
            )
        )

    async def get(self) -> None:
        """The empty form."""
        await self._show()

    async def post(self) -> None:
        """Keep the account, or say what is wrong with it."""
        refuse_long_fields(self)
        name = normalise(self.get_body_argument("username", "", strip=False))
        password = self.get_body_argument("signup_password", "", strip=False)
        again = self.get_body_argument("signup_password_confirmation", "", strip=False)
        outcome = self._outcome(name, password, again)
        if outcome != "done":
            self.set_status(422)
        await self._show(outcome, name if is_name(name) else "")

    def _outcome(self, name: str, password: str, again: str) -> str:
        from civiclab.hub.authenticator import fits

        authenticator = self.authenticator
        if not is_name(name):
            return "name"
        if password != again:
            return "different"
        if not fits(password) or not authenticator.is_password_strong(password):
            return "weak"
        # The records outlive the password database: a name they know is somebody's, whatever that says.
        known = authenticator.user_exists(name) or authenticator.records.account(name) is not None
        if known or authenticator.create_user(name, password) is None:
            return "taken"
        self.log.info("sign-up: %s", name)
        return "done"


class ChangePasswordPage(BaseHandler):
    """`/hub/change-password`: one's own password, with the old one."""

    async def _show(self, outcome: str | None = None) -> None:
        from civiclab.hub.authenticator import LEAST_PASSWORD

        page = await self.render_template("password.html", outcome=outcome, least=LEAST_PASSWORD)
        self.finish(page)

    @web.authenticated
    async def get(self) -> None:
        """The empty form."""
        await self._show()

    @web.authenticated
    async def post(self) -> None:
        """Change the password, or say why not."""
        refuse_long_fields(self)
        names = ("old_password", "new_password", "new_password_confirmation")
        old, new, again = (self.get_body_argument(name, "", strip=False) for name in names)
        outcome = await self._outcome(old, new, again)
        if outcome != "done":
            self.set_status(422)
        await self._show(outcome)

    async def _outcome(self, old: str, new: str, again: str) -> str:
        from civiclab.hub.authenticator import fits

        authenticator, name = self.authenticator, self.current_user.name
        model = await authenticator.authenticate(self, {"username": name, "password": old})
        if model is None:
            return "wrong"
        if new != again:
            return "different"
        if not fits(new) or not authenticator.change_password(name, new):
            return "weak"
        self.log.info("password changed: %s", name)
        return "done"
