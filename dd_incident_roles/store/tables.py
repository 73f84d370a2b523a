"""The tables of the record, as its newest schema has them.

A change here, or to a dataclass that is kept here, is a new file in ``migrations/versions`` too; a
test compares what both make.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from dd_incident_roles import model
from dd_incident_roles.roles.ledger import (
    Correction,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    PlaceLink,
)
from dd_incident_roles.store import rows
from dd_incident_roles.sync import plan, skip, state
from dd_incident_roles.values import frozen

D = TypeVar("D", bound=rows.Dataclass)


class ArchiveReason(StrEnum):
    """Why an entry is in the archive."""

    REPLACED = "replaced"
    REMOVED = "removed"


@frozen
class ArchivedEntry:
    """An entry as it was from ``recorded_at`` until ``archived_at``."""

    entry: model.Entry
    recorded_at: datetime
    archived_at: datetime
    why: ArchiveReason


@frozen
class Learned:
    """What was learned from outside, for good or until an instant."""

    kind: str
    key: str
    value: str
    expires_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it may not be believed any more."""
        return self.expires_at is not None and self.expires_at <= now


_TEXTS: Final = ("str", "RoleKey", "PersonKey", "UserId", "IncidentId", "EntryKey", "Digest")
_WORDS: Final[tuple[type[StrEnum], ...]] = (
    model.PersonKind,
    model.Source,
    state.Attempt,
    HandoffOutcome,
    ArchiveReason,
)
_TYPES: Final[Mapping[str, TypeEngine[Any]]] = MappingProxyType(
    {
        **dict.fromkeys(_TEXTS, rows.TEXT),
        **{words.__name__: rows.word_of(words) for words in _WORDS},
        "int": rows.WHOLE,
        "bool": sa.Boolean(),
        "datetime": rows.UTC_TIME,
        "tuple[datetime, ...]": rows.TIMES,
        "Mapping[str, FieldValue]": rows.FIELDS,
        "Mapping[str, int]": rows.COUNTS,
        "tuple[PersonKey, ...]": rows.PEOPLE_KEYS,
        "tuple[str, ...]": rows.PEOPLE_KEYS,
    }
)


METADATA: Final = sa.MetaData()


def _columns(
    kind: type[rows.Dataclass], *, key: Collection[str] = (), without: Collection[str] = ()
) -> Iterator[sa.Column[object]]:
    """A column for each field of a dataclass."""
    for part in fields(kind):
        if part.name not in without:
            # Annotations are text here; to have them evaluated costs each command 4 ms.
            name, _, none = str(part.type).partition(" | ")
            is_key = part.name in key
            sort = rows.OptionalKey() if is_key and none else _TYPES[name]
            is_optional = bool(none) and not is_key
            yield sa.Column(part.name, sort, primary_key=is_key, nullable=is_optional)


def _table(
    kind: type[D],
    name: str,
    *others: SchemaItem,
    place: Iterable[sa.Column[object]] = (),
    key: Collection[str] = (),
    without: Collection[str] = (),
    order: Sequence[str] = (),
) -> rows.TableOf[D]:
    """A table of a dataclass's fields, after the columns that say what a row belongs to."""
    columns = _columns(kind, key=key, without=without)
    table = sa.Table(name, METADATA, *place, *columns, *others)
    return rows.TableOf(kind, table, order=[table.c[each] for each in order] or table.primary_key)


def _of_incident(owner: str = "ledgers.incident") -> Iterator[sa.Column[object]]:
    """What is added to an incident, numbered in that order."""
    yield sa.Column("number", rows.WHOLE, primary_key=True)
    yield sa.Column("incident", rows.TEXT, sa.ForeignKey(owner), nullable=False, index=True)


def _of_target() -> Iterator[sa.Column[object]]:
    """What is known of an incident in a target."""
    yield sa.Column("target", rows.TEXT, primary_key=True)
    yield sa.Column("incident", rows.TEXT, sa.ForeignKey("ledgers.incident"), primary_key=True)


def _of_item() -> Iterator[sa.Column[object]]:
    """What is known of one item; a kind that has no role, or no person, has empty text there."""
    yield from _of_target()
    for name in ("kind", "role", "person"):
        yield sa.Column(name, rows.TEXT, primary_key=True)


SCHEMA_VERSION: Final = sa.Table(
    "alembic_version",
    METADATA,
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

IS_NOT_OVER: Final = "lower(state) NOT IN ({})".format(
    ", ".join(f"'{state}'" for state in sorted(model.STATES_OVER))
)
"""Of the open incidents, and of the few closed ones whose state SQLite folds otherwise.

Word for word as the index has it, or SQLite does not use that.
"""

INCIDENTS: Final = _table(
    model.Incident,
    "incidents",
    sa.Column("first_seen", rows.UTC_TIME, nullable=False),
    sa.Column("last_seen", rows.UTC_TIME, nullable=False),
    sa.Index("ix_incidents_public_id", "public_id"),
    sa.Index("ix_incidents_open", "public_id", "id", sqlite_where=sa.text(IS_NOT_OVER)),
    key={"id"},
    order=("public_id", "id"),
)
"""Each incident as it was last seen; ``last_seen`` moves only when something else does."""

ABSENCES: Final = _table(
    model.Absence,
    "absences",
    place=[sa.Column("incident", rows.TEXT, sa.ForeignKey("incidents.id"), primary_key=True)],
)
"""The incidents that Datadog did not show when it was asked; ``gone`` once that is believed."""

OBSERVATIONS: Final = _table(model.Observation, "observations", place=_of_incident("incidents.id"))
"""What an incident was seen to be, a row for each change."""

# The name that an organisation wrote by hand (``shown``) is in its own file, and stays there.
PEOPLE: Final = _table(model.Person, "people", key={"key"}, without={"shown"})

LEDGERS: Final = sa.Table(
    "ledgers",
    METADATA,
    sa.Column("incident", rows.TEXT, primary_key=True),
    sa.Column("version", rows.WHOLE, nullable=False),
    sa.Column("settled_with", rows.TEXT, index=True),
    sa.Column("epoch", rows.WHOLE),
)
"""One row for each incident that roles or entries are kept of, whether it was seen or not.

``version`` moves with every change to the incident's assignments or entries, and every statement.
``settled_with`` is the target that was found to lack nothing, until the next change or note.
``epoch`` moves with every turn at the incident, and who writes in a turn must have the newest.
"""

ASSIGNMENTS: Final = _table(
    model.Assignment,
    "assignments",
    sa.Column("recorded_at", rows.UTC_TIME, nullable=False),
    sa.UniqueConstraint("id"),
    sa.CheckConstraint("until >= since", name="assignments_end_after_they_begin"),
    sa.CheckConstraint(
        "(until IS NULL) = (ended_by IS NULL) AND (until IS NULL) = (ended_source IS NULL)",
        name="assignments_say_who_ended_them",
    ),
    sa.Index(
        "assignments_held_once",
        *("incident", "role", sa.text("coalesce(stream, '')"), "person"),
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
    ),
    place=_of_incident(),
    order=("since", "number"),
)
"""Who held which role from when until when: a row is ended once, and never deleted."""

HANDOFFS: Final = _table(
    Handoff,
    "handoffs",
    sa.UniqueConstraint("id"),
    sa.CheckConstraint("expires > proposed", name="handoffs_expire_after_they_begin"),
    sa.CheckConstraint(
        "(outcome IS NULL) = (decided IS NULL) AND (outcome IS NULL) = (decided_by IS NULL)",
        name="handoffs_say_who_decided_them",
    ),
    sa.Index(
        "handoffs_open_once",
        *("incident", "role", sa.text("coalesce(stream, '')")),
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
    ),
    place=_of_incident(),
    order=("proposed", "number"),
)
"""Who was asked to take over a role: a row is decided once, and never deleted."""

# Of two that speak of the same time the one that was recorded later wins, in every record alike,
# whichever it heard of first.
CORRECTIONS: Final = _table(
    Correction,
    "corrections",
    sa.UniqueConstraint("id"),
    sa.CheckConstraint("until > since", name="corrections_end_after_they_begin"),
    place=_of_incident(),
    order=("recorded", "id"),
)
"""Who really held a role in the past: rows are added, and that is all."""

DEVISED_ROLES: Final = _table(DevisedRole, "devised_roles", place=_of_incident())
"""The roles of one incident: rows are added, and the newest of a key is the one that counts."""

PLACES: Final = _table(PlaceLink, "places", place=_of_incident())
"""Where an incident is shown: rows are added, and the newest of a target is the one that counts."""

LINKS: Final = _table(state.Link, "links", place=_of_item(), without={"item"})
"""The base rows of each target. ``kind`` is an open set: a new kind of item needs no new column."""

INTENTS: Final = _table(
    state.Intent,
    "intents",
    place=_of_item(),
    key={"holder"},
    without={"item"},
    order=("kind", "role", "person", "since", "holder"),
)
"""The writes that were about to be made: a set for each item, so ``holder`` is in the key."""

ROLE_TOMBSTONES: Final = _table(
    state.RoleTombstone, "role_tombstones", place=_of_target(), key={"role", "person"}
)
"""Who was shown in a role by a target until a moment ago: an old listing may still show them."""

CONFLICTS: Final = _table(state.Conflict, "conflicts", place=_of_target(), key={"role"})

REFUSED_WRITES: Final = _table(
    state.RefusedWrite, "refused_writes", place=_of_target(), key={"about"}
)
"""The writes that a target declined, each until it is in place or nobody wants it any more."""

REGISTERS: Final = _table(state.RegisterBase, "registers", place=_of_target(), key={"name"})
"""The base rows of registers, such as an assignee or a topic."""

ENTRIES: Final = _table(
    model.Entry,
    "entries",
    sa.Column("recorded_at", rows.UTC_TIME, nullable=False),
    sa.Column("digest", rows.TEXT, nullable=False),
    place=[sa.Column("incident", rows.TEXT, sa.ForeignKey("ledgers.incident"), primary_key=True)],
    key={"key"},
    order=("at", "created", "key"),
)
"""The timeline. ``digest`` fingerprints what an entry says.

So it is known which entries were edited since a target agreed to them, and no text has to be read.
"""

ENTRY_LINKS: Final = _table(
    state.EntryLink,
    "entry_links",
    sa.UniqueConstraint("target", "incident", "remote_id", name="entry_links_one_to_one"),
    # A run asks which entries any other target has.
    sa.Index("ix_entry_links_incident", "incident"),
    place=_of_target(),
    key={"key"},
)
"""The base rows of each target. A key needs no entry: one that was lost is found again by it."""

ENTRY_INTENTS: Final = _table(
    state.EntryIntent,
    "entry_intents",
    place=_of_target(),
    key={"key", "digest"},
    order=("key", "since", "digest"),
)
"""The writes that were about to be made: a set for each key, so ``digest`` is in the key."""

TOMBSTONES: Final = _table(state.Tombstone, "tombstones", place=_of_target(), key={"remote_id"})

ARCHIVE: Final = _table(
    ArchivedEntry,
    "archive",
    sa.CheckConstraint("why IN ('replaced', 'removed')", name="archive_says_why"),
    place=[*_of_incident(), *_columns(model.Entry)],
    without={"entry"},
)
"""Every entry as it was before it was replaced or taken out: rows are added, and that is all."""

OWNER: Final = _table(
    model.Organisation, "owner", place=[sa.Column("number", rows.WHOLE, primary_key=True)]
)
"""The organisation that the record belongs to: one row, once it was used with one."""

CACHE: Final = _table(Learned, "cache", key={"kind", "key"})
"""What was learned from outside and may be asked again."""

READINGS: Final = _table(
    skip.LastReading,
    "readings",
    place=[
        sa.Column("target", rows.TEXT, primary_key=True),
        sa.Column("incident", rows.TEXT, sa.ForeignKey("incidents.id"), primary_key=True),
    ],
)
"""The last whole reading of each incident, by which it is left unread while nothing moves."""

EVIDENCE: Final = _table(
    skip.Evidence,
    "evidence",
    place=[sa.Column("source", rows.TEXT, primary_key=True)],
    key={"kind"},
)
"""Which kinds of change move ``modified``, by the Datadog, organisation and account."""

RUNS: Final = _table(
    plan.PastRun,
    "runs",
    place=[sa.Column("number", rows.WHOLE, primary_key=True)],
    order=("finished", "number"),
)
"""The last runs over everything: so many rows as are kept, of which the oldest is written anew."""
