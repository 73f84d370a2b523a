"""The last whole reading of each incident, and what readings taught."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables that are empty: every incident is read once more, and nothing is trusted."""
    op.create_table(
        "readings",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("incidents.id"), primary_key=True),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("began", sa.Text, nullable=False),
        sa.Column("modified", sa.Text, nullable=False),
        sa.Column("row", sa.Text),
        sa.Column("is_settled", sa.Boolean, nullable=False),
        sa.Column("is_clean", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("saw", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("entries", sa.Text, nullable=False),
        sa.Column("rest", sa.Text, nullable=False),
        sa.Column("moved", sa.Text),
        sa.Column("suspects", sa.Text, nullable=False),
    )
    op.create_table(
        "evidence",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("examples", sa.Text, nullable=False),
        sa.Column("refuted", sa.Text),
    )
