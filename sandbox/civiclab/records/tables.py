"""The tables, by noun: submissions (with verdicts and written answers), regrades, accounts, evidence, audit.

Times are stored in UTC. The submitted bytes stand in a table of their own, so that no list ever loads them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

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
    text,
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
        list[dict[str, Any]]: JSON,
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
    # For the operator's figures: how long grading took, and how long the learner waited in all.
    grading_seconds: Mapped[float | None] = mapped_column(Float)
    answer_seconds: Mapped[float | None] = mapped_column(Float)

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


class RegradeRow(Base):
    """One regrading of an exercise's published submissions: a proposal until someone decides."""

    __tablename__ = "regrades"
    __table_args__ = (
        Index(
            "uq_regrades_open",
            "exercise",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    exercise: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    requested_by: Mapped[str] = mapped_column(String(255))
    requested_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(255))
    decided_at: Mapped[datetime | None]


class ProposalRow(Base):
    """What a regrade would give one submission; while it waits for a grader, a job of the queue."""

    __tablename__ = "regrade_proposals"
    __table_args__ = (Index("ix_regrade_proposals_state", "state", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    regrade: Mapped[str] = mapped_column(ForeignKey("regrades.id"), index=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[int] = mapped_column(default=0)
    competencies: Mapped[list[str]] = mapped_column(default=list)
    auto_mastered: Mapped[bool] = mapped_column(default=False)
    output: Mapped[str] = mapped_column(Text, default="")
    flags: Mapped[list[str]] = mapped_column(default=list)
    verdicts: Mapped[list[dict[str, Any]]] = mapped_column(default=list)


class EarlierGradeRow(Base):
    """What a submission's checks had given before a regrade was applied: kept for ever."""

    __tablename__ = "earlier_grades"

    regrade: Mapped[str] = mapped_column(ForeignKey("regrades.id"), primary_key=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    replaced_at: Mapped[datetime]
    score: Mapped[float] = mapped_column(Float)
    max_score: Mapped[float] = mapped_column(Float)
    mastered: Mapped[bool]
    output: Mapped[str] = mapped_column(Text)
    verdicts: Mapped[list[dict[str, Any]]]


class NoticeRow(Base):
    """Tells a learner that a regrade lowered her standing, until she has seen it."""

    __tablename__ = "regrade_notices"

    regrade: Mapped[str] = mapped_column(ForeignKey("regrades.id"), primary_key=True)
    learner: Mapped[str] = mapped_column(String(255), primary_key=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    old_score: Mapped[float] = mapped_column(Float)
    old_max_score: Mapped[float] = mapped_column(Float)
    new_score: Mapped[float] = mapped_column(Float)
    new_max_score: Mapped[float] = mapped_column(Float)
    mastery_lost: Mapped[bool]
    seen_at: Mapped[datetime | None]


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
    __table_args__ = (Index("ix_audit_event", "event"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))  # text, because the hash covers these very characters
    event: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
