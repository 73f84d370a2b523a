"""What is not settled with a target: roles changed on both sides, and writes it declined."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, RowMapping, select

from dd_incident_roles.model import IncidentId, PersonKey, RoleKey
from dd_incident_roles.store.encoding import member_of
from dd_incident_roles.store.rows import drop, having, put
from dd_incident_roles.store.tables import CONFLICTS, REFUSED_WRITES
from dd_incident_roles.sync.state import Attempt, Conflict, RefusedWrite


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


def refused_of(
    connection: Connection, incident_id: IncidentId, target: str
) -> tuple[RefusedWrite, ...]:
    """The declined writes of one incident and one target, by what they were about."""
    place = having(REFUSED_WRITES, {"target": target, "incident": incident_id})
    query = select(REFUSED_WRITES).where(place).order_by(REFUSED_WRITES.c.about)
    return tuple(_refused(row) for row in connection.execute(query).mappings())


def put_refused(
    connection: Connection, incident_id: IncidentId, target: str, refused: RefusedWrite
) -> None:
    """Remember a declined write, in place of the one about the same."""
    values = asdict(refused)
    key = {"target": target, "incident": incident_id, "about": values.pop("about")}
    put(connection, REFUSED_WRITES, key, {**values, "attempt": refused.attempt.value})


def drop_refused(connection: Connection, incident_id: IncidentId, target: str, about: str) -> None:
    """Forget a declined write."""
    drop(connection, REFUSED_WRITES, {"target": target, "incident": incident_id, "about": about})


def _refused(row: RowMapping) -> RefusedWrite:
    parts = {name: value for name, value in row.items() if name not in {"target", "incident"}}
    return RefusedWrite(**{**parts, "attempt": member_of(Attempt, row["attempt"])})
