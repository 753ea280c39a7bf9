"""Accounts made from the command line and for the demo."""

from __future__ import annotations

import stat
from typing import Any

import bcrypt
import pytest

from civiclab.catalog.models import City
from civiclab.config import Settings
from civiclab.errors import BadInput, ExitCode
from civiclab.hub import accounts
from civiclab.hub.academy import refuse_open_demo
from civiclab.hub.refusals import NotLoopback


@pytest.fixture
def city(content: Any) -> City:
    """The checkout's city."""
    from civiclab.catalog.frontmatter import read_yaml

    return City.model_validate(read_yaml(content / "courses" / "city.yaml"))


def kept(settings: Settings, name: str) -> Any:
    """The row in the hub's database."""
    from nativeauthenticator.orm import UserInfo

    with accounts.hub_database(settings) as session:
        user = UserInfo.find(session, name)
        return None if user is None else (bytes(user.password), user.is_authorized)


def test_the_first_admin_is_made_by_the_command(settings: Settings) -> None:
    """Nobody is there before; afterwards one admin, approved, with the password as a hash."""
    assert not accounts.has_admin(settings)
    assert accounts.make_admin(settings, " Mayor ", "a long password") == "mayor"
    assert accounts.has_admin(settings)
    password, authorized = kept(settings, "mayor")
    assert authorized
    assert bcrypt.checkpw(b"a long password", password)
    with accounts.records_of(settings) as records:
        account = records.account("mayor")
    assert account is not None
    assert (account.role, account.approved) == ("admin", True)


@pytest.mark.parametrize("password", ["", "short", "x" * 73])
def test_a_weak_password_is_refused(settings: Settings, password: str) -> None:
    """And no account is made."""
    with pytest.raises(BadInput):
        accounts.make_admin(settings, "mayor", password)
    assert kept(settings, "mayor") is None


def test_demo_accounts_keep_their_passwords(settings: Settings, city: City) -> None:
    """Two learners of different departments and an instructor; a second start changes nothing."""
    first = accounts.demo_accounts(settings, city)
    assert [(one.name, str(one.role)) for one in first] == [
        ("learner", "learner"),
        ("colleague", "learner"),
        ("instructor", "instructor"),
    ]
    assert first[0].department != first[1].department
    assert len({one.password for one in first}) == 3
    with accounts.records_of(settings) as records:
        entries = len(records.audit_entries())
    assert accounts.demo_accounts(settings, city) == first
    with accounts.records_of(settings) as records:
        assert len(records.audit_entries()) == entries
    file = settings.home / "demo-passwords"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for one in first:
        assert bcrypt.checkpw(one.password.encode(), kept(settings, one.name)[0])


def test_demo_accounts_are_never_open_to_the_network(settings: Settings, city: City) -> None:
    """Not with --demo, and not later on the same home without it."""
    open_to_all = settings.model_copy(update={"host": "192.0.2.1"})
    refuse_open_demo(open_to_all)
    with pytest.raises(NotLoopback) as refused:
        refuse_open_demo(open_to_all.model_copy(update={"demo": True}))
    assert refused.value.exit_code == ExitCode.NOT_LOOPBACK
    accounts.demo_accounts(settings, city)
    with pytest.raises(NotLoopback):
        refuse_open_demo(open_to_all)
