"""Incidents as they were last seen, and how they changed while they were watched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields as parts_of
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, RowMapping, Select, insert, select

from dd_incident_roles.model import Absence, FieldValue, Incident, IncidentId, Observation
from dd_incident_roles.store.rows import drop, put
from dd_incident_roles.store.tables import ABSENCES, FIRST_LOOKS, INCIDENTS, OBSERVATIONS

_PARTS: Final = tuple(part.name for part in parts_of(Incident))


def find_incident(connection: Connection, incident_id: IncidentId) -> Incident | None:
    """The incident as it was last seen, or None if it never was."""
    row = _row(connection, incident_id)
    return None if row is None else _incident(row)


def incidents_numbered(connection: Connection, public_id: int) -> tuple[Incident, ...]:
    """The incidents with a number, the one seen last first; several where two were mixed."""
    query = select(INCIDENTS).where(INCIDENTS.c.public_id == public_id)
    newest_first = query.order_by(INCIDENTS.c.last_seen.desc(), INCIDENTS.c.id)
    return tuple(_incident(row) for row in connection.execute(newest_first).mappings())


def all_incidents(connection: Connection) -> tuple[Incident, ...]:
    """Every incident that was ever seen and is not gone, by number."""
    query = select(INCIDENTS).where(INCIDENTS.c.id.not_in(gone_incidents()))
    ordered = query.order_by(INCIDENTS.c.public_id, INCIDENTS.c.id)
    return tuple(_incident(row) for row in connection.execute(ordered).mappings())


def gone_incidents() -> Select[tuple[str]]:
    """A query for the ids of the incidents that are gone or forgotten."""
    return select(ABSENCES.c.incident).where(ABSENCES.c.gone.is_not(None))


def absences(connection: Connection) -> Mapping[IncidentId, Absence]:
    """The incidents that Datadog did not show, be it believed or not."""
    return {
        IncidentId(row["incident"]): Absence(missed=row["missed"], gone=row["gone"])
        for row in connection.execute(select(ABSENCES)).mappings()
    }


def put_absence(connection: Connection, incident_id: IncidentId, absence: Absence) -> None:
    """Keep that Datadog does not show an incident; needs a writing transaction."""
    columns = {"missed": absence.missed, "gone": absence.gone}
    put(connection, ABSENCES, {"incident": incident_id}, columns)


def drop_absence(connection: Connection, incident_id: IncidentId) -> None:
    """Note that Datadog shows an incident again; needs a writing transaction."""
    drop(connection, ABSENCES, {"incident": incident_id})


def observations_of(connection: Connection, incident_id: IncidentId) -> tuple[Observation, ...]:
    """What the incident was seen to be, oldest first."""
    columns = OBSERVATIONS.c
    query = select(columns.at, columns.severity, columns.state, columns.customer_impacted)
    ordered = query.where(columns.incident == incident_id).order_by(columns.number)
    return tuple(Observation(**row) for row in connection.execute(ordered).mappings())


def first_seen(connection: Connection, incident_id: IncidentId) -> datetime | None:
    """When the record first looked at an incident, None where it never did or does not know."""
    query = select(FIRST_LOOKS.c.at).where(FIRST_LOOKS.c.incident == incident_id)
    seen: datetime | None = connection.execute(query).scalar_one_or_none()
    return seen


def is_news(connection: Connection, incident: Incident) -> bool:
    """Whether an incident differs from how it was last seen."""
    row = _row(connection, incident.id)
    missed = select(ABSENCES.c.incident).where(ABSENCES.c.incident == incident.id)
    if connection.execute(missed).first() is not None:
        return True
    return row is None or any(row[name] != value for name, value in _columns(incident).items())


def remember_incident(connection: Connection, incident: Incident, at: datetime) -> None:
    """Keep an incident as it is seen at an instant; needs a writing transaction."""
    is_new = _row(connection, incident.id) is None
    drop_absence(connection, incident.id)
    put(connection, INCIDENTS, {"id": incident.id}, {**_columns(incident), "last_seen": at})
    if is_new:
        connection.execute(insert(FIRST_LOOKS).values(incident=incident.id, at=at))
    _observe(connection, incident, at)


def _observe(connection: Connection, incident: Incident, at: datetime) -> None:
    """Add an observation if something changed: the first is taken to hold since the declaration.

    A clock that was set back does not put a later change before an earlier one.
    """
    known = observations_of(connection, incident.id)
    last = known[-1] if known else None
    seen = Observation(
        at=max(at, last.at) if last else incident.declared,
        severity=incident.severity,
        state=incident.state,
        customer_impacted=incident.customer_impacted,
    )
    if last and _what(last) == _what(seen):
        return
    severity, state, customer_impacted = _what(seen)
    connection.execute(
        insert(OBSERVATIONS).values(
            incident=incident.id,
            at=seen.at,
            severity=severity,
            state=state,
            customer_impacted=customer_impacted,
        )
    )


def _what(observation: Observation) -> tuple[str, str, bool]:
    return observation.severity, observation.state, observation.customer_impacted


def _row(connection: Connection, incident_id: IncidentId) -> RowMapping | None:
    query = select(INCIDENTS).where(INCIDENTS.c.id == incident_id)
    return connection.execute(query).mappings().one_or_none()


def _columns(incident: Incident) -> dict[str, object]:
    columns: dict[str, object] = {name: getattr(incident, name) for name in _PARTS if name != "id"}
    return {**columns, "fields": _text_of(incident.fields)}


def _incident(row: RowMapping) -> Incident:
    parts = {name: row[name] for name in _PARTS}
    return Incident(**{**parts, "fields": _fields_of(row["fields"])})


def _text_of(fields: Mapping[str, FieldValue]) -> str:
    return json.dumps(dict(fields), sort_keys=True)


def _fields_of(text: str) -> Mapping[str, FieldValue]:
    fields: dict[str, FieldValue] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(text).items()
    }
    return MappingProxyType(fields)
