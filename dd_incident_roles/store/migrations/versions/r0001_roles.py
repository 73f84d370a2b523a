"""Incidents, people, and who held which role when, with what each target last agreed to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin with nothing."""
    _seen()
    _held()
    _agreed()
    _kept()


def _seen() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("public_id", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("declared", sa.Text, nullable=False),
        sa.Column("modified", sa.Text, nullable=False),
        sa.Column("resolved", sa.Text),
        sa.Column("customer_impacted", sa.Boolean, nullable=False),
        sa.Column("incident_type", sa.Text),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("is_test", sa.Boolean, nullable=False),
        sa.Column("declared_by", sa.Text),
        sa.Column("commander", sa.Text),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("last_seen", sa.Text, nullable=False),
    )
    op.create_index("ix_incidents_public_id", "incidents", ["public_id"])
    op.create_table(
        "observations",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("incidents.id"), nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("customer_impacted", sa.Boolean, nullable=False),
    )
    op.create_index("ix_observations_incident", "observations", ["incident"])
    op.create_table(
        "people",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("handle", sa.Text),
        sa.Column("user_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
    )


def _held() -> None:
    op.create_table(
        "ledgers",
        sa.Column("incident", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "assignments",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("stream", sa.Text),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("until", sa.Text),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("ended_by", sa.Text),
        sa.Column("ended_source", sa.Text),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.CheckConstraint("until >= since", name="assignments_end_after_they_begin"),
        sa.CheckConstraint(
            "(until IS NULL) = (ended_by IS NULL) AND (until IS NULL) = (ended_source IS NULL)",
            name="assignments_say_who_ended_them",
        ),
    )
    op.create_index("ix_assignments_incident", "assignments", ["incident"])
    op.create_index(
        "assignments_held_once",
        "assignments",
        ["incident", "role", sa.text("coalesce(stream, '')"), "person"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
    )


def _agreed() -> None:
    op.create_table(
        "links",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("remote_id", sa.Text),
        sa.Column("missing_since", sa.Text),
    )
    op.create_table(
        "intents",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, primary_key=True),
        sa.Column("since", sa.Text, nullable=False),
    )
    op.create_table(
        "conflicts",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("wanted", sa.Text),
        sa.Column("standing", sa.Text),
        sa.Column("since", sa.Text, nullable=False),
    )


def _kept() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "cache",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text),
    )
