"""The shape of an incident in GET and in the list: no commander among the attributes."""

from __future__ import annotations

from dd_incident_roles.sandbox.render.incident import as_recorded, attributes, relationships
from dd_incident_roles.sandbox.render.shapes import Json, resource
from dd_incident_roles.sandbox.render.user import included_user
from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.world import World


def incident_read(world: World, row: Incident) -> Json:
    """Renders an incident with the ids of its users and without the users (recording)."""
    shown = attributes(world, row)
    shown["last_modified_by_uuid"] = row.last_modified_by
    shown["created_by_uuid"] = row.created_by
    shown["declared_by_uuid"] = row.declared_by
    return resource("incidents", row.id, as_recorded(row, shown), relationships(world, row))


def included_users(world: World, rows: list[Incident]) -> list[Json]:
    """Renders what ``include=users`` adds: everybody whom the relationships name, once."""
    named: dict[str, None] = {}
    for row in rows:
        for user_id in (row.created_by, row.last_modified_by, row.commander, row.declared_by):
            if user_id is not None:
                named[user_id] = None
    found = (world.users.get(user_id) for user_id in named)
    return [included_user(user) for user in found if user is not None]
