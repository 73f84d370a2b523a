"""What other products keep about an incident: written by the older back-end, read by the newer."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.refusal import Backend
from dd_incident_roles.sandbox.render.belongings import (
    INTEGRATIONS,
    integration,
    integration_written,
)
from dd_incident_roles.sandbox.render.shapes import Json
from dd_incident_roles.sandbox.state.belongings import Integration

_READ = Permission.INCIDENT_READ
_WRITE = Permission.INCIDENT_WRITE
MANUALLY_CREATED = 3
MANUALLY_UPDATED = 4


def list_integrations(call: Call) -> Answer:
    """Lists the integrations; the next offset is a whole page ahead (recording)."""
    incident = call.incident()
    rows = call.world.integrations.where(lambda row: row.incident_id == incident.id)
    page: Json = {"pagination": {"offset": 0, "next_offset": 25, "size": len(rows)}}
    return call.answer({"data": [integration(row) for row in rows], "meta": page})


def get_integration(call: Call) -> Answer:
    """Shows one integration."""
    return call.answer({"data": integration(_integration(call))})


def create_integration(call: Call) -> Answer:
    """Adds an integration; its status is "manually created", whatever was asked (recording)."""
    incident = call.incident()
    document = call.document(INTEGRATIONS)
    now = call.world.clock()
    row = call.world.integrations.put(
        Integration(
            id=call.world.ids(),
            incident_id=incident.id,
            created=now,
            modified=now,
            created_by=call.caller,
            last_modified_by=call.caller,
            integration_type=document.number("integration_type", default=0),
            status=MANUALLY_CREATED,
            metadata=document.mapping("metadata"),
        )
    )
    return call.answer({"data": integration_written(call.world, row)}, status=201)


def patch_integration(call: Call) -> Answer:
    """Changes an integration."""
    row = _integration(call)
    document = call.document(INTEGRATIONS)
    row = replace(
        row,
        integration_type=document.number("integration_type", default=row.integration_type),
        metadata=document.mapping("metadata") or row.metadata,
        status=MANUALLY_UPDATED,
        modified=call.world.clock(),
        last_modified_by=call.caller,
    )
    call.world.integrations.put(row)
    return call.answer({"data": integration_written(call.world, row)})


def delete_integration(call: Call) -> Answer:
    """Forgets an integration."""
    call.world.integrations.remove(_integration(call).id)
    return emptied()


def _integration(call: Call) -> Integration:
    incident = call.incident()
    row = call.world.integrations.get(call.ids["integration_id"])
    if row is None or row.incident_id != incident.id:
        raise call.refusal(404, "incident integration doesn't exist")
    return row


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=f"/incidents/{{incident_id}}/relationships/integrations{rest}",
        permission=permission,
        handle=handle,
        backend=backend,
    )
    for method, rest, permission, handle, backend in (
        ("GET", "", _READ, list_integrations, Backend.NEWER),
        ("POST", "", _WRITE, create_integration, Backend.OLDER),
        ("GET", "/{integration_id}", _READ, get_integration, Backend.NEWER),
        ("PATCH", "/{integration_id}", _WRITE, patch_integration, Backend.OLDER),
        (
            "DELETE",
            "/{integration_id}",
            Permission.INCIDENT_WRITE,
            delete_integration,
            Backend.NEWER,
        ),
    )
)
