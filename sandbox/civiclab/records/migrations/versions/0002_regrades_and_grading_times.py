"""Regrades with their proposals, the grades they replaced, and their notices; how long grading took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To the newer schema."""
    op.add_column("submissions", sa.Column("grading_seconds", sa.Float(), nullable=True))
    op.add_column("submissions", sa.Column("answer_seconds", sa.Float(), nullable=True))
    _regrades()
    _proposals()
    _earlier_grades()
    _notices()
    op.create_index("ix_audit_event", "audit", ["event"])


def _regrades() -> None:
    op.create_table(
        "regrades",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("exercise", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("requested_by", sa.String(length=255), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=255), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    open_only = sa.text("state = 'open'")
    op.create_index(
        "uq_regrades_open",
        "regrades",
        ["exercise"],
        unique=True,
        sqlite_where=open_only,
        postgresql_where=open_only,
    )


def _proposals() -> None:
    op.create_table(
        "regrade_proposals",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("regrade", sa.String(length=36), nullable=False),
        sa.Column("submission", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("competencies", sa.JSON(), nullable=False),
        sa.Column("auto_mastered", sa.Boolean(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["regrade"], ["regrades.id"]),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_regrade_proposals_state", "regrade_proposals", ["state", "number"])
    op.create_index("ix_regrade_proposals_regrade", "regrade_proposals", ["regrade"])


def _earlier_grades() -> None:
    op.create_table(
        "earlier_grades",
        sa.Column("regrade", sa.String(length=36), nullable=False),
        sa.Column("submission", sa.String(length=36), nullable=False),
        sa.Column("replaced_at", sa.DateTime(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("max_score", sa.Float(), nullable=False),
        sa.Column("mastered", sa.Boolean(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["regrade"], ["regrades.id"]),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("regrade", "submission"),
    )


def _notices() -> None:
    op.create_table(
        "regrade_notices",
        sa.Column("regrade", sa.String(length=36), nullable=False),
        sa.Column("learner", sa.String(length=255), nullable=False),
        sa.Column("submission", sa.String(length=36), nullable=False),
        sa.Column("old_score", sa.Float(), nullable=False),
        sa.Column("old_max_score", sa.Float(), nullable=False),
        sa.Column("new_score", sa.Float(), nullable=False),
        sa.Column("new_max_score", sa.Float(), nullable=False),
        sa.Column("mastery_lost", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["regrade"], ["regrades.id"]),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("regrade", "learner"),
    )


def downgrade() -> None:
    """Back to the older schema."""
    op.drop_index("ix_audit_event", "audit")
    for table in ("regrade_notices", "earlier_grades", "regrade_proposals", "regrades"):
        op.drop_table(table)
    for column in ("answer_seconds", "grading_seconds"):
        op.drop_column("submissions", column)
