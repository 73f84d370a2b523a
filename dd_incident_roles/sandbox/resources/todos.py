"""The tasks and follow-ups of an incident, of which the product reads the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.sandbox.api import LARGEST_PAGE, Answer, Backend, Call, Permission, family
from dd_incident_roles.sandbox.shapes import Json, authors, offset_page, older, resource
from dd_incident_roles.sandbox.world import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo(Row):
    """A task or follow-up; assignees are handles, or objects for people of a chat."""

    incident_id: str
    content: str
    assignees: tuple[object, ...] = ()
    completed: datetime | None = None
    due_date: datetime | None = None


def shown(row: Todo) -> Json:
    """Renders a todo as the list does: ids of users, no users (recording)."""
    attributes: Json = {
        "created": older(row.created),
        "modified": older(row.modified),
        "completed": None if row.completed is None else older(row.completed),
        "due_date": None if row.due_date is None else older(row.due_date),
        "assignees": list(row.assignees),
        "content": row.content,
        "incident_id": row.incident_id,
        "created_by_uuid": row.created_by,
        "last_modified_by_uuid": row.last_modified_by,
    }
    return resource("incident_todos", row.id, attributes, authors(row))


def list_todos(call: Call) -> Answer:
    """Lists the todos; what the client does not document, size and offset, is unverified."""
    incident, window = call.incident(), call.window(default=LARGEST_PAGE)
    rows = call.world.todos.where(lambda row: row.incident_id == incident.id)[window]
    return call.answer([shown(row) for row in rows], {"meta": offset_page(window.start, len(rows))})


ENDPOINTS = family(
    "/incidents/{incident_id}/relationships/todos",
    {"GET": list_todos},
    read=Permission.INCIDENT_READ,
    backend=Backend.OLDER,
    switch=lambda switches: switches.todos,
)
