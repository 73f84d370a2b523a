"""Roles that were changed on both sides, until somebody decides."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, select

from dd_incident_roles.model import IncidentId, PersonKey, RoleKey
from dd_incident_roles.store.rows import drop, having, put
from dd_incident_roles.store.tables import CONFLICTS
from dd_incident_roles.sync.state import Conflict


def conflicts_of(
    connection: Connection, incident_id: IncidentId, target: str
) -> tuple[Conflict, ...]:
    """The conflicts of one incident and one target, by role."""
    place = having(CONFLICTS, {"target": target, "incident": incident_id})
    query = select(CONFLICTS).where(place).order_by(CONFLICTS.c.role)
    return tuple(_conflict(row) for row in connection.execute(query).mappings())


def put_conflict(
    connection: Connection, incident_id: IncidentId, target: str, conflict: Conflict
) -> None:
    """Keep a conflict, in place of the one of the same role."""
    values = {
        "wanted": conflict.wanted,
        "standing": conflict.standing,
        "since": conflict.since,
    }
    put(connection, CONFLICTS, _key(incident_id, target, conflict.role), values)


def settle_conflict(
    connection: Connection, incident_id: IncidentId, target: str, role: RoleKey
) -> None:
    """Forget the conflict of a role."""
    drop(connection, CONFLICTS, _key(incident_id, target, role))


def _key(incident_id: IncidentId, target: str, role: RoleKey) -> dict[str, str]:
    return {"target": target, "incident": incident_id, "role": role}


def _conflict(row: RowMapping) -> Conflict:
    return Conflict(
        role=RoleKey(row["role"]),
        wanted=None if row["wanted"] is None else PersonKey(row["wanted"]),
        standing=None if row["standing"] is None else PersonKey(row["standing"]),
        since=row["since"],
    )
