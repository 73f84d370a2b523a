"""The types of incident that an organisation has."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.refusal import Refusal
from dd_incident_roles.sandbox.render.organisation import TYPES, incident_type
from dd_incident_roles.sandbox.state.settings import IncidentType


def list_types(call: Call) -> Answer:
    """Lists the incident types."""
    return call.answer({"data": [incident_type(row) for row in call.world.incident_types]})


def get_type(call: Call) -> Answer:
    """Shows one incident type."""
    return call.answer({"data": incident_type(_type(call))})


def create_type(call: Call) -> Answer:
    """Adds an incident type; only one is the default."""
    document = call.document(TYPES)
    is_default = document.flag("is_default")
    name = document.required_text("name")
    description = document.text("description") or ""
    if is_default:
        _dethrone(call)
    row = call.world.add_incident_type(
        call.world.ids(), name, by=call.caller, description=description, is_default=is_default
    )
    return call.answer({"data": incident_type(row)}, status=201)


def patch_type(call: Call) -> Answer:
    """Changes an incident type."""
    row = _type(call)
    document = call.document(TYPES)
    if document.has("name"):
        row = replace(row, name=document.required_text("name"))
    if document.has("description"):
        row = replace(row, description=document.text("description") or "")
    if document.flag("is_default"):
        _dethrone(call)
        row = replace(row, is_default=True)
    row = replace(row, modified=call.world.clock(), last_modified_by=call.caller)
    return call.answer({"data": incident_type(call.world.incident_types.put(row))})


def delete_type(call: Call) -> Answer:
    """Forgets an incident type with its fields and roles; the default one stays (unverified)."""
    row = _type(call)
    if row.is_default:
        raise call.refusal(400, "default incident type cannot be deleted", title="Bad Request")
    for definition in call.world.fields_of(row.id):
        call.world.field_definitions.remove(definition.id)
    for role in call.world.role_definitions:
        if role.incident_type_id == row.id:
            call.world.role_definitions.remove(role.id)
    call.world.incident_types.remove(row.id)
    return emptied()


def _type(call: Call) -> IncidentType:
    row = call.world.incident_types.get(call.ids["type_id"])
    if row is None:
        raise Refusal(404, None, backend=call.backend, title="Not Found", show_status=True)
    return row


def _dethrone(call: Call) -> None:
    call.world.incident_types.put(replace(call.world.default_type, is_default=False))


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=f"/incidents/config/types{rest}",
        permission=permission,
        handle=handle,
    )
    for method, rest, permission, handle in (
        ("GET", "", Permission.INCIDENT_READ, list_types),
        ("POST", "", Permission.SETTINGS_WRITE, create_type),
        ("GET", "/{type_id}", Permission.INCIDENT_READ, get_type),
        ("PATCH", "/{type_id}", Permission.SETTINGS_WRITE, patch_type),
        ("DELETE", "/{type_id}", Permission.SETTINGS_WRITE, delete_type),
    )
)
