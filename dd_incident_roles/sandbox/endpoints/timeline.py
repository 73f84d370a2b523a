"""The timeline of an incident; real, used for years, and never documented (unverified)."""

from __future__ import annotations

from collections.abc import Iterable

from dd_incident_roles.sandbox.document import Document
from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.render.shapes import Json, offset_page, reference, resource
from dd_incident_roles.sandbox.render.times import newer
from dd_incident_roles.sandbox.render.user import included_user, nested_user
from dd_incident_roles.sandbox.state.cell import BY_KEYS, NOTE, Cell
from dd_incident_roles.sandbox.state.staffing import join, touch
from dd_incident_roles.sandbox.state.timeline import (
    listed,
    remove_note,
    rewrite_note,
    write_note,
)
from dd_incident_roles.sandbox.state.world import World
from dd_incident_roles.sandbox.switches import Capabilities, Switch
from dd_incident_roles.sandbox.timeline_quirks import AuthorShown, ContentAccepted, ContentShown

DEFAULT_PAGE = 10
LARGEST_PAGE = 100


def list_cells(call: Call) -> Answer:
    """Lists the timeline, oldest first: whole, or by page where that is switched on."""
    rows = listed(call.world, call.incident().id)
    body: Json = {}
    if call.world.timeline_quirks.timeline_pages:
        offset = call.number("page[offset]", default=0)
        size = call.number("page[size]", default=DEFAULT_PAGE, most=LARGEST_PAGE)
        rows = rows[offset : offset + size]
        body["meta"] = offset_page(offset, len(rows))
    body["data"] = [cell(call.world, row) for row in rows]
    return call.answer({**body, **cell_authors(call.world, rows)})


def create_cell(call: Call) -> Answer:
    """Adds a note of the caller, who becomes a responder (document)."""
    incident = call.incident()
    document = call.document(CELLS)
    if document.text("cell_type") != NOTE:
        raise document.refused("invalid cell_type")
    text = _text(call, document)
    quirks = call.world.timeline_quirks
    row = write_note(
        call.world,
        incident.id,
        text,
        author=call.caller,
        source=BY_KEYS,
        at=document.moment("display_time") if quirks.timeline_display_time else None,
        important=document.flag("important") if quirks.timeline_important else False,
    )
    _note_caller(call)
    return call.answer(written_cell(call.world, row), status=201)


def patch_cell(call: Call) -> Answer:
    """Changes a note of the caller; what the body leaves out stays."""
    row = _own(call)
    document = call.document(CELLS)
    quirks = call.world.timeline_quirks
    important = document.flag("important") if document.has("important") else None
    row = rewrite_note(
        call.world,
        row,
        text=_text(call, document) if document.has("content") else None,
        at=document.moment("display_time") if quirks.timeline_display_time else None,
        important=important if quirks.timeline_important else None,
    )
    _note_caller(call)
    return call.answer(written_cell(call.world, row))


def delete_cell(call: Call) -> Answer:
    """Removes a note of the caller."""
    remove_note(call.world, _own(call))
    _note_caller(call)
    return emptied()


def _own(call: Call) -> Cell:
    incident = call.incident()
    row = call.world.cells.get(call.ids["cell_id"])
    if row is None or row.incident_id != incident.id:
        raise call.refusal(404, "timeline cell not found")
    if not row.is_note:
        raise call.refusal(403, "timeline cell cannot be changed", title="Forbidden")
    if row.author != call.caller and call.world.timeline_quirks.timeline_protects_others:
        raise call.refusal(403, "timeline cell belongs to another user", title="Forbidden")
    return row


def _text(call: Call, document: Document) -> str:
    content = document.mapping("content")
    accepted = call.world.timeline_quirks.timeline_accepts
    if accepted is ContentAccepted.EITHER:
        text = content.get("content", content.get("message"))
    else:
        text = content.get(accepted.value)
    if not isinstance(text, str) or not text.strip():
        name = "content" if accepted is ContentAccepted.EITHER else accepted.value
        raise document.refused(f"invalid timeline cell content: {name} is required")
    return text


def _note_caller(call: Call) -> None:
    incident = call.incident()
    join(call.world, incident.id, call.caller, by=call.caller, acted=True)
    touch(call.world, incident, by=call.caller)


def _reading(capabilities: Capabilities) -> Switch:
    return capabilities.timeline


def _writing(capabilities: Capabilities) -> Switch:
    reading = capabilities.timeline
    return capabilities.timeline_writes if reading is Switch.ON else reading


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=f"/incidents/{{incident_id}}/timeline{rest}",
        permission=permission,
        handle=handle,
        switch=switch,
    )
    for method, rest, permission, handle, switch in (
        ("GET", "", Permission.INCIDENT_READ, list_cells, _reading),
        ("POST", "", Permission.INCIDENT_WRITE, create_cell, _writing),
        ("PATCH", "/{cell_id}", Permission.INCIDENT_WRITE, patch_cell, _writing),
        ("DELETE", "/{cell_id}", Permission.INCIDENT_WRITE, delete_cell, _writing),
    )
)


CELLS = "incident_timeline_cells"


def cell(world: World, row: Cell) -> Json:
    """Renders an entry (unreleased specification, and what other people's tools read)."""
    quirks = world.timeline_quirks
    shown: Json = {
        "cell_type": row.cell_type,
        "created": newer(row.created),
        "modified": newer(row.modified),
        "incident_id": row.incident_id,
        "source": row.source,
        "parent_uuid": row.parent_id,
        **_content(row, quirks.timeline_content),
    }
    if quirks.timeline_display_time:
        shown["display_time"] = newer(row.display_time)
    if quirks.timeline_important:
        shown["important"] = row.important
    match quirks.timeline_authors:
        case AuthorShown.NONE:
            return resource(CELLS, row.id, shown)
        case AuthorShown.ATTRIBUTE:
            return resource(CELLS, row.id, {**shown, "author": nested_user(world, row.author)})
        case AuthorShown.RELATIONSHIP:
            return resource(
                CELLS, row.id, shown, {"created_by_user": reference("users", row.author)}
            )


def written_cell(world: World, row: Cell) -> Json:
    """Renders the answer to a write, which may hold no more than the id."""
    if world.timeline_quirks.timeline_bare_answers:
        return {"data": {"type": CELLS, "id": row.id}}
    return {"data": cell(world, row), **cell_authors(world, [row])}


def cell_authors(world: World, rows: Iterable[Cell]) -> Json:
    """Renders who wrote the entries, once each, where they are named by their ids."""
    if world.timeline_quirks.timeline_authors is not AuthorShown.RELATIONSHIP:
        return {}
    named = dict.fromkeys(row.author for row in rows if row.author is not None)
    users = (world.users.get(user_id) for user_id in named)
    return {"included": [included_user(user) for user in users if user is not None]}


def _content(row: Cell, shown: ContentShown) -> Json:
    if not row.is_note or row.facts:
        return {"content": dict(row.facts)}
    match shown:
        case ContentShown.CONTENT:
            return {"content": {"content": row.text}}
        case ContentShown.MESSAGE:
            return {"content": {"message": row.text}}
        case ContentShown.PLAIN:
            return {"content": row.text}
        case ContentShown.ATTRIBUTE:
            return {"message": row.text}
