"""The shape of an incident in the answers to POST and PATCH: users nested in the attributes."""

from __future__ import annotations

from dd_incident_roles.sandbox.render.incident import as_recorded, attributes, relationships
from dd_incident_roles.sandbox.render.shapes import Json, reference, resource
from dd_incident_roles.sandbox.render.user import nested_user
from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.world import World


def incident_created(world: World, row: Incident) -> Json:
    """Renders the answer to POST: the ids of users are null, the commander is right (recording)."""
    return resource("incidents", row.id, _attributes(world, row), relationships(world, row))


def incident_patched(world: World, row: Incident) -> Json:
    """Renders the answer to PATCH: the commander only among the attributes (recording)."""
    shown = _attributes(world, row)
    shown["last_modified_by_uuid"] = row.last_modified_by
    shown["created_by_uuid"] = row.created_by
    shown["declared_by_uuid"] = row.declared_by
    links = relationships(world, row)
    if world.behaviour.patch_hides_commander:
        links["commander_user"] = reference("users", None)
    return resource("incidents", row.id, as_recorded(row, shown), links)


def _attributes(world: World, row: Incident) -> Json:
    return {
        **attributes(world, row),
        "last_modified_by": nested_user(world, row.last_modified_by),
        "commander": nested_user(world, row.commander),
        "created_by": nested_user(world, row.created_by),
        "declared_by": nested_user(world, row.declared_by),
    }
