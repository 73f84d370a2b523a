"""The whole record, as the first release has it.

Schemas 0001 to 0006 were those of development and are no more; a file that has one is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin with nothing."""
    _seen()
    _stated()
    _agreed()
    _written()
    _kept()


def _keys(*names: str) -> Iterator[sa.Column[str]]:
    for name in names:
        yield sa.Column(name, sa.Text, primary_key=True)


def _texts(*names: str) -> Iterator[sa.Column[str]]:
    for name in names:
        yield sa.Column(name, sa.Text, nullable=False)


def _numbers(*names: str) -> Iterator[sa.Column[int]]:
    for name in names:
        yield sa.Column(name, sa.Integer, nullable=False)


def _flags(*names: str) -> Iterator[sa.Column[bool]]:
    for name in names:
        yield sa.Column(name, sa.Boolean, nullable=False)


def _optional(*names: str) -> Iterator[sa.Column[str]]:
    for name in names:
        yield sa.Column(name, sa.Text)


def _rows(owner: str) -> Iterator[sa.Column[str] | sa.Column[int]]:
    """Rows that are added to an incident, numbered."""
    yield sa.Column("number", sa.Integer, primary_key=True)
    yield sa.Column("incident", sa.Text, sa.ForeignKey(owner), nullable=False, index=True)


def _target() -> Iterator[sa.Column[str] | sa.Column[int]]:
    """Rows about one incident and one target."""
    yield sa.Column("target", sa.Text, primary_key=True)
    yield sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True)


def _seen() -> None:
    """What was seen of incidents and people."""
    op.create_table(
        "incidents",
        *_keys("id"),
        *_numbers("public_id"),
        *_texts("title", "severity", "state", "declared", "modified"),
        *_optional("resolved"),
        *_flags("customer_impacted"),
        *_optional("incident_type"),
        *_flags("private", "is_test"),
        *_optional("declared_by", "commander"),
        *_texts("fields", "first_seen", "last_seen"),
    )
    op.create_index("ix_incidents_public_id", "incidents", ["public_id"])
    op.create_table(
        "absences",
        sa.Column("incident", sa.Text, sa.ForeignKey("incidents.id"), primary_key=True),
        *_texts("missed"),
        *_optional("gone"),
    )
    op.create_table(
        "observations",
        *_rows("incidents.id"),
        *_texts("at", "severity", "state"),
        *_flags("customer_impacted"),
    )
    op.create_table(
        "people",
        *_keys("key"),
        *_optional("name", "email", "handle", "user_id"),
        *_texts("kind"),
        *_flags("active"),
    )


def _stated() -> None:
    """Who held which role, and what people said about it."""
    op.create_table("ledgers", *_keys("incident"), *_numbers("version"))
    op.create_table(
        "assignments",
        *_rows("ledgers.incident"),
        *_texts("id", "role"),
        *_optional("stream"),
        *_texts("person", "since"),
        *_optional("until"),
        *_texts("set_by", "source"),
        *_optional("ended_by", "ended_source"),
        *_texts("recorded_at"),
        sa.UniqueConstraint("id"),
        sa.CheckConstraint("until >= since", name="assignments_end_after_they_begin"),
        sa.CheckConstraint(
            "(until IS NULL) = (ended_by IS NULL) AND (until IS NULL) = (ended_source IS NULL)",
            name="assignments_say_who_ended_them",
        ),
    )
    op.create_index(
        "assignments_held_once",
        "assignments",
        ["incident", "role", sa.text("coalesce(stream, '')"), "person"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "handoffs",
        *_rows("ledgers.incident"),
        *_texts("id", "role"),
        *_optional("stream", "giver"),
        *_texts("receiver", "proposed", "proposed_by", "expires"),
        *_optional("note", "outcome", "decided", "decided_by"),
        sa.UniqueConstraint("id"),
        sa.CheckConstraint("expires > proposed", name="handoffs_expire_after_they_begin"),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided IS NULL) AND (outcome IS NULL) = (decided_by IS NULL)",
            name="handoffs_say_who_decided_them",
        ),
    )
    op.create_index(
        "handoffs_open_once",
        "handoffs",
        ["incident", "role", sa.text("coalesce(stream, '')")],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "corrections",
        *_rows("ledgers.incident"),
        *_texts("id", "role"),
        *_optional("stream", "person"),
        *_texts("since", "until", "reason", "set_by", "recorded"),
        sa.UniqueConstraint("id"),
        sa.CheckConstraint("until > since", name="corrections_end_after_they_begin"),
    )
    op.create_table(
        "devised_roles",
        *_rows("ledgers.incident"),
        *_texts("key", "title"),
        *_flags("is_single"),
        *_texts("devised", "devised_by", "summary", "may_hold"),
        *_optional("until"),
    )


def _agreed() -> None:
    """What each target agreed to, was to be sent, and declined."""
    op.create_table(
        "links",
        *_target(),
        *_keys("kind", "role", "person"),
        *_optional("holder"),
        *_texts("via"),
        *_optional("remote_id", "missing_since"),
    )
    op.create_table(
        "intents", *_target(), *_keys("kind", "role", "person", "holder"), *_texts("since")
    )
    op.create_table(
        "role_tombstones", *_target(), *_keys("role", "person"), *_texts("seen", "since")
    )
    op.create_table(
        "conflicts", *_target(), *_keys("role"), *_optional("wanted", "standing"), *_texts("since")
    )
    op.create_table(
        "refused_writes",
        *_target(),
        *_keys("about"),
        *_texts("fingerprint", "attempt", "reason"),
        *_optional("hint"),
        *_texts("first", "last"),
        *_numbers("tries"),
        *_optional("role", "person", "entry"),
    )


def _written() -> None:
    """The timeline, and the archive of what it once said."""
    op.create_table(
        "entries",
        sa.Column("incident", sa.Text, sa.ForeignKey("ledgers.incident"), primary_key=True),
        *_keys("key"),
        *_texts("at", "created", "text"),
        *_optional("author"),
        *_flags("important"),
        *_texts("kind", "origin"),
        *_optional("deleted_at"),
        *_texts("recorded_at", "digest"),
    )
    op.create_table(
        "entry_links",
        *_target(),
        *_keys("key"),
        *_texts("remote_id", "local_digest", "remote_digest"),
        *_optional("remote_modified"),
        *_flags("ours", "altered"),
        *_optional("missing_since"),
        sa.UniqueConstraint("target", "incident", "remote_id", name="entry_links_one_to_one"),
    )
    op.create_table(
        "entry_intents",
        *_target(),
        *_keys("key", "digest"),
        *_texts("since"),
        *_optional("missing_since"),
    )
    op.create_table("tombstones", *_target(), *_keys("remote_id"), *_texts("since"))
    op.create_table(
        "archive",
        *_rows("ledgers.incident"),
        *_texts("key", "at", "created", "text"),
        *_optional("author"),
        *_flags("important"),
        *_texts("kind", "origin"),
        *_optional("deleted_at"),
        *_texts("recorded_at", "archived_at", "why"),
        sa.CheckConstraint("why IN ('replaced', 'removed')", name="archive_says_why"),
    )


def _kept() -> None:
    """What is known of the record itself, and of what was asked before."""
    op.create_table(
        "owner",
        sa.Column("number", sa.Integer, primary_key=True),
        *_texts("site"),
        *_optional("id", "name"),
    )
    op.create_table("cache", *_keys("kind", "key"), *_texts("value"), *_optional("expires_at"))
