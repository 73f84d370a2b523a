"""When the record first looked at each incident: what came before is not known here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Date the first look at known incidents by the first assignment that it recorded."""
    op.create_table(
        "first_looks",
        sa.Column("incident", sa.Text, sa.ForeignKey("incidents.id"), primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.execute(
        "INSERT INTO first_looks (incident, at) "
        "SELECT incident, min(recorded_at) FROM assignments "
        "WHERE incident IN (SELECT id FROM incidents) GROUP BY incident"
    )
