"""Signing in: NativeAuthenticator's passwords, the records' approval.

NativeAuthenticator keeps the password's hash from the sign-up on; who may enter, and as what, is said by the
records' account alone, which an instructor or admin approves on the academy's own pages. So
NativeAuthenticator's own approval pages are not served.
"""

from __future__ import annotations

import asyncio
import os
from functools import cached_property
from typing import Any

import bcrypt
from nativeauthenticator import NativeAuthenticator
from traitlets import Unicode

from civiclab.hub.lock import LoginLock
from civiclab.hub.names import is_name, normalise, shown
from civiclab.hub.pages import ChangePasswordPage, SignInPage, SignUpPage
from civiclab.records.store import Account, Records, open_records

LEAST_PASSWORD = 10
MOST_PASSWORD_BYTES = 72  # all that bcrypt looks at; version 5 refuses more
# What an unknown name's password is compared with, so that the answer takes as long as for a known one.
NOBODY = bcrypt.hashpw(os.urandom(16).hex().encode(), bcrypt.gensalt())


def fits(password: str) -> bool:
    """Whether bcrypt can take the password."""
    raw = password.encode("utf-8", "replace")
    return 0 < len(raw) <= MOST_PASSWORD_BYTES and b"\0" not in raw


def may_enter(account: Account | None) -> bool:
    """Whether the records let this account in."""
    return account is not None and account.approved and account.role is not None


def groups(account: Account) -> list[str]:
    """The hub groups of an account: its role, and its department."""
    department = [f"dept-{account.department}"] if account.department else []
    return [str(account.role), *department]


class CivicAuthenticator(NativeAuthenticator):
    """Passwords by NativeAuthenticator; approval, role and department by the records."""

    records_url = Unicode(config=True, help="SQLAlchemy address of the records.")

    @cached_property
    def records(self) -> Records:
        """The records, opened once."""
        return open_records(self.records_url)

    @cached_property
    def lock(self) -> LoginLock:
        """Counts failures since the hub's start."""
        return LoginLock(self.allowed_failed_logins, self.seconds_before_next_try)

    def normalize_username(self, username: str) -> str:
        """The one form a name is kept in."""
        return normalise(username)

    def validate_username(self, username: str) -> bool:
        """The one rule for names."""
        return is_name(username)

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Our pages; none of NativeAuthenticator's approval pages."""
        return [
            (r"/login", SignInPage),
            (r"/signup", SignUpPage),
            (r"/change-password", ChangePasswordPage),
        ]

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """The account's name and groups, or None with `handler.problem` saying why."""
        name, password = normalise(data.get("username", "")), data.get("password", "")
        handler.problem = await self._problem(name, password)
        account = None if handler.problem else await in_thread(self.records.account, name)
        if account is not None and may_enter(account):
            return self._model(account)
        handler.problem = handler.problem or "waiting"
        self.log.warning("sign-in refused (%s): %r", handler.problem, shown(name))
        return None

    async def _problem(self, name: str, password: str) -> str | None:
        """What is wrong with a name and its password, if anything; counts the failure."""
        if not is_name(name) or not fits(password):
            return "wrong"
        if self.lock.locked(name):
            return "locked"
        if await self._password_holds(name, password):
            self.lock.succeeded(name)
            return None
        self.lock.failed(name)
        return "locked" if self.lock.locked(name) else "wrong"

    async def _password_holds(self, name: str, password: str) -> bool:
        user = self.get_user(name)
        if user is not None:
            self.db.refresh(user)  # `civiclab password` may have changed it from another process
        kept = user.password if user is not None else NOBODY
        holds = await in_thread(bcrypt.checkpw, password.encode(), kept)
        return holds and user is not None

    def _model(self, account: Account) -> dict[str, Any]:
        # Never JupyterHub's own admin: that role can enter other persons' servers.
        return {"name": account.name, "admin": False, "groups": groups(account)}

    def check_allowed(self, username: str, authentication: dict[str, Any] | None = None) -> bool:
        """Whether the records let the name in; asked also for sessions begun earlier."""
        return may_enter(self.records.account(username))

    async def refresh_user(self, user: Any, handler: Any = None) -> bool | dict[str, Any]:
        """Ends the session of an account whose approval was taken back; follows a changed role."""
        account = await in_thread(self.records.account, user.name)
        if account is None or not may_enter(account):
            return False
        return self._model(account)

    def create_user(self, username: str, password: str, **kwargs: Any) -> Any:
        """Keeps the password and puts the account on the list of those who wait; None when refused."""
        if not fits(password) or not is_name(normalise(username)):
            return None
        created = super().create_user(username, password)
        if created is not None:
            self.records.request_account(created.username)
        return created


async def in_thread(call: Any, *given: Any) -> Any:
    """`call` beside the hub's loop: bcrypt takes a quarter of a second in which nobody would be served."""
    return await asyncio.get_running_loop().run_in_executor(None, call, *given)
