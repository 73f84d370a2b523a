"""The impacts of an incident."""

from __future__ import annotations

from dd_incident_roles.sandbox.endpoint import (
    NIL_ID,
    Answer,
    Call,
    Endpoint,
    Permission,
    emptied,
    is_uuid,
)
from dd_incident_roles.sandbox.render.belongings import IMPACTS, impact
from dd_incident_roles.sandbox.state.belongings import Impact
from dd_incident_roles.sandbox.state.incident import Incident


def list_impacts(call: Call) -> Answer:
    """Lists the impacts."""
    incident = _incident(call)
    rows = call.world.impacts.where(lambda row: row.incident_id == incident.id)
    return call.answer({"data": [impact(row) for row in rows]})


def create_impact(call: Call) -> Answer:
    """Adds an impact."""
    incident = _incident(call)
    document = call.document(IMPACTS)
    started = document.moment("start_at")
    if started is None:
        raise call.refusal(400, "start_at is required", title="Bad Request")
    now = call.world.clock()
    row = call.world.impacts.put(
        Impact(
            id=call.world.ids(),
            incident_id=incident.id,
            created=now,
            modified=now,
            created_by=call.caller,
            last_modified_by=call.caller,
            description=document.required_text("description"),
            start_at=started,
            end_at=document.moment("end_at"),
            fields=document.mapping("fields") or None,
        )
    )
    return call.answer({"data": impact(row)}, status=201)


def delete_impact(call: Call) -> Answer:
    """Forgets an impact; the incident of the path does not matter to the refusal (recording)."""
    row = call.world.impacts.get(call.ids["impact_id"])
    if row is None or row.incident_id != call.ids["incident_id"]:
        raise call.refusal(
            404, "rpc error: code = NotFound desc = impact not found: impact not found"
        )
    call.world.impacts.remove(row.id)
    return emptied()


def _incident(call: Call) -> Incident:
    incident_id = call.ids["incident_id"]
    if incident_id == NIL_ID:
        raise call.refusal(
            400,
            "invalid impact data: incident id is required: invalid impact",
            title="Bad Request",
        )
    if is_uuid(incident_id) and call.world.incidents.get(incident_id) is None:
        raise call.refusal(
            404,
            "rpc error: code = NotFound desc = incident not found: "
            "failed to get incident: incident not found",
        )
    return call.incident()


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=f"/incidents/{{incident_id}}/impacts{rest}",
        permission=permission,
        handle=handle,
    )
    for method, rest, permission, handle in (
        ("GET", "", Permission.INCIDENT_READ, list_impacts),
        ("POST", "", Permission.INCIDENT_WRITE, create_impact),
        ("DELETE", "/{impact_id}", Permission.INCIDENT_WRITE, delete_impact),
    )
)
