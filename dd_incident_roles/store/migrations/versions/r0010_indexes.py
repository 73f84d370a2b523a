"""What a run must not read again: closed incidents in agreement, and those gone from Datadog."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns that are empty where nothing is known yet, and indexes."""
    op.add_column("absences", sa.Column("looked", sa.Text))
    op.add_column("ledgers", sa.Column("settled_with", sa.Text))
    op.create_index("ix_entry_links_incident", "entry_links", ["incident"])
    op.create_index("ix_ledgers_settled_with", "ledgers", ["settled_with"])
    op.create_index(
        "ix_incidents_open",
        "incidents",
        ["public_id", "id"],
        sqlite_where=sa.text("lower(state) NOT IN ('completed', 'merged', 'resolved')"),
    )
