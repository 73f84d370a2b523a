"""The incidents themselves: list, get, declare, edit, delete."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.sandbox.document import Document
from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.refusal import Backend, Refusal
from dd_incident_roles.sandbox.render.incident import as_recorded, attributes, relationships
from dd_incident_roles.sandbox.render.shapes import Json, offset_page, reference, resource
from dd_incident_roles.sandbox.render.user import included_user, nested_user
from dd_incident_roles.sandbox.state.declaring import declare, write_properties
from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.staffing import appoint_commander, join, touch
from dd_incident_roles.sandbox.state.timeline import forget_timeline, note_status
from dd_incident_roles.sandbox.state.world import World
from dd_incident_roles.sandbox.switches import Switch

DEFAULT_PAGE = 10
LARGEST_PAGE = 100


def list_incidents(call: Call) -> Answer:
    """Lists incidents of every state, oldest first (recording)."""
    offset = call.number("page[offset]", default=0)
    size = call.number("page[size]", default=DEFAULT_PAGE, most=LARGEST_PAGE)
    rows = sorted(call.world.incidents, key=lambda row: (row.created, row.public_id))
    page = [row for row in rows if call.sees(row)][offset : offset + size]
    body: Json = {
        "data": [incident_read(call.world, row) for row in page],
        "meta": offset_page(offset, len(page)),
    }
    return call.answer(_with_users(call, body, page))


def get_incident(call: Call) -> Answer:
    """Shows one incident."""
    row = call.incident()
    return call.answer(_with_users(call, {"data": incident_read(call.world, row)}, [row]))


def create_incident(call: Call) -> Answer:
    """Declares an incident."""
    document = call.document("incidents")
    row = declare(
        call.world,
        title=document.required_text("title"),
        by=call.caller,
        incident_type_id=document.text("incident_type_uuid"),
        customer_impacted=document.flag("customer_impacted"),
        customer_impact_scope=document.text("customer_impact_scope"),
        is_test=document.flag("is_test"),
        commander=_commander(call, document),
    )
    try:
        row = write_properties(call.world, row, document.mapping("fields"))
        # declared as resolved, it has no time of resolution (recording)
        row = replace(
            row, notification_handles=document.texts("notification_handles"), resolved=None
        )
    except Refusal:
        _forget(call.world, row)
        raise
    call.world.incidents.put(row)
    return call.answer({"data": incident_created(call.world, row)}, status=201)


def patch_incident(call: Call) -> Answer:
    """Edits an incident; the caller becomes a responder whatever was edited (recording)."""
    before = call.incident()
    document = call.document("incidents")
    commander = _commander(call, document)
    row = write_properties(call.world, before, document.mapping("fields"))
    row = _edited(row, document)
    call.world.incidents.put(row)
    note_status(call.world, before, row)
    if document.relates("commander_user"):
        appoint_commander(call.world, row.id, commander, by=call.caller)
    join(call.world, row.id, call.caller, by=call.caller, acted=True)
    row = touch(call.world, call.incident(), by=call.caller)
    return call.answer({"data": incident_patched(call.world, row)})


def delete_incident(call: Call) -> Answer:
    """Deletes an incident and what hangs on it."""
    _forget(call.world, call.incident())
    return emptied(html=True)


def _forget(world: World, row: Incident) -> None:
    for held in world.assignments_of(row.id):
        world.assignments.remove(held.id)
    for part in world.responders_of(row.id):
        world.responders.remove(part.id)
    forget_timeline(world, row.id)
    world.incidents.remove(row.id)


def _commander(call: Call, document: Document) -> str | None:
    # what an unknown or deactivated user gives is unverified
    user_id = document.related("commander_user")
    if user_id is None:
        return None
    user = call.world.users.get(user_id)
    if user is None or user.disabled:
        raise call.refusal(400, f"user {user_id} not found")
    return user.id


def _edited(row: Incident, document: Document) -> Incident:
    if document.has("title"):
        row = replace(row, title=document.required_text("title"))
    if document.has("customer_impacted"):
        row = replace(row, customer_impacted=document.flag("customer_impacted"))
    if document.has("customer_impact_scope"):
        row = replace(row, customer_impact_scope=document.text("customer_impact_scope"))
    if document.has("customer_impact_start"):
        row = replace(row, customer_impact_start=document.moment("customer_impact_start"))
    if document.has("customer_impact_end"):
        row = replace(row, customer_impact_end=document.moment("customer_impact_end"))
    if document.has("detected"):
        row = replace(row, detected=document.moment("detected") or row.detected)
    if document.has("notification_handles"):
        row = replace(row, notification_handles=document.texts("notification_handles"))
    return row


def _with_users(call: Call, body: Json, rows: list[Incident]) -> Json:
    if not call.includes("users"):
        return body
    match call.world.capabilities.include_users:
        case Switch.ON:
            body["included"] = included_users(call.world, rows)
        case Switch.FORBIDDEN:
            raise call.refusal(403, "Forbidden")
        case Switch.MISSING:
            pass
    return body


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/incidents",
        permission=Permission.INCIDENT_READ,
        handle=list_incidents,
        backend=Backend.OLDER,
    ),
    Endpoint(
        method="GET",
        path="/incidents/{incident_id}",
        permission=Permission.INCIDENT_READ,
        handle=get_incident,
        backend=Backend.OLDER,
    ),
    Endpoint(
        method="POST",
        path="/incidents",
        permission=Permission.INCIDENT_WRITE,
        handle=create_incident,
        backend=Backend.OLDER,
    ),
    Endpoint(
        method="PATCH",
        path="/incidents/{incident_id}",
        permission=Permission.INCIDENT_WRITE,
        handle=patch_incident,
        backend=Backend.OLDER,
    ),
    Endpoint(
        method="DELETE",
        path="/incidents/{incident_id}",
        permission=Permission.INCIDENT_WRITE,
        handle=delete_incident,
        backend=Backend.OLDER,
    ),
)


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
