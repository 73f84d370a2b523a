"""Writes that a target declined, which rest until something about them changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin with none of them; everything else stays as it is."""
    op.create_table(
        "refused_writes",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        sa.Column("about", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("attempt", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("hint", sa.Text),
        sa.Column("first", sa.Text, nullable=False),
        sa.Column("last", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("person", sa.Text),
        sa.Column("entry", sa.Text),
    )
