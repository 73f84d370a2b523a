"""The responders of an incident; released as a preview, never recorded."""

from __future__ import annotations

from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.render.response_team import RESPONDERS, responder
from dd_incident_roles.sandbox.render.shapes import Json
from dd_incident_roles.sandbox.render.user import included_user
from dd_incident_roles.sandbox.state.response_team import Responder
from dd_incident_roles.sandbox.state.staffing import join, leave
from dd_incident_roles.sandbox.switches import DuplicateResponder


def list_responders(call: Call) -> Answer:
    """Lists every responder in one answer: there is no paging (client model)."""
    rows = call.world.responders_of(call.incident().id)
    if call.world.behaviour.responders_lost:
        rows = []
    body: Json = {"data": [responder(call.world, row) for row in rows]}
    if call.world.behaviour.responders_included:
        body["included"] = _users(call, rows)
    return call.answer(body)


def get_responder(call: Call) -> Answer:
    """Shows one responder."""
    return _one(call, _responder(call))


def create_responder(call: Call) -> Answer:
    """Adds a responder; what a second time does is a switch (unverified)."""
    incident = call.incident()
    user_id = call.document(RESPONDERS).related("user")
    user = call.world.users.get(user_id) if user_id is not None else None
    if user is None or user.disabled:
        raise call.refusal(400, "user not found", title="Bad Request")
    present = call.world.responder_of(incident.id, user.id)
    if present is not None:
        match call.world.behaviour.duplicate_responder:
            case DuplicateResponder.REFUSED:
                raise call.refusal(400, "user is already a responder", title="Bad Request")
            case DuplicateResponder.SAME_ROW:
                return _one(call, present, status=201)
    return _one(call, join(call.world, incident.id, user.id, by=call.caller), status=201)


def delete_responder(call: Call) -> Answer:
    """Removes a responder who holds no role and has done nothing (document)."""
    leave(call.world, _responder(call))
    return emptied()


def _responder(call: Call) -> Responder:
    incident = call.incident()
    row = call.world.responders.get(call.ids["responder_id"])
    if row is None or row.incident_id != incident.id:
        raise call.refusal(404, "responder not found")
    return row


def _one(call: Call, row: Responder, *, status: int = 200) -> Answer:
    body: Json = {"data": responder(call.world, row), "included": _users(call, [row])}
    return call.answer(body, status=status)


def _users(call: Call, rows: list[Responder]) -> list[Json]:
    found = (call.world.users.get(row.user_id) for row in rows if row.user_id is not None)
    return [included_user(user) for user in found if user is not None]


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=path,
        permission=permission,
        handle=handle,
        switch=lambda capabilities: capabilities.responders,
    )
    for method, path, permission, handle in (
        ("GET", "/incidents/{incident_id}/responders", Permission.INCIDENT_READ, list_responders),
        (
            "POST",
            "/incidents/{incident_id}/responders",
            Permission.INCIDENT_WRITE,
            create_responder,
        ),
        (
            "GET",
            "/incidents/{incident_id}/responders/{responder_id}",
            Permission.INCIDENT_READ,
            get_responder,
        ),
        (
            "DELETE",
            "/incidents/{incident_id}/responders/{responder_id}",
            Permission.INCIDENT_WRITE,
            delete_responder,
        ),
    )
)
