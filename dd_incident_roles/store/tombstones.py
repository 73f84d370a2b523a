"""Entries that were removed from a target, which an old listing may still show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from sqlalchemy import Connection, RowMapping, select

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.batches import drop_each, insert_each
from dd_incident_roles.store.entry_tables import TOMBSTONES
from dd_incident_roles.store.rows import having
from dd_incident_roles.sync.entries.state import DropTombstone, PutTombstone, Tombstone


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
