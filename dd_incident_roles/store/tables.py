"""The tables of the record but for the timeline and statements, as its newest schema has them.

A change here is a new file in ``migrations/versions`` too; a test compares what both make.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from dd_incident_roles.store.timestamps import UtcTime

METADATA: Final = MetaData()

SCHEMA_VERSION: Final = Table(
    "alembic_version",
    METADATA,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

INCIDENTS: Final = Table(
    "incidents",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("public_id", Integer, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("declared", UtcTime, nullable=False),
    Column("modified", UtcTime, nullable=False),
    Column("resolved", UtcTime),
    Column("customer_impacted", Boolean, nullable=False),
    Column("incident_type", Text),
    Column("private", Boolean, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("declared_by", Text),
    Column("commander", Text),
    Column("fields", Text, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
)
"""Each incident as it was last seen; ``last_seen`` moves only when something else does."""

FIRST_LOOKS: Final = Table(
    "first_looks",
    METADATA,
    Column("incident", Text, ForeignKey("incidents.id"), primary_key=True),
    Column("at", UtcTime, nullable=False),
)
"""When the record first looked at each incident; what came before is not known here."""

ABSENCES: Final = Table(
    "absences",
    METADATA,
    Column("incident", Text, ForeignKey("incidents.id"), primary_key=True),
    Column("missed", UtcTime, nullable=False),
    Column("gone", UtcTime),
)
"""The incidents that Datadog did not show when it was asked; ``gone`` once that is believed."""

OBSERVATIONS: Final = Table(
    "observations",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("incident", Text, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("customer_impacted", Boolean, nullable=False),
)
"""What an incident was seen to be, a row for each change."""

PEOPLE: Final = Table(
    "people",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("name", Text),
    Column("email", Text),
    Column("handle", Text),
    Column("user_id", Text),
    Column("kind", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)

LEDGERS: Final = Table(
    "ledgers",
    METADATA,
    Column("incident", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)
"""One row for each incident that roles or entries are kept of, whether it was seen or not.

``version`` moves with every change to the incident's assignments or entries, and every statement.
"""

ASSIGNMENTS: Final = Table(
    "assignments",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("incident", Text, ForeignKey("ledgers.incident"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("stream", Text),
    Column("person", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime),
    Column("set_by", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("ended_by", Text),
    Column("ended_source", Text),
    Column("recorded_at", UtcTime, nullable=False),
    CheckConstraint("until >= since", name="assignments_end_after_they_begin"),
    CheckConstraint(
        "(until IS NULL) = (ended_by IS NULL) AND (until IS NULL) = (ended_source IS NULL)",
        name="assignments_say_who_ended_them",
    ),
)
"""Who held which role from when until when: a row is ended once, and never deleted."""

Index(
    "assignments_held_once",
    ASSIGNMENTS.c.incident,
    ASSIGNMENTS.c.role,
    text("coalesce(stream, '')"),
    ASSIGNMENTS.c.person,
    unique=True,
    sqlite_where=text("until IS NULL"),
)

LINKS: Final = Table(
    "links",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("incident", Text, ForeignKey("ledgers.incident"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("holder", Text),
    Column("via", Text, nullable=False),
    Column("remote_id", Text),
    Column("missing_since", UtcTime),
)
"""The base rows of each target. ``kind`` is an open set: a new kind of item needs no new column."""

INTENTS: Final = Table(
    "intents",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("incident", Text, ForeignKey("ledgers.incident"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
)
"""The writes that were about to be made: a set for each item, so ``holder`` is in the key."""

CONFLICTS: Final = Table(
    "conflicts",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("incident", Text, ForeignKey("ledgers.incident"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("wanted", Text),
    Column("standing", Text),
    Column("since", UtcTime, nullable=False),
)

REFUSED_WRITES: Final = Table(
    "refused_writes",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("incident", Text, ForeignKey("ledgers.incident"), primary_key=True),
    Column("about", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("attempt", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("hint", Text),
    Column("first", UtcTime, nullable=False),
    Column("last", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("role", Text),
    Column("person", Text),
    Column("entry", Text),
)
"""The writes that a target declined, each until it is in place or nobody wants it any more."""

META: Final = Table(
    "meta",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

CACHE: Final = Table(
    "cache",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("expires_at", UtcTime),
)
