"""The tables, by noun: submissions (with verdicts and written answers), accounts, evidence, audit.

Times are stored in UTC. The submitted bytes stand in a table of their own, so that no list ever loads them.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time; stored as naive UTC, because SQLite keeps no zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, zone dropped."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database, zone put back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The schema; `migrations/` brings a database to it."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own class attribute
        datetime: UtcDateTime,
        list[str]: JSON,
    }


class SubmissionRow(Base):
    """One accepted submission. `number` is the order of acceptance, whatever the clock did."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("learner", "key", name="uq_submissions_learner_key"),
        UniqueConstraint("learner", "exercise", "attempt", name="uq_submissions_attempt"),
        Index("ix_submissions_state", "state", "number"),
        Index("ix_submissions_changed", "changed_at"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    learner: Mapped[str] = mapped_column(String(255))
    exercise: Mapped[str] = mapped_column(String(16))
    version: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(2))
    key: Mapped[str] = mapped_column(String(128))
    sha256: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int]
    accepted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default="accepted")
    tries: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(255))
    leased_until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[int] = mapped_column(default=0)
    competencies: Mapped[list[str]] = mapped_column(default=list)
    auto_score: Mapped[float] = mapped_column(Float, default=0.0)
    auto_max_score: Mapped[float] = mapped_column(Float, default=0.0)
    auto_mastered: Mapped[bool] = mapped_column(default=False)
    mastered: Mapped[bool] = mapped_column(default=False)
    output: Mapped[str] = mapped_column(Text, default="")
    flags: Mapped[list[str]] = mapped_column(default=list)

    verdicts: Mapped[list[VerdictRow]] = relationship(order_by="VerdictRow.position", lazy="selectin")
    written: Mapped[list[WrittenRow]] = relationship(order_by="WrittenRow.position", lazy="selectin")


class BodyRow(Base):
    """The submitted bytes, never changed."""

    __tablename__ = "submission_bodies"

    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class VerdictRow(Base):
    """One check's verdict of a published submission."""

    __tablename__ = "verdicts"

    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    check: Mapped[str] = mapped_column("check_name", String(128), primary_key=True)
    position: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(16))
    points: Mapped[float] = mapped_column(Float)
    max_points: Mapped[float] = mapped_column(Float)
    message_key: Mapped[str | None] = mapped_column(String(128))
    detail: Mapped[str] = mapped_column(Text, default="")


class WrittenRow(Base):
    """One written answer; `version` counts its markings, so that no instructor overwrites another's."""

    __tablename__ = "written_answers"

    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    cell: Mapped[str] = mapped_column(String(128), primary_key=True)
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    max_points: Mapped[float] = mapped_column(Float)
    attempted: Mapped[bool]
    criteria: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    points: Mapped[float | None] = mapped_column(Float)
    comment: Mapped[str] = mapped_column(Text, default="")
    instructor: Mapped[str | None] = mapped_column(String(255))
    marked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)


class AccountRow(Base):
    """Who may do what. A name that signed up has no role until someone approves it."""

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    role: Mapped[str | None] = mapped_column(String(16))
    department: Mapped[str | None] = mapped_column(String(128))
    approved: Mapped[bool] = mapped_column(default=False)
    requested_at: Mapped[datetime]


class EvidenceRow(Base):
    """What one exercise's best attempt proves of one competency."""

    __tablename__ = "evidence"

    learner: Mapped[str] = mapped_column(String(255), primary_key=True)
    competency: Mapped[str] = mapped_column(String(8), primary_key=True)
    exercise: Mapped[str] = mapped_column(String(16), primary_key=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    level: Mapped[int]
    strength: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime]


class AuditRow(Base):
    """One event. `hash` covers the row and the hash before it."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))  # text, because the hash covers these very characters
    event: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
