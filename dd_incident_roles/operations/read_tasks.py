"""The open tasks of incidents that are assigned to one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dd_incident_roles.datadog.wire.todos import Todo
from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.model import Incident, Person
from dd_incident_roles.operations.application import Application
from dd_incident_roles.report.mine_views import OwedTask, Unread
from dd_incident_roles.sync.threads import in_threads


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedTasks:
    """The open tasks of a person, the most overdue first, and the listings that lack."""

    tasks: tuple[OwedTask, ...]
    unread: tuple[Unread, ...]


def read_tasks(
    application: Application, incidents: Sequence[Incident], person: Person
) -> OwedTasks:
    """Read the tasks of incidents, several at a time, and keep those that the person owes."""
    names = _names(application, person)
    read = in_threads(
        lambda incident: _read(application, incident),
        incidents,
        at_most=application.settings.concurrency,
    )
    tasks = [
        OwedTask(incident=incident, id=todo.id, text=todo.content, due=todo.due)
        for incident, todos in zip(incidents, read, strict=True)
        if not isinstance(todos, Unread)
        for todo in todos
        if todo.is_open and any(assignee.strip().casefold() in names for assignee in todo.assignees)
    ]
    return OwedTasks(
        tasks=tuple(sorted(tasks, key=_soonest_first)),
        unread=tuple(each for each in read if isinstance(each, Unread)),
    )


def _read(application: Application, incident: Incident) -> tuple[Todo, ...] | Unread:
    try:
        return application.todos.of(incident.id)
    except IncidentRolesError as error:
        reason = f"the tasks: {error.message.rstrip('.')}"
        return Unread(incident=incident.public_id, reason=reason, hint=error.hint)


def _names(application: Application, person: Person) -> frozenset[str]:
    """Everything that an assignee can be called who is this person, in any case.

    Datadog shows a handle with an "@" before it, and somebody of a chat by name (recorded); a
    handle that is like a name is not that name.
    """
    entry = application.people.find(person.key)
    accounts = {person.key, person.email, person.handle, *(entry.accounts if entry else ())}
    named = {person.name, entry.name if entry else None}
    handles = {f"@{account}" for account in accounts if account}
    return frozenset(name.casefold() for name in {*accounts, *named, *handles} if name)


def _soonest_first(task: OwedTask) -> tuple[bool, float, int, str]:
    """What is due longest comes first, and what is due at no time last."""
    due = 0.0 if task.due is None else task.due.timestamp()
    return task.due is None, due, task.incident.public_id, task.id
