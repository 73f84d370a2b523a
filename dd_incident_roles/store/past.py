"""What the record holds of the past of many incidents, read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from dd_incident_roles.model import Assignment, Entry, IncidentId, Observation
from dd_incident_roles.roles.statements import Correction, DevisedRole
from dd_incident_roles.store import tables
from dd_incident_roles.values import frozen


@frozen
class Past:
    """Who held what in one incident, what it was seen to be, and what is told of both.

    Each part is in the order in which the record gives it for one incident.
    """

    first_seen: datetime
    observations: tuple[Observation, ...]
    assignments: tuple[Assignment, ...]
    entries: tuple[Entry, ...]
    corrections: tuple[Correction, ...]
    devised: tuple[DevisedRole, ...]


def pasts_of(
    connection: Connection, incident_ids: Sequence[IncidentId]
) -> Mapping[IncidentId, Past]:
    """The past of each incident that was ever seen."""
    seen = tables.INCIDENTS.rows_of_each(connection, "id", incident_ids)
    first_seen: dict[str, datetime] = {row["id"]: row["first_seen"] for row in seen}
    observations, assignments, entries, corrections, devised = (
        tables.OBSERVATIONS.all_of_each(connection, "incident", first_seen),
        tables.ASSIGNMENTS.all_of_each(connection, "incident", first_seen),
        tables.ENTRIES.all_of_each(connection, "incident", first_seen),
        tables.CORRECTIONS.all_of_each(connection, "incident", first_seen),
        tables.DEVISED_ROLES.all_of_each(connection, "incident", first_seen),
    )
    return {
        IncidentId(each): Past(
            first_seen=first,
            observations=tuple(observations.get(each, ())),
            assignments=tuple(assignments.get(each, ())),
            entries=tuple(entries.get(each, ())),
            corrections=tuple(corrections.get(each, ())),
            devised=newest(devised.get(each, ())),
        )
        for each, first in first_seen.items()
    }


def newest(versions: Sequence[DevisedRole]) -> tuple[DevisedRole, ...]:
    """The last version of each role, in the place of its first."""
    return tuple({role.key: role for role in versions}.values())
