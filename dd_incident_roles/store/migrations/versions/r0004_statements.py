"""What people state about roles beside assignments: handoffs, corrections, devised roles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin with none of them; everything else stays as it is."""
    _proposed()
    _corrected()
    _devised()


def _proposed() -> None:
    op.create_table(
        "handoffs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("stream", sa.Text),
        sa.Column("giver", sa.Text),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("proposed", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("expires", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("decided", sa.Text),
        sa.Column("decided_by", sa.Text),
        sa.CheckConstraint("expires > proposed", name="handoffs_expire_after_they_begin"),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided IS NULL) AND (outcome IS NULL) = (decided_by IS NULL)",
            name="handoffs_say_who_decided_them",
        ),
    )
    op.create_index("ix_handoffs_incident", "handoffs", ["incident"])
    op.create_index(
        "handoffs_open_once",
        "handoffs",
        ["incident", "role", sa.text("coalesce(stream, '')")],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
    )


def _corrected() -> None:
    op.create_table(
        "corrections",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("stream", sa.Text),
        sa.Column("person", sa.Text),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("recorded", sa.Text, nullable=False),
        sa.CheckConstraint("until > since", name="corrections_end_after_they_begin"),
    )
    op.create_index("ix_corrections_incident", "corrections", ["incident"])


def _devised() -> None:
    op.create_table(
        "devised_roles",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("is_single", sa.Boolean, nullable=False),
        sa.Column("devised", sa.Text, nullable=False),
        sa.Column("devised_by", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("may_hold", sa.Text, nullable=False),
        sa.Column("until", sa.Text),
    )
    op.create_index("ix_devised_roles_incident", "devised_roles", ["incident"])
