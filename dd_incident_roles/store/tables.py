"""The tables of the record, as its newest schema has them.

A change here, or to a dataclass that is kept here, is a new file in ``migrations/versions`` too; a
test compares what both make.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar

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
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from dd_incident_roles.model import (
    Absence,
    Assignment,
    Entry,
    Incident,
    Observation,
    Organisation,
    Person,
    PersonKind,
    Source,
)
from dd_incident_roles.roles.statements import Correction, DevisedRole, Handoff, HandoffOutcome
from dd_incident_roles.store.rows import (
    FIELDS,
    PEOPLE_KEYS,
    UTC_TIME,
    Dataclass,
    OptionalKey,
    TableOf,
    word_of,
)
from dd_incident_roles.sync.state import (
    Attempt,
    Conflict,
    EntryIntent,
    EntryLink,
    Intent,
    Link,
    RefusedWrite,
    RoleTombstone,
    Tombstone,
)

D = TypeVar("D", bound=Dataclass)


class ArchiveReason(StrEnum):
    """Why an entry is in the archive."""

    REPLACED = "replaced"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedEntry:
    """An entry as it was from ``recorded_at`` until ``archived_at``."""

    entry: Entry
    recorded_at: datetime
    archived_at: datetime
    why: ArchiveReason


_TEXTS: Final = ("str", "RoleKey", "PersonKey", "UserId", "IncidentId", "EntryKey", "Digest")
_WORDS: Final[tuple[type[StrEnum], ...]] = (
    PersonKind,
    Source,
    Attempt,
    HandoffOutcome,
    ArchiveReason,
)
_TYPES: Final[Mapping[str, TypeEngine[Any]]] = MappingProxyType(
    {
        **dict.fromkeys(_TEXTS, Text()),
        **{words.__name__: word_of(words) for words in _WORDS},
        "int": Integer(),
        "bool": Boolean(),
        "datetime": UTC_TIME,
        "Mapping[str, FieldValue]": FIELDS,
        "tuple[PersonKey, ...]": PEOPLE_KEYS,
    }
)


METADATA: Final = MetaData()


def _columns(
    kind: type[Dataclass], *, key: Collection[str] = (), without: Collection[str] = ()
) -> Iterator[Column[object]]:
    """A column for each field of a dataclass."""
    for part in fields(kind):
        if part.name not in without:
            # Annotations are text here; to have them evaluated costs each command 4 ms.
            name, _, none = str(part.type).partition(" | ")
            is_key = part.name in key
            sort = OptionalKey() if is_key and none else _TYPES[name]
            is_optional = bool(none) and not is_key
            yield Column(part.name, sort, primary_key=is_key, nullable=is_optional)


def _table(
    kind: type[D],
    name: str,
    *others: SchemaItem,
    place: Iterable[Column[object]] = (),
    key: Collection[str] = (),
    without: Collection[str] = (),
    order: Sequence[str] = (),
) -> TableOf[D]:
    """A table of a dataclass's fields, after the columns that say what a row belongs to."""
    columns = _columns(kind, key=key, without=without)
    table = Table(name, METADATA, *place, *columns, *others)
    return TableOf(kind, table, order=[table.c[each] for each in order] or table.primary_key)


def _of_incident(owner: str = "ledgers.incident") -> Iterator[Column[object]]:
    """What is added to an incident, numbered in that order."""
    yield Column("number", Integer, primary_key=True)
    yield Column("incident", Text, ForeignKey(owner), nullable=False, index=True)


def _of_target() -> Iterator[Column[object]]:
    """What is known of an incident in a target."""
    yield Column("target", Text, primary_key=True)
    yield Column("incident", Text, ForeignKey("ledgers.incident"), primary_key=True)


def _of_item() -> Iterator[Column[object]]:
    """What is known of one item; a kind that has no role, or no person, has empty text there."""
    yield from _of_target()
    for name in ("kind", "role", "person"):
        yield Column(name, Text, primary_key=True)


SCHEMA_VERSION: Final = Table(
    "alembic_version",
    METADATA,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

INCIDENTS: Final = _table(
    Incident,
    "incidents",
    Column("first_seen", UTC_TIME, nullable=False),
    Column("last_seen", UTC_TIME, nullable=False),
    Index("ix_incidents_public_id", "public_id"),
    key={"id"},
    order=("public_id", "id"),
)
"""Each incident as it was last seen; ``last_seen`` moves only when something else does."""

ABSENCES: Final = _table(
    Absence,
    "absences",
    place=[Column("incident", Text, ForeignKey("incidents.id"), primary_key=True)],
)
"""The incidents that Datadog did not show when it was asked; ``gone`` once that is believed."""

OBSERVATIONS: Final = _table(Observation, "observations", place=_of_incident("incidents.id"))
"""What an incident was seen to be, a row for each change."""

# The name that an organisation wrote by hand (``shown``) is in its own file, and stays there.
PEOPLE: Final = _table(Person, "people", key={"key"}, without={"shown"})

LEDGERS: Final = Table(
    "ledgers",
    METADATA,
    Column("incident", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)
"""One row for each incident that roles or entries are kept of, whether it was seen or not.

``version`` moves with every change to the incident's assignments or entries, and every statement.
"""

ASSIGNMENTS: Final = _table(
    Assignment,
    "assignments",
    Column("recorded_at", UTC_TIME, nullable=False),
    UniqueConstraint("id"),
    CheckConstraint("until >= since", name="assignments_end_after_they_begin"),
    CheckConstraint(
        "(until IS NULL) = (ended_by IS NULL) AND (until IS NULL) = (ended_source IS NULL)",
        name="assignments_say_who_ended_them",
    ),
    Index(
        "assignments_held_once",
        *("incident", "role", text("coalesce(stream, '')"), "person"),
        unique=True,
        sqlite_where=text("until IS NULL"),
    ),
    place=_of_incident(),
    order=("since", "number"),
)
"""Who held which role from when until when: a row is ended once, and never deleted."""

HANDOFFS: Final = _table(
    Handoff,
    "handoffs",
    UniqueConstraint("id"),
    CheckConstraint("expires > proposed", name="handoffs_expire_after_they_begin"),
    CheckConstraint(
        "(outcome IS NULL) = (decided IS NULL) AND (outcome IS NULL) = (decided_by IS NULL)",
        name="handoffs_say_who_decided_them",
    ),
    Index(
        "handoffs_open_once",
        *("incident", "role", text("coalesce(stream, '')")),
        unique=True,
        sqlite_where=text("outcome IS NULL"),
    ),
    place=_of_incident(),
    order=("proposed", "number"),
)
"""Who was asked to take over a role: a row is decided once, and never deleted."""

# In the order of the rows, not of ``recorded``: of two that speak of the same time the one that was
# added last wins, whatever the clock said.
CORRECTIONS: Final = _table(
    Correction,
    "corrections",
    UniqueConstraint("id"),
    CheckConstraint("until > since", name="corrections_end_after_they_begin"),
    place=_of_incident(),
)
"""Who really held a role in the past: rows are added, and that is all."""

DEVISED_ROLES: Final = _table(DevisedRole, "devised_roles", place=_of_incident())
"""The roles of one incident: rows are added, and the newest of a key is the one that counts."""

LINKS: Final = _table(Link, "links", place=_of_item(), without={"item"})
"""The base rows of each target. ``kind`` is an open set: a new kind of item needs no new column."""

INTENTS: Final = _table(
    Intent,
    "intents",
    place=_of_item(),
    key={"holder"},
    without={"item"},
    order=("kind", "role", "person", "since", "holder"),
)
"""The writes that were about to be made: a set for each item, so ``holder`` is in the key."""

ROLE_TOMBSTONES: Final = _table(
    RoleTombstone, "role_tombstones", place=_of_target(), key={"role", "person"}
)
"""Whom a target showed in a role until a moment ago, which an old listing may still do."""

CONFLICTS: Final = _table(Conflict, "conflicts", place=_of_target(), key={"role"})

REFUSED_WRITES: Final = _table(RefusedWrite, "refused_writes", place=_of_target(), key={"about"})
"""The writes that a target declined, each until it is in place or nobody wants it any more."""

ENTRIES: Final = _table(
    Entry,
    "entries",
    Column("recorded_at", UTC_TIME, nullable=False),
    Column("digest", Text, nullable=False),
    place=[Column("incident", Text, ForeignKey("ledgers.incident"), primary_key=True)],
    key={"key"},
    order=("at", "created", "key"),
)
"""The timeline. ``digest`` fingerprints what an entry says.

So it is known which entries were edited since a target agreed to them, and no text has to be read.
"""

ENTRY_LINKS: Final = _table(
    EntryLink,
    "entry_links",
    UniqueConstraint("target", "incident", "remote_id", name="entry_links_one_to_one"),
    place=_of_target(),
    key={"key"},
)
"""The base rows of each target. A key needs no entry: one that was lost is found again by it."""

ENTRY_INTENTS: Final = _table(
    EntryIntent,
    "entry_intents",
    place=_of_target(),
    key={"key", "digest"},
    order=("key", "since", "digest"),
)
"""The writes that were about to be made: a set for each key, so ``digest`` is in the key."""

TOMBSTONES: Final = _table(Tombstone, "tombstones", place=_of_target(), key={"remote_id"})

ARCHIVE: Final = _table(
    ArchivedEntry,
    "archive",
    CheckConstraint("why IN ('replaced', 'removed')", name="archive_says_why"),
    place=[*_of_incident(), *_columns(Entry)],
    without={"entry"},
)
"""Every entry as it was before it was replaced or taken out: rows are added, and that is all."""

OWNER: Final = _table(Organisation, "owner", place=[Column("number", Integer, primary_key=True)])
"""The organisation that the record belongs to: one row, once it was used with one."""

CACHE: Final = Table(
    "cache",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("expires_at", UTC_TIME),
)
"""What was learned from outside and may be asked again."""
