"""The tasks and follow-ups of an incident, of which the product reads the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.world import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo(Row):
    """A task or follow-up; assignees are handles, or objects for people of a chat."""

    incident_id: str
    content: str
    assignees: tuple[object, ...] = ()
    completed: datetime | None = None
    due_date: datetime | None = None


def shown(row: Todo) -> api.Json:
    """Renders a todo as the list does: ids of users, no users (recording)."""
    attributes: api.Json = {
        "created": api.older(row.created),
        "modified": api.older(row.modified),
        "completed": None if row.completed is None else api.older(row.completed),
        "due_date": None if row.due_date is None else api.older(row.due_date),
        **api.picked(row, "assignees", "content", "incident_id"),
        "created_by_uuid": row.created_by,
        "last_modified_by_uuid": row.last_modified_by,
    }
    return api.resource("incident_todos", row.id, attributes, api.authors(row))


def list_todos(call: api.Call) -> api.Answer:
    """Lists the todos; what the client does not document, size and offset, is unverified."""
    incident, window = call.incident(), call.window(default=api.LARGEST_PAGE)
    rows = call.world.todos.of("incident_id", incident.id)[window]
    return call.answer(
        [shown(row) for row in rows], {"meta": api.offset_page(window.start, len(rows))}
    )


ENDPOINTS = api.family(
    "/incidents/{incident_id}/relationships/todos",
    {"GET": list_todos},
    read=api.Permission.INCIDENT_READ,
    backend=api.Backend.OLDER,
    switch=lambda switches: switches.todos,
)
