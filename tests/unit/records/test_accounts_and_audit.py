"""Accounts, the audit chain, and opening a database: what is refused, and what shows."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from civiclab.records.store import (
    BadAccount,
    BadRecords,
    KeyReused,
    Records,
    open_records,
)
from civiclab.records.tables import Base

from .conftest import hand_in

# Accounts


def test_an_account_waits_until_it_is_approved(records: Records) -> None:
    """Signing up gives nothing; approval gives role and department; withdrawal takes the role."""
    records.request_account("outsider")
    records.request_account("outsider")
    account = records.account("outsider")
    assert account is not None
    assert (account.approved, account.role) == (False, None)
    records.approve("outsider", "learner", "civil-affairs", "chief")
    account = records.account("outsider")
    assert account is not None
    assert (account.approved, account.role, account.department) == (True, "learner", "civil-affairs")
    records.withdraw("outsider", by="chief")
    account = records.account("outsider")
    assert account is not None
    assert (account.approved, account.role) == (False, None)


def test_an_unknown_role_is_refused(records: Records) -> None:
    """Nobody becomes something the code does not know."""
    with pytest.raises(BadAccount):
        records.approve("outsider", "king", None, "chief")
    assert records.account("outsider") is None


# Audit


@pytest.mark.parametrize(
    "harm",
    [
        "update audit set actor='someone' where number=2",
        "update audit set detail='{}' where number=1",
        "delete from audit where number=2",
        "update audit set number=number+10 where number=2",
    ],
)
def test_the_audit_chain_shows_every_change(records: Records, path: Path, harm: str) -> None:
    """An edited, deleted or moved row breaks the chain where it was."""
    for n in range(3):
        records.audit("test", "chief", f"subject {n}", {"n": n})
    assert records.verify_audit()
    other = sqlite3.connect(path)
    with other:
        other.execute("drop trigger audit_no_update")
        other.execute("drop trigger audit_no_delete")
        other.execute(harm)
    assert not records.verify_audit()
    assert records.first_broken_audit() in {1, 2}


def test_a_cut_tail_shows_against_the_kept_head(records: Records, path: Path) -> None:
    """The chain alone can't see a missing end; the number and hash kept elsewhere can."""
    records.audit("one", "chief", "s", {})
    records.audit("two", "chief", "s", {})
    head = records.audit_head()
    other = sqlite3.connect(path)
    with other:
        other.execute("drop trigger audit_no_delete")
        other.execute("delete from audit where number=2")
    assert records.verify_audit()
    assert records.audit_head() != head


@pytest.mark.parametrize("act", ["update audit set actor='x'", "delete from audit"])
def test_the_audit_table_refuses_mistakes(records: Records, path: Path, act: str) -> None:
    """The database itself refuses to change or delete events."""
    records.audit("one", "chief", "s", {})
    with pytest.raises(sqlite3.IntegrityError):
        sqlite3.connect(path).execute(act)


def test_an_audit_line_is_one_line_and_capped(records: Records) -> None:
    """Newlines and a huge name can't forge or flood the log."""
    records.audit("one", "x" * 1_000_000, "s", {"name": "a\nb\x1b[31m"})
    (entry,) = records.audit_entries()
    assert len(entry.actor) == 255
    assert "\n" not in entry.detail
    assert "\x1b" not in entry.detail


def test_the_event_stands_or_falls_with_its_change(records: Records) -> None:
    """A refused change leaves no event; every change has one."""
    hand_in(records)
    with pytest.raises(KeyReused):
        hand_in(records, body=b"other")
    assert [one.event for one in records.audit_entries()] == ["submission.accepted"]


# Opening


def test_migrations_make_what_the_models_say(records: Records) -> None:
    """The migrated database has the models' tables and columns."""
    fresh = create_engine("sqlite://")
    Base.metadata.create_all(fresh)
    ours, theirs = inspect(records._engine), inspect(fresh)
    for table in theirs.get_table_names():
        wanted = {(c["name"], c["nullable"]) for c in theirs.get_columns(table)}
        assert {(c["name"], c["nullable"]) for c in ours.get_columns(table)} == wanted


def test_a_newer_schema_is_refused(records: Records, path: Path) -> None:
    """A database from the future is left alone."""
    other = sqlite3.connect(path)
    with other:
        other.execute("update alembic_version set version_num='9999'")
    with pytest.raises(BadRecords, match="9999"):
        open_records(f"sqlite:///{path}")


def test_a_damaged_file_is_refused(path: Path) -> None:
    """What is not a database is not opened, and a person is told."""
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(BadRecords):
        open_records(f"sqlite:///{path}")


def test_opening_at_once_migrates_once(path: Path) -> None:
    """Several processes that start together all find the schema."""
    with ThreadPoolExecutor(4) as pool:
        doors = list(pool.map(lambda _: open_records(f"sqlite:///{path}"), range(4)))
    assert all(door.healthy() for door in doors)
