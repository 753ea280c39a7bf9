"""The audit log: append-only, each row's hash covering the one before it.

An edit, a deletion or a re-ordering breaks the chain at the first bad row. A cut-off tail does not: keep
`head()` somewhere else and compare.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from civiclab.records.tables import AuditRow
from civiclab.records.views import AuditEntry

GENESIS = "0" * 64
MOST_CHARACTERS = 255  # a megabyte of user name must not become a megabyte of log


def append(  # noqa: PLR0917 - reads like a log line
    session: Session, at: datetime, event: str, actor: str, subject: str, detail: dict[str, Any]
) -> None:
    """Add one event to the running transaction."""
    _one_writer(session)
    last = _last(session)
    row = AuditRow(
        number=last.number + 1 if last else 1,
        at=at.isoformat(),
        event=event[:64],
        actor=actor[:MOST_CHARACTERS],
        subject=subject[:MOST_CHARACTERS],
        detail=json.dumps(detail, sort_keys=True, ensure_ascii=True),
        previous=last.hash if last else GENESIS,
    )
    row.hash = _hash(row)
    session.add(row)
    session.flush()


def _one_writer(session: Session) -> None:
    # SQLite's BEGIN IMMEDIATE lets one writer in; PostgreSQL needs to be told.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))


def _last(session: Session) -> AuditRow | None:
    return session.scalar(select(AuditRow).order_by(AuditRow.number.desc()).limit(1))


def _hash(row: AuditRow) -> str:
    fields = [row.previous, row.number, row.at, row.event, row.actor, row.subject, row.detail]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True).encode()).hexdigest()


def first_broken(session: Session) -> int | None:
    """The number of the first row that does not fit the chain; None when all fit."""
    previous = GENESIS
    rows = session.scalars(select(AuditRow).order_by(AuditRow.number).execution_options(yield_per=1000))
    for number, row in enumerate(rows, start=1):
        if row.number != number or row.previous != previous or row.hash != _hash(row):
            return number
        previous = row.hash
    return None


def head(session: Session) -> tuple[int, str]:
    """The last row's number and hash: what to keep off the machine."""
    last = _last(session)
    return (last.number, last.hash) if last else (0, GENESIS)


def entries(session: Session, limit: int) -> list[AuditEntry]:
    """The latest events, newest first."""
    rows = session.scalars(select(AuditRow).order_by(AuditRow.number.desc()).limit(limit))
    return [
        AuditEntry(row.number, row.at, row.event, row.actor, row.subject, row.detail, row.hash)
        for row in rows
    ]
