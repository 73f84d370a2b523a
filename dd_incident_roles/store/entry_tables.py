"""The tables of the timeline, as the newest schema has them; beside those in ``tables.py``."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from dd_incident_roles.store.tables import LEDGERS
from dd_incident_roles.store.timestamps import UtcTime

ENTRY_METADATA: Final = MetaData()

ENTRIES: Final = Table(
    "entries",
    ENTRY_METADATA,
    Column("incident", Text, ForeignKey(LEDGERS.c.incident), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", Text),
    Column("important", Boolean, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("deleted_at", UtcTime),
    Column("recorded_at", UtcTime, nullable=False),
    Column("digest", Text, nullable=False),
)
"""The timeline. ``digest`` fingerprints what an entry says.

So it is known which entries were edited since a target agreed to them, and no text has to be read.
"""

ENTRY_LINKS: Final = Table(
    "entry_links",
    ENTRY_METADATA,
    Column("target", Text, primary_key=True),
    Column("incident", Text, ForeignKey(LEDGERS.c.incident), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("remote_id", Text, nullable=False),
    Column("local_digest", Text, nullable=False),
    Column("remote_digest", Text, nullable=False),
    Column("remote_modified", UtcTime),
    Column("ours", Boolean, nullable=False),
    Column("altered", Boolean, nullable=False),
    Column("missing_since", UtcTime),
    UniqueConstraint("target", "incident", "remote_id", name="entry_links_one_to_one"),
)
"""The base rows of each target. A key needs no entry: one that was lost is found again by it."""

ENTRY_INTENTS: Final = Table(
    "entry_intents",
    ENTRY_METADATA,
    Column("target", Text, primary_key=True),
    Column("incident", Text, ForeignKey(LEDGERS.c.incident), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("missing_since", UtcTime),
)
"""The writes that were about to be made: a set for each key, so ``digest`` is in the key."""

TOMBSTONES: Final = Table(
    "tombstones",
    ENTRY_METADATA,
    Column("target", Text, primary_key=True),
    Column("incident", Text, ForeignKey(LEDGERS.c.incident), primary_key=True),
    Column("remote_id", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
)

ARCHIVE: Final = Table(
    "archive",
    ENTRY_METADATA,
    Column("number", Integer, primary_key=True),
    Column("incident", Text, ForeignKey(LEDGERS.c.incident), nullable=False, index=True),
    Column("key", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", Text),
    Column("important", Boolean, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("deleted_at", UtcTime),
    Column("recorded_at", UtcTime, nullable=False),
    Column("archived_at", UtcTime, nullable=False),
    Column("why", Text, nullable=False),
    CheckConstraint("why IN ('replaced', 'removed')", name="archive_says_why"),
)
"""Every entry as it was before it was replaced or taken out: rows are added, and that is all."""
