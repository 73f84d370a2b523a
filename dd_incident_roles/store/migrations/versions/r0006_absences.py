"""The incidents that Datadog shows no longer, which leave the open ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin without any: the next looks tell."""
    op.create_table(
        "absences",
        sa.Column("incident", sa.Text, sa.ForeignKey("incidents.id"), primary_key=True),
        sa.Column("missed", sa.Text, nullable=False),
        sa.Column("gone", sa.Text),
    )
