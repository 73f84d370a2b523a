"""Responders, roles and role assignments."""

from __future__ import annotations

from dd_incident_roles.sandbox.render.shapes import Json, reference, references, resource
from dd_incident_roles.sandbox.render.times import newer
from dd_incident_roles.sandbox.state.response_team import Assignment, Responder
from dd_incident_roles.sandbox.state.settings import FieldDefinition, RoleDefinition
from dd_incident_roles.sandbox.state.world import World

USER_DEFINED_ROLES = "incident_user_defined_roles"
RESERVED_ROLES = "incident_reserved_roles"
ROLE_ASSIGNMENTS = "incident_role_assignments"
RESPONDERS = "incident_responders"


def responder(world: World, row: Responder) -> Json:
    """Renders a responder; of the roles only the ids of their assignments (document)."""
    held = (each.id for each in world.assignments if each.responder_id == row.id)
    return resource(
        RESPONDERS,
        row.id,
        {
            "created": newer(row.created),
            "modified": newer(row.modified),
            "is_billable": row.is_billable,
            "last_active": None if row.last_active is None else newer(row.last_active),
            "external_id": row.external_id,
            "external_source": row.external_source,
            "meta": None,
        },
        {
            "user": reference("users", row.user_id),
            "created_by": reference("users", row.created_by),
            "last_modified_by": reference("users", row.last_modified_by),
            "role_assignments": references(ROLE_ASSIGNMENTS, held),
        },
    )


def assignment(world: World, row: Assignment) -> Json:
    """Renders a role assignment as the unreleased specification describes it (unverified)."""
    role = world.role_definitions.get(row.role_id)
    reserved = role is not None and role.reserved
    links: Json = {
        "responder": reference(RESPONDERS, row.responder_id),
        "created_by_user": reference("users", row.created_by),
        "last_modified_by_user": reference("users", row.created_by),
    }
    if reserved:
        links["reserved_role"] = reference(RESERVED_ROLES, row.role_id)
    else:
        links["user_defined_role"] = reference(USER_DEFINED_ROLES, row.role_id)
    return resource(
        ROLE_ASSIGNMENTS,
        row.id,
        {
            "created": newer(row.created),
            "modified": newer(row.modified),
            "responder_type": "reserved" if reserved else "user_defined",
            "role": "commander" if role is not None and role.is_commander else None,
        },
        links,
    )


def role(row: RoleDefinition) -> Json:
    """Renders a role; a reserved one has no incident type."""
    shown: Json = {
        "name": row.name,
        "description": row.description,
        "policy": {"is_single": row.is_single},
        "created": newer(row.created),
        "modified": newer(row.modified),
    }
    if row.reserved:
        return resource(RESERVED_ROLES, row.id, shown)
    return resource(
        USER_DEFINED_ROLES,
        row.id,
        shown,
        {
            "incident_type": reference("incident_types", row.incident_type_id),
            "created_by_user": reference("users", row.created_by),
            "last_modified_by_user": reference("users", row.last_modified_by),
        },
    )


def field_definition(row: FieldDefinition) -> Json:
    """Renders a property field's definition (client model; not recorded)."""
    values = row.valid_values
    return resource(
        "user_defined_field",
        row.id,
        {
            "name": row.name,
            "display_name": row.display_name,
            "type": row.type,
            "category": row.category,
            "collected": row.collected,
            "required": row.required,
            "reserved": row.reserved,
            "valid_values": None
            if values is None
            else [{"value": each, "display_name": each} for each in values],
            "default_value": None,
            "ordinal": row.ordinal,
            "tag_key": None,
            "metadata": None,
            "created": newer(row.created),
            "modified": newer(row.modified),
            "deleted": None,
        },
        {
            "incident_type": reference("incident_types", row.incident_type_id),
            "created_by_user": reference("users", row.created_by),
            "last_modified_by_user": reference("users", row.last_modified_by),
        },
    )
