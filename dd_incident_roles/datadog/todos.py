"""The tasks and follow-ups of an incident, as their listing shows them (recorded)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.model import IncidentId
from dd_incident_roles.values import frozen


@frozen
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


class Todos:
    """Todos of incidents; reading them needs incident_read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, incident_id: IncidentId) -> tuple[Todo, ...]:
        """Read every todo, done or not, in the order of Datadog."""
        where = wire.path(wire.INCIDENTS, incident_id, "relationships", "todos")
        read = wire.reads_page(_todo)
        rows = wire.paged(
            # The released client knows no parameters here: the first request has none, and that a
            # later page[offset] is obeyed is unverified.
            lambda _, seen: self._session.get(
                where, read, (("page[offset]", str(seen)),) if seen else ()
            )
        )
        return tuple(todo for _, todo in rows)


def _todo(resource: wire.Object) -> tuple[str, Todo]:
    attributes = wire.object_at(resource, "attributes")
    content = wire.text(attributes, "content") or ""
    todo_id = wire.identifier(resource) or f"without an id: {content}"
    return todo_id, Todo(
        id=todo_id,
        content=content,
        assignees=tuple(_assignees(attributes)),
        due=wire.time_at(attributes, "due_date"),
        completed=wire.time_at(attributes, "completed"),
    )


def _assignees(attributes: wire.Object) -> Iterator[str]:
    """One list holds both handles and objects (recorded); an object may lack its name."""
    listed = attributes.get("assignees")
    for item in listed if isinstance(listed, list) else []:
        shown = (
            wire.text(item, "name") or wire.text(item, "id")
            if isinstance(item, dict)
            else wire.text({"handle": item}, "handle")
        )
        if shown:
            yield shown
