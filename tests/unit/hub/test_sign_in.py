"""Names, the lock, uids, groups: the rules behind the sign-in page."""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

import pytest

from civiclab.errors import BadInput
from civiclab.hub import uids
from civiclab.hub.authenticator import fits, groups, may_enter
from civiclab.hub.lock import MOST_NAMES, LoginLock
from civiclab.hub.names import checked, is_name, normalise, shown
from civiclab.records.store import Account


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("name", ["learner", "abc", "a_1", "kim2026", "x" * 32])
def test_a_plain_name_is_a_name(name: str) -> None:
    """Small letters, digits and underscores, 3 to 32, a letter first."""
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "ab", "x" * 33, "alice-prod", "1abc", "_abc", "a b c", "a/b", "../x", "a%2fb"),
        *("аlice", "alıce", "김민수", "abc\n", "abc\0", "a.b.c", "ALICE"),
    ],
)
def test_anything_else_is_none(name: str) -> None:
    """No hyphen, path, other alphabet, capital or control character: no two names can be taken for one."""
    assert not is_name(name)


def test_capitals_and_blanks_are_made_plain_once() -> None:
    """`Alice ` and `alice` are one account, not two."""
    assert checked(" Alice ") == "alice" == normalise("ALICE")
    with pytest.raises(BadInput):
        checked("alice-prod")


def test_a_name_in_a_log_is_one_short_line() -> None:
    """A megabyte, a line break and an escape sequence leave no trace (CVE-2026-54338)."""
    assert len(shown("x" * 1_000_000)) < 60
    assert "\n" not in shown("a\nb\x1b[31m")
    assert "\x1b" not in shown("a\nb\x1b[31m")


def test_a_name_is_locked_after_its_failures_and_opens_by_itself() -> None:
    """Five failures lock for ten minutes; another name is not touched."""
    clock = Clock()
    lock = LoginLock(5, 600, clock)
    for _ in range(5):
        assert not lock.locked("learner")
        lock.failed("learner")
    assert lock.locked("learner")
    assert not lock.locked("colleague")
    clock.now += 599
    assert lock.locked("learner")
    clock.now += 1
    assert not lock.locked("learner")


def test_a_success_forgets_the_failures() -> None:
    """Four mistakes, a success, four mistakes: not locked."""
    lock = LoginLock(5, 600, Clock())
    for _ in range(2):
        for _ in range(4):
            lock.failed("learner")
        lock.succeeded("learner")
    assert not lock.locked("learner")


def test_made_up_names_fill_no_memory() -> None:
    """The oldest are forgotten; the newest are still counted."""
    clock = Clock()
    lock = LoginLock(1, 600, clock)
    for number in range(MOST_NAMES + 100):
        clock.now += 0.001
        lock.failed(f"n{number}")
    assert len(lock._failures) == MOST_NAMES
    assert lock.locked(f"n{MOST_NAMES + 99}")


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        *(("correct horse", True), ("비밀번호는길게", True), ("x" * 72, True)),
        *(("", False), ("x" * 73, False), ("가" * 25, False), ("a\0b", False)),
    ],
)
def test_only_what_bcrypt_reads_whole_is_a_password(password: str, taken: bool) -> None:
    """Nothing is cut off silently, and nothing makes the hub fail."""
    assert fits(password) is taken


def account(role: str | None, department: str | None, approved: bool) -> Account:
    """An account as the records show it."""
    return Account("someone", role, department, approved, datetime.now(UTC))


def test_only_an_approved_account_with_a_role_enters() -> None:
    """Unknown, waiting and withdrawn accounts stay outside."""
    assert may_enter(account("learner", "civil-affairs", True))
    assert not may_enter(None)
    assert not may_enter(account(None, None, False))
    assert not may_enter(account("learner", "civil-affairs", False))
    assert not may_enter(account(None, None, True))


def test_groups_are_the_role_and_the_department() -> None:
    """An account without a department is in its role's group alone."""
    assert groups(account("learner", "civil-affairs", True)) == ["learner", "dept-civil-affairs"]
    assert groups(account("admin", None, True)) == ["admin"]


@pytest.mark.skipif(os.geteuid() != 0, reason="without root there is one uid only")
def test_each_learner_keeps_a_uid_of_her_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for ever, never another's, never one of a person of this host."""
    register = tmp_path / "uids.json"
    person = pwd.struct_passwd(("someone", "x", uids.BASE, uids.BASE, "", "/", "/bin/sh"))
    monkeypatch.setattr(uids.pwd, "getpwall", lambda: [person])
    first, second = (uids.uid_of(name, register) for name in ("learner", "colleague"))
    assert (first, second) == (uids.BASE + 1, uids.BASE + 2)
    assert uids.uid_of("learner", register) == first
