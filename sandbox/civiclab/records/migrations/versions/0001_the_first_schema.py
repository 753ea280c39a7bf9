"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To the newer schema."""
    _accounts()
    _audit()
    _submissions()
    _evidence()
    _submission_bodies()
    _verdicts()
    _written_answers()
    _make_audit_append_only()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("department", sa.String(length=128), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def _submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("learner", sa.String(length=255), nullable=False),
        sa.Column("exercise", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(length=255), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("competencies", sa.JSON(), nullable=False),
        sa.Column("auto_score", sa.Float(), nullable=False),
        sa.Column("auto_max_score", sa.Float(), nullable=False),
        sa.Column("auto_mastered", sa.Boolean(), nullable=False),
        sa.Column("mastered", sa.Boolean(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("learner", "exercise", "attempt", name="uq_submissions_attempt"),
        sa.UniqueConstraint("learner", "key", name="uq_submissions_learner_key"),
    )
    op.create_index("ix_submissions_changed", "submissions", ["changed_at"])
    op.create_index("ix_submissions_state", "submissions", ["state", "number"])


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("learner", sa.String(length=255), nullable=False),
        sa.Column("competency", sa.String(length=8), nullable=False),
        sa.Column("exercise", sa.String(length=16), nullable=False),
        sa.Column("submission", sa.String(length=36), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("strength", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submissions.id"],
        ),
        sa.PrimaryKeyConstraint("learner", "competency", "exercise"),
    )


def _submission_bodies() -> None:
    op.create_table(
        "submission_bodies",
        sa.Column("submission", sa.String(length=36), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submissions.id"],
        ),
        sa.PrimaryKeyConstraint("submission"),
    )


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("submission", sa.String(length=36), nullable=False),
        sa.Column("check_name", sa.String(length=128), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("max_points", sa.Float(), nullable=False),
        sa.Column("message_key", sa.String(length=128), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submissions.id"],
        ),
        sa.PrimaryKeyConstraint("submission", "check_name"),
    )


def _written_answers() -> None:
    op.create_table(
        "written_answers",
        sa.Column("submission", sa.String(length=36), nullable=False),
        sa.Column("cell", sa.String(length=128), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("max_points", sa.Float(), nullable=False),
        sa.Column("attempted", sa.Boolean(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=True),
        sa.Column("points", sa.Float(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("instructor", sa.String(length=255), nullable=True),
        sa.Column("marked_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submissions.id"],
        ),
        sa.PrimaryKeyConstraint("submission", "cell"),
    )


def _make_audit_append_only() -> None:
    # The hash chain shows a change made with other tools; this stops one made by mistake.
    if op.get_bind().dialect.name != "sqlite":
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )


def downgrade() -> None:
    """Back to the older schema."""
    op.drop_table("written_answers")
    op.drop_table("verdicts")
    op.drop_table("submission_bodies")
    op.drop_table("evidence")

    op.drop_table("submissions")
    op.drop_table("audit")
    op.drop_table("accounts")
