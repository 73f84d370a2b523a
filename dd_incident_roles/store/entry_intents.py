"""The writes of entries that were about to be made: a set for each key, cleared as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from sqlalchemy import Connection, RowMapping, select

from dd_incident_roles.model import EntryKey, IncidentId
from dd_incident_roles.store.batches import drop_each, insert_each, rows_of_each
from dd_incident_roles.store.encoding import digest_from, digest_key
from dd_incident_roles.store.entry_tables import ENTRY_INTENTS
from dd_incident_roles.store.rows import having
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.state import ClearEntryIntents, EntryIntent, PutEntryIntent


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
