"""The timeline of one incident and one target: read whole, and changed by the edits of a commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection, RowMapping, select

from dd_incident_roles.model import EntryKey, IncidentId
from dd_incident_roles.store.batches import drop_each, insert_each, rows_of_each
from dd_incident_roles.store.encoding import digest_from, digest_key
from dd_incident_roles.store.entries import change_entries, entries_of
from dd_incident_roles.store.entry_links import change_entry_links, entry_links_of
from dd_incident_roles.store.entry_tables import ENTRY_INTENTS, TOMBSTONES
from dd_incident_roles.store.rows import having
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.state import (
    ArchiveEntry,
    ClearEntryIntents,
    DropEntryLink,
    DropTombstone,
    EntryEdit,
    EntryIntent,
    EntryState,
    PutEntry,
    PutEntryIntent,
    PutEntryLink,
    PutTombstone,
    Tombstone,
)


def timeline_of(connection: Connection, incident_id: IncidentId, target: str) -> EntryState:
    """Everything held about the entries of one incident and one target."""
    return EntryState(
        entries=entries_of(connection, incident_id),
        links=entry_links_of(connection, incident_id, target),
        intents=entry_intents_of(connection, incident_id, target),
        tombstones=tombstones_of(connection, incident_id, target),
    )


def change_timeline(
    connection: Connection,
    incident_id: IncidentId,
    target: str,
    edits: Sequence[EntryEdit],
    *,
    at: datetime,
) -> None:
    """Make the edits, with few statements however many they are.

    Edits of one sort keep their order, and no sort looks at another. Raises RecordChanged for an
    edit that does not fit what the record holds.
    """
    entries: list[PutEntry | ArchiveEntry] = []
    links: list[PutEntryLink | DropEntryLink] = []
    intents: list[PutEntryIntent | ClearEntryIntents] = []
    tombstones: list[PutTombstone | DropTombstone] = []
    for edit in edits:
        match edit:
            case PutEntry() | ArchiveEntry():
                entries.append(edit)
            case PutEntryLink() | DropEntryLink():
                links.append(edit)
            case PutEntryIntent() | ClearEntryIntents():
                intents.append(edit)
            case PutTombstone() | DropTombstone():
                tombstones.append(edit)
            case _:
                assert_never(edit)
    change_entries(connection, incident_id, entries, at=at)
    change_entry_links(connection, incident_id, target, links)
    change_entry_intents(connection, incident_id, target, intents)
    change_tombstones(connection, incident_id, target, tombstones)


def tombstones_of(
    connection: Connection, incident_id: IncidentId, target: str
) -> tuple[Tombstone, ...]:
    """What was removed from one target of one incident, by its id there."""
    place = having(TOMBSTONES, {"target": target, "incident": incident_id})
    query = select(TOMBSTONES).where(place).order_by(TOMBSTONES.c.remote_id)
    return tuple(_tombstone(row) for row in connection.execute(query).mappings())


def change_tombstones(
    connection: Connection,
    incident_id: IncidentId,
    target: str,
    edits: Sequence[PutTombstone | DropTombstone],
) -> None:
    """Carry out edits in their order; a later tombstone takes the place of the first."""
    place = {"target": target, "incident": incident_id}
    standing: dict[str, Tombstone | None] = {}
    for edit in edits:
        match edit:
            case PutTombstone(tombstone=tombstone):
                standing[tombstone.remote_id] = tombstone
            case DropTombstone(remote_id=remote_id):
                standing[remote_id] = None
            case _:
                assert_never(edit)
    drop_each(connection, TOMBSTONES, place, "remote_id", standing)
    rows = [
        {**place, "remote_id": each.remote_id, "since": each.since}
        for each in standing.values()
        if each is not None
    ]
    insert_each(connection, TOMBSTONES, rows)


def _tombstone(row: RowMapping) -> Tombstone:
    return Tombstone(remote_id=row["remote_id"], since=row["since"])


def entry_intents_of(
    connection: Connection, incident_id: IncidentId, target: str
) -> tuple[EntryIntent, ...]:
    """The intents of one incident and one target, by key and then oldest first."""
    place = having(ENTRY_INTENTS, {"target": target, "incident": incident_id})
    columns = ENTRY_INTENTS.c
    ordered = (
        select(ENTRY_INTENTS).where(place).order_by(columns.key, columns.since, columns.digest)
    )
    return tuple(_intent(row) for row in connection.execute(ordered).mappings())


def change_entry_intents(
    connection: Connection,
    incident_id: IncidentId,
    target: str,
    edits: Sequence[PutEntryIntent | ClearEntryIntents],
) -> None:
    """Carry out edits in their order; a note of the same write takes the place of the first."""
    place = {"target": target, "incident": incident_id}
    touched = {_key(edit) for edit in edits}
    sets: dict[EntryKey, dict[Digest | None, EntryIntent]] = {key: {} for key in touched}
    for row in rows_of_each(connection, ENTRY_INTENTS, place, "key", touched):
        intent = _intent(row)
        sets[intent.key][intent.digest] = intent
    for edit in edits:
        match edit:
            case PutEntryIntent(intent=intent):
                sets[intent.key][intent.digest] = intent
            case ClearEntryIntents(key=key):
                sets[key].clear()
            case _:
                assert_never(edit)
    drop_each(connection, ENTRY_INTENTS, place, "key", touched)
    rows = [{**place, **_columns(each)} for noted in sets.values() for each in noted.values()]
    insert_each(connection, ENTRY_INTENTS, rows)


def _key(edit: PutEntryIntent | ClearEntryIntents) -> EntryKey:
    return edit.intent.key if isinstance(edit, PutEntryIntent) else edit.key


def _columns(intent: EntryIntent) -> dict[str, object]:
    return {
        "key": intent.key,
        "digest": digest_key(intent.digest),
        "since": intent.since,
        "missing_since": intent.missing_since,
    }


def _intent(row: RowMapping) -> EntryIntent:
    return EntryIntent(
        key=EntryKey(row["key"]),
        digest=digest_from(row["digest"]),
        since=row["since"],
        missing_since=row["missing_since"],
    )
