"""The timeline as plain dictionaries: what the record must agree with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from dd_incident_roles.errors import RecordError
from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.store.tables import ArchivedEntry, ArchiveReason
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Edit,
    PutEntry,
)


class Refused(RecordError):
    """The model would not take the edits."""


@dataclass(slots=True)
class MemoryTimeline:
    """The entries of one incident with the instant each was recorded, and the archive."""

    entries: dict[EntryKey, tuple[Entry, datetime]] = field(default_factory=dict)
    archive: list[ArchivedEntry] = field(default_factory=list)

    def change(self, edit: Edit, now: datetime) -> None:
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
