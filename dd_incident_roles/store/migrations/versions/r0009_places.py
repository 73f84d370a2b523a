"""Where an incident is shown beside Datadog, and what was agreed with an assignee or a topic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables; no row of an older record belongs into them."""
    op.create_table(
        "places",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("where", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("stated", sa.Text, nullable=False),
        sa.Column("stated_by", sa.Text, nullable=False),
    )
    op.create_index("ix_places_incident", "places", ["incident"])
    op.create_table(
        "registers",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("held", sa.Text),
        sa.Column("shown", sa.Text),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("attempted", sa.Text, nullable=False),
        sa.Column("overwritten", sa.Integer, nullable=False),
    )
