"""The roles that an organisation defines, and those that Datadog brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dd_incident_roles.sandbox.document import Document
from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.render.response_team import USER_DEFINED_ROLES, role
from dd_incident_roles.sandbox.state.settings import RESERVED_NAMES, RoleDefinition

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 1024


def list_roles(call: Call) -> Answer:
    """Lists the user-defined roles, of one incident type or of all; there is no paging."""
    wanted = call.query.get("filter[incident-type]")
    rows = [
        row
        for row in call.world.role_definitions
        if not row.reserved and wanted in (None, row.incident_type_id)
    ]
    return call.answer({"data": [role(row) for row in rows]})


def get_role(call: Call) -> Answer:
    """Shows one user-defined role."""
    return call.answer({"data": role(_role(call, reserved=False))})


def create_role(call: Call) -> Answer:
    """Defines a role in one incident type; reserved names are refused (document)."""
    document = call.document(USER_DEFINED_ROLES)
    type_id = document.related("incident_type")
    if type_id is None or call.world.incident_types.get(type_id) is None:
        raise call.refusal(400, "incident type doesn't exist", title="Bad Request")
    now = call.world.clock()
    row = call.world.role_definitions.put(
        RoleDefinition(
            id=call.world.ids(),
            name=_name(call, document),
            description=_description(call, document),
            is_single=_is_single(call, document.mapping("policy")),
            incident_type_id=type_id,
            created=now,
            modified=now,
            created_by=call.caller,
            last_modified_by=call.caller,
        )
    )
    return call.answer({"data": role(row)}, status=201)


def patch_role(call: Call) -> Answer:
    """Changes a role; its incident type is not among what can be changed (document)."""
    row = _role(call, reserved=False)
    document = call.document(USER_DEFINED_ROLES)
    if document.has("name"):
        row = replace(row, name=_name(call, document))
    if document.has("description"):
        row = replace(row, description=_description(call, document))
    if document.has("policy"):
        row = replace(row, is_single=_is_single(call, document.mapping("policy")))
    now = call.world.clock()
    row = call.world.role_definitions.put(replace(row, modified=now, last_modified_by=call.caller))
    return call.answer({"data": role(row)})


def delete_role(call: Call) -> Answer:
    """Forgets a role and its assignments."""
    row = _role(call, reserved=False)
    for held in call.world.assignments:
        if held.role_id == row.id:
            call.world.assignments.remove(held.id)
    call.world.role_definitions.remove(row.id)
    return emptied()


def list_reserved(call: Call) -> Answer:
    """Lists the roles that Datadog brings (unverified)."""
    return call.answer({"data": [role(row) for row in call.world.role_definitions if row.reserved]})


def get_reserved(call: Call) -> Answer:
    """Shows one role that Datadog brings (unverified)."""
    return call.answer({"data": role(_role(call, reserved=True))})


def _role(call: Call, *, reserved: bool) -> RoleDefinition:
    row = call.world.role_definitions.get(call.ids["role_id"])
    if row is None or row.reserved != reserved:
        raise call.refusal(404, "role not found")
    return row


def _name(call: Call, document: Document) -> str:
    name = document.required_text("name")
    if name.strip().lower() in RESERVED_NAMES:
        raise call.refusal(400, f"role name {name} is reserved", title="Bad Request")
    if len(name) > LONGEST_NAME:
        raise call.refusal(400, "role name is too long", title="Bad Request")
    return name


def _description(call: Call, document: Document) -> str | None:
    description = document.text("description")
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        raise call.refusal(400, "role description is too long", title="Bad Request")
    return description


def _is_single(call: Call, policy: Mapping[str, object]) -> bool:
    value = policy.get("is_single", False)
    if not isinstance(value, bool):
        raise call.refusal(400, "is_single must be a boolean", title="Bad Request")
    return value


ENDPOINTS = (
    *(
        Endpoint(
            method=method,
            path=f"/incidents/config/user-defined-roles{rest}",
            permission=permission,
            handle=handle,
            switch=lambda capabilities: capabilities.user_defined_roles,
        )
        for method, rest, permission, handle in (
            ("GET", "", Permission.SETTINGS_READ, list_roles),
            ("POST", "", Permission.SETTINGS_WRITE, create_role),
            ("GET", "/{role_id}", Permission.SETTINGS_READ, get_role),
            ("PATCH", "/{role_id}", Permission.SETTINGS_WRITE, patch_role),
            ("DELETE", "/{role_id}", Permission.SETTINGS_WRITE, delete_role),
        )
    ),
    *(
        Endpoint(
            method="GET",
            path=f"/incidents/config/reserved-roles{rest}",
            permission=Permission.SETTINGS_READ,
            handle=handle,
            switch=lambda capabilities: capabilities.reserved_roles,
        )
        for rest, handle in (("", list_reserved), ("/{role_id}", get_reserved))
    ),
)
