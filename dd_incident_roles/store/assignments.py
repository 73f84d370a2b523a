"""The ledger of each incident: intervals that are begun, ended once, and never taken away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from dd_incident_roles.errors import RecordError
from dd_incident_roles.model import Assignment, IncidentId, PersonKey, RoleKey, Source
from dd_incident_roles.store.encoding import member_of
from dd_incident_roles.store.overtaken import overtaken
from dd_incident_roles.store.rows import having
from dd_incident_roles.store.tables import ASSIGNMENTS, LEDGERS
from dd_incident_roles.sync.state import Close


def version_of(connection: Connection, incident_id: IncidentId) -> int:
    """How often something about the incident has changed that people see."""
    query = select(LEDGERS.c.version).where(LEDGERS.c.incident == incident_id)
    return connection.execute(query).scalar_one_or_none() or 0


def begin_ledger(connection: Connection, incident_id: IncidentId) -> None:
    """Make the row that everything about the incident hangs on, if there is none yet."""
    query = select(LEDGERS.c.incident).where(LEDGERS.c.incident == incident_id)
    if connection.execute(query).first() is None:
        connection.execute(insert(LEDGERS).values(incident=incident_id, version=0))


def advance(connection: Connection, incident_id: IncidentId) -> None:
    """Count a change to the incident that people see."""
    ledger = update(LEDGERS).where(LEDGERS.c.incident == incident_id)
    connection.execute(ledger.values(version=LEDGERS.c.version + 1))


def assignments_of(connection: Connection, incident_id: IncidentId) -> tuple[Assignment, ...]:
    """Every interval of the incident, by when it began and then by when it was recorded."""
    query = select(ASSIGNMENTS).where(ASSIGNMENTS.c.incident == incident_id)
    ordered = query.order_by(ASSIGNMENTS.c.since, ASSIGNMENTS.c.number)
    return tuple(_assignment(row) for row in connection.execute(ordered).mappings())


def begin(
    connection: Connection, incident_id: IncidentId, assignment: Assignment, *, at: datetime
) -> None:
    """Begin an interval, recorded at an instant; raises RecordChanged if it is there already."""
    if not assignment.is_open:
        raise ValueError(f"an interval begins open: {assignment}")
    held = {
        "incident": incident_id,
        "role": assignment.role,
        "stream": assignment.stream,
        "person": assignment.person,
    }
    same = or_(
        ASSIGNMENTS.c.id == assignment.id,
        having(ASSIGNMENTS, held) & ASSIGNMENTS.c.until.is_(None),
    )
    if connection.execute(select(ASSIGNMENTS.c.id).where(same)).first():
        raise overtaken(f"{assignment.person} already holds {assignment.role}")
    connection.execute(
        insert(ASSIGNMENTS).values(
            **held,
            id=assignment.id,
            since=assignment.since,
            set_by=assignment.set_by,
            source=assignment.source.value,
            recorded_at=at,
        )
    )


def end(connection: Connection, incident_id: IncidentId, close: Close) -> None:
    """End an interval; raises RecordChanged if it is not open, RecordError if it began later."""
    named = having(ASSIGNMENTS, {"incident": incident_id, "id": close.assignment_id})
    is_open = ASSIGNMENTS.c.until.is_(None)
    query = select(ASSIGNMENTS.c.since).where(named, is_open)
    since: datetime | None = connection.execute(query).scalar_one_or_none()
    if since is None:
        raise overtaken("an interval that was to end has ended already")
    if close.until < since:
        raise RecordError(
            f"An assignment cannot end at {close.until.isoformat()}: "
            f"it began at {since.isoformat()}.",
            hint="Nothing was written. Is the clock of this machine right?",
        )
    connection.execute(
        update(ASSIGNMENTS)
        .where(named, is_open)
        .values(until=close.until, ended_by=close.ended_by, ended_source=close.ended_source.value)
    )


def _assignment(row: RowMapping) -> Assignment:
    ended_source = row["ended_source"]
    return Assignment(
        id=row["id"],
        role=RoleKey(row["role"]),
        stream=row["stream"],
        person=PersonKey(row["person"]),
        since=row["since"],
        until=row["until"],
        set_by=row["set_by"],
        source=member_of(Source, row["source"]),
        ended_by=row["ended_by"],
        ended_source=None if ended_source is None else member_of(Source, ended_source),
    )
