"""What the record knows about the entries of one incident and one target, and its edits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.canon import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLink:
    """A base row: what both sides held when they last agreed on one entry.

    The two digests differ where the target cannot hold all of it, such as the time of an event, or
    changed it (``altered``). ``remote_modified`` is the target's own time. ``ours`` says that our
    account wrote it in the target. ``missing_since`` is when a complete listing first lacked it.
    """

    key: EntryKey
    remote_id: str
    local_digest: Digest
    remote_digest: Digest
    remote_modified: datetime | None = None
    ours: bool = False
    altered: bool = False
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryIntent:
    """A write of an entry that was about to be made; ``digest`` is None for a deletion.

    A key can have several: each attempt adds one, and only linking or forgetting clears them.
    """

    key: EntryKey
    digest: Digest | None
    since: datetime
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """An entry that was removed from the target, which an old listing may still show."""

    remote_id: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryState:
    """Everything the record holds about the entries of one incident and one target.

    ``elsewhere`` are keys seen in the target's tags that belong to other incidents of the record.
    """

    entries: tuple[Entry, ...] = ()
    links: tuple[EntryLink, ...] = ()
    intents: tuple[EntryIntent, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    elsewhere: frozenset[EntryKey] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PutEntry:
    """Write an entry, replacing the one of the same key; what it replaces goes to the archive."""

    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry:
    """Take an entry out of the timeline and keep it in the archive."""

    key: EntryKey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutEntryLink:
    """Write a base row, replacing the one of the same key."""

    link: EntryLink


@dataclass(frozen=True, slots=True, kw_only=True)
class DropEntryLink:
    """Forget the base row of a key."""

    key: EntryKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PutEntryIntent:
    """Note a write that is about to be made; the same note again only updates it."""

    intent: EntryIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearEntryIntents:
    """Forget every intent of a key."""

    key: EntryKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PutTombstone:
    """Note that an entry was removed from the target."""

    tombstone: Tombstone


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTombstone:
    """Forget that an entry was removed."""

    remote_id: str


EntryEdit = (
    PutEntry
    | ArchiveEntry
    | PutEntryLink
    | DropEntryLink
    | PutEntryIntent
    | ClearEntryIntents
    | PutTombstone
    | DropTombstone
)
"""One change to the record about entries."""
