"""Roles devised for one incident: a change of one is a new row, and the old one stays."""

from __future__ import annotations

import json

from sqlalchemy import Connection, RowMapping, insert, select

from dd_incident_roles.model import IncidentId, PersonKey, RoleKey
from dd_incident_roles.store.statement_tables import DEVISED_ROLES
from dd_incident_roles.sync.devised import DevisedRole


def devised_of(connection: Connection, incident_id: IncidentId) -> tuple[DevisedRole, ...]:
    """The roles of the incident as they were last devised, by when each was devised first."""
    query = select(DEVISED_ROLES).where(DEVISED_ROLES.c.incident == incident_id)
    ordered = query.order_by(DEVISED_ROLES.c.number)
    newest = {row["key"]: _role(row) for row in connection.execute(ordered).mappings()}
    return tuple(newest.values())


def any_devised(connection: Connection) -> bool:
    """Whether there is a role of any incident."""
    return connection.execute(select(DEVISED_ROLES.c.number).limit(1)).first() is not None


def devise(connection: Connection, incident_id: IncidentId, role: DevisedRole) -> None:
    """Add a role, or another version of the one of the same key."""
    connection.execute(
        insert(DEVISED_ROLES).values(
            incident=incident_id,
            key=role.key,
            title=role.title,
            is_single=role.is_single,
            devised=role.devised,
            devised_by=role.devised_by,
            summary=role.summary,
            may_hold=json.dumps(role.may_hold),
            until=role.until,
        )
    )


def _role(row: RowMapping) -> DevisedRole:
    return DevisedRole(
        key=RoleKey(row["key"]),
        title=row["title"],
        is_single=row["is_single"],
        devised=row["devised"],
        devised_by=row["devised_by"],
        summary=row["summary"],
        may_hold=tuple(PersonKey(person) for person in json.loads(row["may_hold"])),
        until=row["until"],
    )
