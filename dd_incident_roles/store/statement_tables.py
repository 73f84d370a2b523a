"""The tables of what people state about roles beside assignments, as the newest schema has them."""

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
    Table,
    Text,
    text,
)

from dd_incident_roles.store.tables import LEDGERS
from dd_incident_roles.store.timestamps import UtcTime

STATEMENT_METADATA: Final = MetaData()

HANDOFFS: Final = Table(
    "handoffs",
    STATEMENT_METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("incident", Text, ForeignKey(LEDGERS.c.incident), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("stream", Text),
    Column("giver", Text),
    Column("receiver", Text, nullable=False),
    Column("proposed", UtcTime, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Column("note", Text),
    Column("outcome", Text),
    Column("decided", UtcTime),
    Column("decided_by", Text),
    CheckConstraint("expires > proposed", name="handoffs_expire_after_they_begin"),
    CheckConstraint(
        "(outcome IS NULL) = (decided IS NULL) AND (outcome IS NULL) = (decided_by IS NULL)",
        name="handoffs_say_who_decided_them",
    ),
)
"""Who was asked to take over a role: a row is decided once, and never deleted."""

Index(
    "handoffs_open_once",
    HANDOFFS.c.incident,
    HANDOFFS.c.role,
    text("coalesce(stream, '')"),
    unique=True,
    sqlite_where=text("outcome IS NULL"),
)

CORRECTIONS: Final = Table(
    "corrections",
    STATEMENT_METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("incident", Text, ForeignKey(LEDGERS.c.incident), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("stream", Text),
    Column("person", Text),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("recorded", UtcTime, nullable=False),
    CheckConstraint("until > since", name="corrections_end_after_they_begin"),
)
"""Who really held a role in the past: rows are added, and that is all."""

DEVISED_ROLES: Final = Table(
    "devised_roles",
    STATEMENT_METADATA,
    Column("number", Integer, primary_key=True),
    Column("incident", Text, ForeignKey(LEDGERS.c.incident), nullable=False, index=True),
    Column("key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("is_single", Boolean, nullable=False),
    Column("devised", UtcTime, nullable=False),
    Column("devised_by", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("may_hold", Text, nullable=False),
    Column("until", UtcTime),
)
"""The roles of one incident: rows are added, and the newest of a key is the one that counts."""
