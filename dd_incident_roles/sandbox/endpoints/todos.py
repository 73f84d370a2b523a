"""The tasks and follow-ups of an incident."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.sandbox.document import Document
from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.refusal import Backend
from dd_incident_roles.sandbox.render.belongings import TODOS, todo, todo_written
from dd_incident_roles.sandbox.render.shapes import offset_page
from dd_incident_roles.sandbox.state.belongings import Todo

LARGEST_PAGE = 100


def list_todos(call: Call) -> Answer:
    """Lists the todos; what the client does not document, size and offset, is unverified."""
    incident = call.incident()
    size = call.number("page[size]", default=LARGEST_PAGE, most=LARGEST_PAGE)
    offset = call.number("page[offset]", default=0)
    rows = call.world.todos.where(lambda row: row.incident_id == incident.id)
    page = rows[offset : offset + size]
    return call.answer(
        {"data": [todo(row) for row in page], "meta": offset_page(offset, len(page))}
    )


def get_todo(call: Call) -> Answer:
    """Shows one todo."""
    return call.answer({"data": todo(_todo(call))})


def create_todo(call: Call) -> Answer:
    """Adds a todo."""
    incident = call.incident()
    document = call.document(TODOS)
    now = call.world.clock()
    row = Todo(
        id=call.world.ids(),
        incident_id=incident.id,
        created=now,
        modified=now,
        created_by=call.caller,
        last_modified_by=call.caller,
        content=document.required_text("content"),
    )
    row = call.world.todos.put(_described(row, document))
    return call.answer({"data": todo_written(call.world, row, created=True)}, status=201)


def patch_todo(call: Call) -> Answer:
    """Changes a todo."""
    row = _todo(call)
    document = call.document(TODOS)
    if document.has("content"):
        row = replace(row, content=document.required_text("content"))
    row = replace(
        _described(row, document), modified=call.world.clock(), last_modified_by=call.caller
    )
    call.world.todos.put(row)
    return call.answer({"data": todo_written(call.world, row, created=False)})


def delete_todo(call: Call) -> Answer:
    """Forgets a todo."""
    call.world.todos.remove(_todo(call).id)
    return emptied(html=True)


def _todo(call: Call) -> Todo:
    incident = call.incident()
    row = call.world.todos.get(call.ids["todo_id"])
    if row is None or row.incident_id != incident.id:
        raise call.refusal(404, f"{call.ids['todo_id']} not found")
    return row


def _described(row: Todo, document: Document) -> Todo:
    if document.has("assignees"):
        row = replace(row, assignees=tuple(document.rows("assignees")))
    if document.has("completed"):
        row = replace(row, completed=document.moment("completed"))
    if document.has("due_date"):
        row = replace(row, due_date=document.moment("due_date"))
    return row


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=f"/incidents/{{incident_id}}/relationships/todos{rest}",
        permission=permission,
        handle=handle,
        backend=Backend.OLDER,
        switch=lambda capabilities: capabilities.todos,
    )
    for method, rest, permission, handle in (
        ("GET", "", Permission.INCIDENT_READ, list_todos),
        ("POST", "", Permission.INCIDENT_WRITE, create_todo),
        ("GET", "/{todo_id}", Permission.INCIDENT_READ, get_todo),
        ("PATCH", "/{todo_id}", Permission.INCIDENT_WRITE, patch_todo),
        ("DELETE", "/{todo_id}", Permission.INCIDENT_WRITE, delete_todo),
    )
)
