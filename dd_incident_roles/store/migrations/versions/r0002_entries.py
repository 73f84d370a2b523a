"""The timeline: entries, what each target last agreed to of them, and the archive."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin with no entries; the roles stay as they are."""
    _written()
    _agreed()
    _archived()


def _written() -> None:
    op.create_table(
        "entries",
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("important", sa.Boolean, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("deleted_at", sa.Text),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )


def _agreed() -> None:
    op.create_table(
        "entry_links",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("remote_id", sa.Text, nullable=False),
        sa.Column("local_digest", sa.Text, nullable=False),
        sa.Column("remote_digest", sa.Text, nullable=False),
        sa.Column("remote_modified", sa.Text),
        sa.Column("ours", sa.Boolean, nullable=False),
        sa.Column("altered", sa.Boolean, nullable=False),
        sa.Column("missing_since", sa.Text),
        sa.UniqueConstraint("target", "incident", "remote_id", name="entry_links_one_to_one"),
    )
    op.create_table(
        "entry_intents",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("missing_since", sa.Text),
    )
    op.create_table(
        "tombstones",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        sa.Column("remote_id", sa.Text, primary_key=True),
        sa.Column("since", sa.Text, nullable=False),
    )


def _archived() -> None:
    op.create_table(
        "archive",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("important", sa.Boolean, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("deleted_at", sa.Text),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("archived_at", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.CheckConstraint("why IN ('replaced', 'removed')", name="archive_says_why"),
    )
    op.create_index("ix_archive_incident", "archive", ["incident"])
