"""Passwords in JupyterHub's database and approvals in the records, from the command line and for the demo."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bcrypt

from civiclab.catalog.models import City
from civiclab.config import Settings
from civiclab.errors import BadInput
from civiclab.hub.authenticator import LEAST_PASSWORD, fits
from civiclab.hub.home import write_private
from civiclab.hub.names import checked
from civiclab.records.store import Records, Role, open_records

CONSOLE = "console"  # the actor in the audit log: who may write the home may do this
PASSWORD_BYTES = 9  # 72 bits, 12 characters


@dataclass(frozen=True)
class DemoAccount:
    """A ready-made account and the password to print."""

    name: str
    role: Role
    department: str | None
    password: str


@contextlib.contextmanager
def hub_database(settings: Settings) -> Iterator[Any]:
    """A session on JupyterHub's database, made here if the hub has not run yet."""
    from jupyterhub import orm
    from nativeauthenticator.orm import UserInfo

    logging.disable(logging.INFO)  # a new database is stamped by alembic, which tells the terminal
    try:
        session = orm.new_session_factory(settings.hub_url)()
    finally:
        logging.disable(logging.NOTSET)
        # JupyterHub has set up logging to the terminal, where later migrations would be told as well.
        logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    try:
        UserInfo.__table__.create(session.get_bind(), checkfirst=True)
        yield session
        session.commit()
    finally:
        session.close()
        session.get_bind().dispose()


def new_password() -> str:
    """A password nobody else has ever had."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def set_password(settings: Settings, name: str, password: str) -> None:
    """The password of `name`, who need not have signed up. BadInput where it can't be one."""
    if len(password) < LEAST_PASSWORD or not fits(password):
        raise BadInput("A password has at least {least} characters and 72 bytes.", least=LEAST_PASSWORD)
    from nativeauthenticator.orm import UserInfo

    with hub_database(settings) as session:
        user = UserInfo.find(session, name) or UserInfo(username=name, is_authorized=True)
        user.password = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
        session.add(user)


def make_admin(settings: Settings, name: str, password: str) -> str:
    """Makes `name` an admin with this password; the name as it is kept."""
    name = checked(name)
    set_password(settings, name, password)
    with records_of(settings) as records:
        before = records.account(name)
        records.approve(name, Role.ADMIN, before.department if before else None, CONSOLE)
    return name


def has_admin(settings: Settings) -> bool:
    """Whether there is somebody who can approve accounts."""
    with records_of(settings) as records:
        roles = {account.role for account in records.accounts() if account.approved}
    return bool(roles & {Role.ADMIN, Role.INSTRUCTOR})


@contextlib.contextmanager
def records_of(settings: Settings) -> Iterator[Records]:
    """The records, closed at the end."""
    records = open_records(settings.records_url)
    try:
        yield records
    finally:
        records.close()


def demo_accounts(settings: Settings, city: City) -> list[DemoAccount]:
    """Two learners of different departments and an instructor; the same passwords at each start."""
    kept = _kept_passwords(settings)
    departments = [department.id for department in city.departments]
    found = []
    for name, role, department in (
        ("learner", Role.LEARNER, departments[0]),
        ("colleague", Role.LEARNER, departments[1 % len(departments)]),
        ("instructor", Role.INSTRUCTOR, departments[-1]),
    ):
        found.append(DemoAccount(name, role, department, kept.get(name) or new_password()))
    # Set at each start: a password database that was lost must not leave these names to the first comer.
    _keep(settings, found)
    _approve(settings, found)
    return found


def _kept_passwords(settings: Settings) -> dict[str, str]:
    file = settings.home / "demo-passwords"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return {name: password for name, _, password in (line.partition(" ") for line in lines) if password}


def _keep(settings: Settings, accounts: list[DemoAccount]) -> None:
    for account in accounts:
        set_password(settings, account.name, account.password)
    text = "".join(f"{account.name} {account.password}\n" for account in accounts)
    write_private(settings.home / "demo-passwords", text)


def _approve(settings: Settings, accounts: list[DemoAccount]) -> None:
    with records_of(settings) as records:
        for one in accounts:
            before = records.account(one.name)
            if before is None or (before.role, before.department) != (one.role, one.department):
                records.approve(one.name, one.role, one.department, CONSOLE)
