"""Corrections of the past of each incident: added, never changed."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, insert, select

from dd_incident_roles.model import IncidentId, PersonKey, RoleKey
from dd_incident_roles.store.overtaken import overtaken
from dd_incident_roles.store.statement_tables import CORRECTIONS
from dd_incident_roles.sync.past import Correction


def corrections_of(connection: Connection, incident_id: IncidentId) -> tuple[Correction, ...]:
    """Every correction of the incident, in the order in which they were recorded.

    That is the order of the rows, whatever the clock said at the time.
    """
    query = select(CORRECTIONS).where(CORRECTIONS.c.incident == incident_id)
    ordered = query.order_by(CORRECTIONS.c.number)
    return tuple(_correction(row) for row in connection.execute(ordered).mappings())


def correct(connection: Connection, incident_id: IncidentId, correction: Correction) -> None:
    """Add a correction; raises RecordChanged if it is there already."""
    same = select(CORRECTIONS.c.id).where(CORRECTIONS.c.id == correction.id)
    if connection.execute(same).first():
        raise overtaken(f"this correction of {correction.role} is there already")
    connection.execute(
        insert(CORRECTIONS).values(
            id=correction.id,
            incident=incident_id,
            role=correction.role,
            stream=correction.stream,
            person=correction.person,
            since=correction.since,
            until=correction.until,
            reason=correction.reason,
            set_by=correction.set_by,
            recorded=correction.recorded,
        )
    )


def _correction(row: RowMapping) -> Correction:
    return Correction(
        id=row["id"],
        role=RoleKey(row["role"]),
        stream=row["stream"],
        person=None if row["person"] is None else PersonKey(row["person"]),
        since=row["since"],
        until=row["until"],
        reason=row["reason"],
        set_by=row["set_by"],
        recorded=row["recorded"],
    )
