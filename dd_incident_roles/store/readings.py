"""What runs leave behind: last readings, what these taught about Datadog, and how runs ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store import tables
from dd_incident_roles.store.rows import insert_into, of_row
from dd_incident_roles.sync.result import PastRun
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


def last_readings(
    connection: Connection, target: str, only: IncidentId | None = None
) -> LastReadings:
    """Every last reading, or that of one incident, in one statement for any number of them."""
    query = _LAST if only is None else _LAST.where(_TABLE.c.incident == only)
    rows = connection.execute(query, {"target": target}).mappings().all()
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


RUNS_KEPT: Final = 20
"""How many runs are remembered."""

_NUMBER: Final = tables.RUNS.c.number
_NEXT: Final = (
    select((_NUMBER + 1) % RUNS_KEPT)
    .order_by(tables.RUNS.c.finished.desc(), _NUMBER.desc())
    .limit(1)
    .scalar_subquery()
)


def put_run(connection: Connection, run: PastRun) -> None:
    """Remember a run in the place of the oldest, in one statement; needs a writing transaction."""
    new = insert_into(connection, tables.RUNS.table).values(number=func.coalesce(_NEXT, 0))
    others = {each.name: new.excluded[each.name] for each in tables.RUNS.c if each is not _NUMBER}
    put = new.on_conflict_do_update(index_elements=[_NUMBER], set_=others)
    connection.execute(put, tables.RUNS.row(run))
