"""Roles given to responders; real, but never released (unverified throughout)."""

from __future__ import annotations

from dd_incident_roles.sandbox.document import Document
from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.render.response_team import ROLE_ASSIGNMENTS, assignment
from dd_incident_roles.sandbox.state.response_team import Assignment, Responder
from dd_incident_roles.sandbox.state.settings import RoleDefinition
from dd_incident_roles.sandbox.state.staffing import assign, unassign


def create_assignment(call: Call) -> Answer:
    """Gives a role to a responder; the incident is that of the responder."""
    document = call.document(ROLE_ASSIGNMENTS)
    responder_id = document.related("responder")
    part = call.world.responders.get(responder_id) if responder_id is not None else None
    if part is None:
        raise call.refusal(404, "responder not found")
    row = assign(call.world, part, _role(call, document, part), by=call.caller)
    return call.answer({"data": assignment(call.world, row)}, status=201)


def get_assignment(call: Call) -> Answer:
    """Shows one role assignment."""
    return call.answer({"data": assignment(call.world, _assignment(call))})


def delete_assignment(call: Call) -> Answer:
    """Takes the role away."""
    unassign(call.world, _assignment(call), by=call.caller)
    return emptied()


def _assignment(call: Call) -> Assignment:
    row = call.world.assignments.get(call.ids["assignment_id"])
    if row is None:
        raise call.refusal(404, "role assignment not found")
    return row


def _role(call: Call, document: Document, part: Responder) -> RoleDefinition:
    reserved = document.related("reserved_role")
    own = document.related("user_defined_role")
    if (reserved is None) == (own is None):
        raise call.refusal(400, "exactly one role is required", title="Bad Request")
    role = call.world.role_definitions.get(reserved or own or "")
    if role is None or role.reserved != (own is None):
        raise call.refusal(404, "role not found")
    incident = call.world.incidents.get(part.incident_id)
    of_type = None if incident is None else incident.incident_type_id
    if not role.reserved and role.incident_type_id != of_type:
        raise call.refusal(400, "role belongs to another incident type", title="Bad Request")
    return role


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=path,
        permission=permission,
        handle=handle,
        switch=lambda capabilities: capabilities.role_assignments,
    )
    for method, path, permission, handle in (
        ("POST", "/incidents/role_assignments", Permission.INCIDENT_WRITE, create_assignment),
        (
            "GET",
            "/incidents/role_assignments/{assignment_id}",
            Permission.INCIDENT_READ,
            get_assignment,
        ),
        (
            "DELETE",
            "/incidents/role_assignments/{assignment_id}",
            Permission.INCIDENT_WRITE,
            delete_assignment,
        ),
    )
)
