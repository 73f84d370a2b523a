"""The timeline as plain dictionaries: what the record must agree with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from dd_incident_roles.errors import RecordError
from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.store.tables import ArchivedEntry, ArchiveReason
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.state import (
    ArchiveEntry,
    ClearEntryIntents,
    DropEntryLink,
    DropTombstone,
    EntryEdit,
    EntryIntent,
    EntryLink,
    PutEntry,
    PutEntryIntent,
    PutEntryLink,
    PutTombstone,
    Tombstone,
)


class Refused(RecordError):
    """The model would not take the edits."""


@dataclass(slots=True)
class EntrySide:
    """What one target knows of the entries of one incident."""

    links: dict[EntryKey, EntryLink] = field(default_factory=dict)
    intents: dict[tuple[EntryKey, Digest | None], EntryIntent] = field(default_factory=dict)
    tombstones: dict[str, Tombstone] = field(default_factory=dict)

    def change(self, edit: EntryEdit) -> None:
        match edit:
            case PutEntryLink(link=link):
                others = [kept for key, kept in self.links.items() if key != link.key]
                if link.remote_id in {kept.remote_id for kept in others}:
                    raise Refused("linked")
                self.links[link.key] = link
            case DropEntryLink(key=key):
                self.links.pop(key, None)
            case PutEntryIntent(intent=intent):
                self.intents[intent.key, intent.digest] = intent
            case ClearEntryIntents(key=key):
                self.intents = {at: kept for at, kept in self.intents.items() if at[0] != key}
            case PutTombstone(tombstone=tombstone):
                self.tombstones[tombstone.remote_id] = tombstone
            case DropTombstone(remote_id=remote_id):
                self.tombstones.pop(remote_id, None)
            case PutEntry() | ArchiveEntry():
                pass
            case _:
                assert_never(edit)


@dataclass(slots=True)
class MemoryTimeline:
    """The entries of one incident with the instant each was recorded, and the archive."""

    entries: dict[EntryKey, tuple[Entry, datetime]] = field(default_factory=dict)
    archive: list[ArchivedEntry] = field(default_factory=list)

    def change(self, edit: EntryEdit, now: datetime) -> None:
        match edit:
            case PutEntry(entry=entry):
                old, _ = self.entries.get(entry.key, (entry, now))
                if old != entry:
                    self._put_away(entry.key, now, ArchiveReason.REPLACED)
                self.entries.setdefault(entry.key, (entry, now))
            case ArchiveEntry(key=key, at=at):
                if key not in self.entries:
                    raise Refused("unknown entry")
                self._put_away(key, at, ArchiveReason.REMOVED)
            case _:
                pass

    def _put_away(self, key: EntryKey, at: datetime, why: ArchiveReason) -> None:
        old, since = self.entries.pop(key)
        self.archive.append(ArchivedEntry(entry=old, recorded_at=since, archived_at=at, why=why))
