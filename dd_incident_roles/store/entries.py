"""The timeline of each incident: entries that are replaced or taken out go to the archive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection, select

from dd_incident_roles.model import Entry, EntryKey, IncidentId
from dd_incident_roles.store.archive import ArchivedEntry, ArchiveReason, put_away
from dd_incident_roles.store.batches import drop_each, insert_each, rows_of_each
from dd_incident_roles.store.entry_columns import entry_columns, entry_of
from dd_incident_roles.store.entry_tables import ENTRIES
from dd_incident_roles.store.overtaken import overtaken
from dd_incident_roles.store.rows import having
from dd_incident_roles.sync.entries.canon import digest_of
from dd_incident_roles.sync.entries.state import ArchiveEntry, PutEntry


def entries_of(connection: Connection, incident_id: IncidentId) -> tuple[Entry, ...]:
    """Every entry of the incident, those that are to be deleted too, by when it happened."""
    query = select(ENTRIES).where(ENTRIES.c.incident == incident_id)
    ordered = query.order_by(ENTRIES.c.at, ENTRIES.c.created, ENTRIES.c.key)
    return tuple(entry_of(row) for row in connection.execute(ordered).mappings())


def find_entry(connection: Connection, incident_id: IncidentId, key: EntryKey) -> Entry | None:
    """The entry of a key."""
    query = select(ENTRIES).where(having(ENTRIES, {"incident": incident_id, "key": key}))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else entry_of(row)


def keys_elsewhere(
    connection: Connection, incident_id: IncidentId, keys: Collection[EntryKey]
) -> frozenset[EntryKey]:
    """Those of the keys that entries of ours have in other incidents, and none has in this one."""
    rows = list(rows_of_each(connection, ENTRIES, {"origin": "cli"}, "key", keys))
    here = {row["key"] for row in rows if row["incident"] == incident_id}
    return frozenset(EntryKey(row["key"]) for row in rows if row["key"] not in here)


def change_entries(
    connection: Connection,
    incident_id: IncidentId,
    edits: Sequence[PutEntry | ArchiveEntry],
    *,
    at: datetime,
) -> None:
    """Carry out edits in their order, recorded at an instant.

    Raises RecordChanged for an entry that is to go to the archive and is not in the timeline.
    """
    place = {"incident": incident_id}
    touched = {_key(edit) for edit in edits}
    before = {
        EntryKey(row["key"]): _Kept(entry_of(row), row["recorded_at"])
        for row in rows_of_each(connection, ENTRIES, place, "key", touched)
    }
    timeline = _Timeline(at=at, kept=dict(before), archived=[])
    for edit in edits:
        timeline.change(edit)
    put_away(connection, incident_id, timeline.archived)
    after = timeline.kept
    drop_each(
        connection, ENTRIES, place, "key", [key for key in before if after.get(key) != before[key]]
    )
    rows = [_columns(incident_id, after[key]) for key in after if after[key] != before.get(key)]
    insert_each(connection, ENTRIES, rows)


@dataclass(frozen=True, slots=True)
class _Kept:
    entry: Entry
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timeline:
    """The entries that a commit is about, and what it has put away so far."""

    at: datetime
    kept: dict[EntryKey, _Kept]
    archived: list[ArchivedEntry]

    def change(self, edit: PutEntry | ArchiveEntry) -> None:
        match edit:
            case PutEntry(entry=entry):
                old = self.kept.get(entry.key)
                if old is not None and old.entry == entry:
                    return
                if old is not None:
                    self._put_away(old, self.at, ArchiveReason.REPLACED)
                self.kept[entry.key] = _Kept(entry, self.at)
            case ArchiveEntry(key=key, at=at):
                if key not in self.kept:
                    raise overtaken("an entry that was to go to the archive is not there")
                self._put_away(self.kept.pop(key), at, ArchiveReason.REMOVED)
            case _:
                assert_never(edit)

    def _put_away(self, kept: _Kept, at: datetime, why: ArchiveReason) -> None:
        self.archived.append(
            ArchivedEntry(entry=kept.entry, recorded_at=kept.recorded_at, archived_at=at, why=why)
        )


def _key(edit: PutEntry | ArchiveEntry) -> EntryKey:
    return edit.entry.key if isinstance(edit, PutEntry) else edit.key


def _columns(incident_id: IncidentId, kept: _Kept) -> dict[str, object]:
    entry = kept.entry
    digest = digest_of(text=entry.text, at=entry.at, important=entry.important)
    columns = entry_columns(incident_id, entry)
    return {**columns, "recorded_at": kept.recorded_at, "digest": digest}
