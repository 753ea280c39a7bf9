"""Who may do what: sign-ups, approvals, withdrawals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from civiclab.records import audit
from civiclab.records.refusals import BadAccount
from civiclab.records.tables import AccountRow
from civiclab.records.views import Account, Role


def account(session: Session, name: str) -> Account | None:
    """The account of that name."""
    row = session.get(AccountRow, name)
    return _view(row) if row else None


def accounts(session: Session) -> list[Account]:
    """Every account; those who wait for approval first, the longest waiting at the top."""
    order = (AccountRow.approved, AccountRow.requested_at, AccountRow.name)
    return [_view(row) for row in session.scalars(select(AccountRow).order_by(*order))]


def request(session: Session, at: datetime, name: str) -> None:
    """Note that `name` signed up; a second time changes nothing."""
    if not 0 < len(name) <= audit.MOST_CHARACTERS:
        raise BadAccount("An account name has 1 to 255 characters.")
    if session.get(AccountRow, name) is None:
        session.add(AccountRow(name=name, approved=False, requested_at=at))
        audit.append(session, at, "account.requested", name, name, {})


def approve(session: Session, at: datetime, name: str, *, role: str, department: str | None, by: str) -> None:
    """Give `name` a role and a department; also changes those of an approved account."""
    if role not in set(Role):
        raise BadAccount("{role} is not a role.", role=role)
    request(session, at, name)
    row = session.get_one(AccountRow, name)
    row.role, row.department, row.approved = role, department, True
    audit.append(session, at, "account.approved", by, name, {"role": role, "department": department})


def withdraw(session: Session, at: datetime, name: str, by: str) -> None:
    """Take the approval back: the next request of that account is refused."""
    row = session.get(AccountRow, name)
    if row is None:
        raise BadAccount("There is no account {name}.", name=name)
    row.approved, row.role = False, None
    audit.append(session, at, "account.withdrawn", by, name, {})


def _view(row: AccountRow) -> Account:
    return Account(row.name, row.role, row.department, row.approved, row.requested_at)
