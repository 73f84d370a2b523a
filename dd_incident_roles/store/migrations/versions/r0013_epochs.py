"""How often an incident was taken in hand, by which a process that was overtaken is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that is empty until an incident's next turn."""
    op.add_column("ledgers", sa.Column("epoch", sa.Integer))
