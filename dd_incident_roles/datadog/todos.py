"""The tasks and follow-ups of an incident."""

from __future__ import annotations

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paths import INCIDENTS, path
from dd_incident_roles.datadog.wire.todos import Todo, parse_todos
from dd_incident_roles.model import IncidentId


class Todos:
    """Todos of incidents; reading them needs incident_read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, incident_id: IncidentId) -> tuple[Todo, ...]:
        """Read every todo, done or not, in the order of Datadog.

        The answer says ``next_offset`` on its last page as well (recording), so only a page with
        nothing new ends the reading. The released client knows no parameters here: the first
        request has none, and that a later ``page[offset]`` is obeyed is unverified.
        """
        where = path(INCIDENTS, incident_id, "relationships", "todos")
        found: dict[str, Todo] = {}
        while True:
            params = (("page[offset]", str(len(found))),) if found else ()
            page = self._session.get(where, parse_todos, params)
            new = {todo.id: todo for todo in page if todo.id not in found}
            if not new:
                return tuple(found.values())
            found.update(new)
