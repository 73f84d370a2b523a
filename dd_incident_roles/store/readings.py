"""The last whole reading of each incident, and what readings taught about Datadog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store import tables
from dd_incident_roles.store.rows import of_row
from dd_incident_roles.sync.skip import Evidence, LastReading, Lesson, with_lessons
from dd_incident_roles.values import frozen


@frozen
class LastReadings:
    """The last readings of a target's incidents, with the version of each that the record has."""

    of: Mapping[IncidentId, LastReading]
    versions: Mapping[IncidentId, int]


_TABLE: Final = tables.READINGS
_LAST: Final = (
    select(*_TABLE.table.c, tables.LEDGERS.c.version.label("present"))
    .outerjoin_from(_TABLE.table, tables.LEDGERS, tables.LEDGERS.c.incident == _TABLE.c.incident)
    .where(_TABLE.c.target == bindparam("target"))
)


def last_readings(connection: Connection, target: str) -> LastReadings:
    """Every last reading, in one statement for any number of them."""
    rows = connection.execute(_LAST, {"target": target}).mappings().all()
    return LastReadings(
        of={IncidentId(row["incident"]): of_row(LastReading, row) for row in rows},
        versions={IncidentId(row["incident"]): row["present"] or 0 for row in rows},
    )


def put_readings(
    connection: Connection, target: str, readings: Mapping[IncidentId, LastReading]
) -> None:
    """Keep readings in the place of earlier ones; needs a writing transaction."""
    rows = [
        tables.READINGS.row(reading, target=target, incident=incident)
        for incident, reading in readings.items()
    ]
    tables.READINGS.put(connection, rows)


def drop_reading(connection: Connection, target: str, incident_id: IncidentId) -> None:
    """Forget the last reading of an incident, so that it is read whole; needs a writing one."""
    tables.READINGS.drop(connection, [{"target": target, "incident": incident_id}])


def learn(connection: Connection, source: str, lessons: Iterable[Lesson], at: datetime) -> None:
    """Add what a run taught to what is known by now; needs a writing transaction."""
    known = tables.EVIDENCE.all(connection, source=source)
    after: tuple[Evidence, ...] = with_lessons(known, lessons, at=at)
    tables.EVIDENCE.drop(connection, [{"source": source}])
    tables.EVIDENCE.put(connection, [tables.EVIDENCE.row(each, source=source) for each in after])
