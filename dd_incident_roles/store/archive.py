"""Every entry as it once was: what is replaced or taken out comes here, and stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, select

from dd_incident_roles.model import Entry, IncidentId
from dd_incident_roles.store.batches import insert_each
from dd_incident_roles.store.encoding import member_of
from dd_incident_roles.store.entry_columns import entry_columns, entry_of
from dd_incident_roles.store.entry_tables import ARCHIVE


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


def archived_of(connection: Connection, incident_id: IncidentId) -> tuple[ArchivedEntry, ...]:
    """The archive of one incident, in the order in which it grew."""
    query = select(ARCHIVE).where(ARCHIVE.c.incident == incident_id).order_by(ARCHIVE.c.number)
    return tuple(_archived(row) for row in connection.execute(query).mappings())


def put_away(
    connection: Connection, incident_id: IncidentId, entries: Sequence[ArchivedEntry]
) -> None:
    """Add to the archive, in this order."""
    rows = [
        {
            **entry_columns(incident_id, each.entry),
            "recorded_at": each.recorded_at,
            "archived_at": each.archived_at,
            "why": each.why.value,
        }
        for each in entries
    ]
    insert_each(connection, ARCHIVE, rows)


def _archived(row: RowMapping) -> ArchivedEntry:
    return ArchivedEntry(
        entry=entry_of(row),
        recorded_at=row["recorded_at"],
        archived_at=row["archived_at"],
        why=member_of(ArchiveReason, row["why"]),
    )
