"""The tasks and follow-ups of an incident, as their listing shows them (recorded)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.datadog.wire.reader import (
    Object,
    document,
    identifier,
    object_at,
    required_objects,
    text,
)
from dd_incident_roles.datadog.wire.times import time_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """One task or follow-up; times are in UTC.

    It is only ever shown, so that one without an id is known by its content.
    ``assignees`` are texts as Datadog shows them, of no fixed form: "@" with a handle, or the name
    of somebody in a chat. ``content`` is empty where Datadog shows none.
    """

    id: str
    content: str = ""
    assignees: tuple[str, ...] = ()
    due: datetime | None = None
    completed: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.completed is None


def parse_todos(body: bytes) -> tuple[Todo, ...]:
    """Read one page of todos; raises UnexpectedAnswer."""
    return tuple(_todo(item) for item in required_objects(document(body), "data"))


def _todo(resource: Object) -> Todo:
    attributes = object_at(resource, "attributes")
    content = text(attributes, "content") or ""
    return Todo(
        id=identifier(resource) or f"without an id: {content}",
        content=content,
        assignees=tuple(_assignees(attributes)),
        due=time_at(attributes, "due_date"),
        completed=time_at(attributes, "completed"),
    )


def _assignees(attributes: Object) -> Iterator[str]:
    """One list holds both handles and objects (recorded); an object may lack its name."""
    listed = attributes.get("assignees")
    for item in listed if isinstance(listed, list) else []:
        shown = (
            text(item, "name") or text(item, "id")
            if isinstance(item, dict)
            else text({"handle": item}, "handle")
        )
        if shown:
            yield shown
