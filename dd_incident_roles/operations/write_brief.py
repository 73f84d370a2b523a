"""Putting a handoff brief together: from Datadog where it answers, else from the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.model import Entry, IncidentId, Person
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.change_role import DecideChange
from dd_incident_roles.operations.find_role import RoleOfIncident
from dd_incident_roles.operations.look import Sight, look
from dd_incident_roles.operations.recorded_facts import recorded_facts
from dd_incident_roles.policy.clock import is_required
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.timeline.brief import (
    Brief,
    HeldRole,
    Promise,
    brief_lines,
    last_important,
)
from dd_incident_roles.timeline.replay import replay_entries


def write_brief(
    application: Application,
    named: RoleOfIncident,
    decide: DecideChange,
    *,
    receiver: Person,
    note: str | None,
    live: bool,
) -> tuple[str, ...]:
    """The brief for whoever takes over a role, as lines; it shows them in the role already.

    ``decide`` is what the handoff does to the ledger. With ``live`` the brief is written from what
    Datadog shows now, and what stands in the way of reading that is raised; else from the record,
    and empty where the record never saw the incident.
    """
    incident_id = named.incident_id
    facts, entries = (
        _seen(application, incident_id) if live else _recorded(application, incident_id)
    )
    if facts is None:
        return (f"Note: {note}",) if note else ()
    promises, unread = (
        _promises(application, incident_id) if live else (None, "Datadog was not asked")
    )
    brief = Brief(
        incident=facts.incident,
        roles=tuple(_roles(application, facts, named.role, decide, receiver)),
        important=last_important(tuple(entries)),
        promises=promises,
        note=note,
        unread=unread,
    )
    return brief_lines(brief, application.now())


def _seen(
    application: Application, incident_id: IncidentId
) -> tuple[Facts | None, Iterable[Entry]]:
    [seen] = look(application, [incident_id])
    if not isinstance(seen, Sight):
        raise seen.failures[0].error
    plan = seen.plan
    return seen.facts, replay_entries(plan.state.timeline, plan.timeline.edits).entries


def _recorded(
    application: Application, incident_id: IncidentId
) -> tuple[Facts | None, Iterable[Entry]]:
    incident = application.record.incident(incident_id)
    if incident is None:
        return None, ()
    return recorded_facts(application, incident), application.record.entries(incident_id)


def _roles(
    application: Application, facts: Facts, taken: Role, decide: DecideChange, receiver: Person
) -> Iterator[HeldRole]:
    """Who holds what once the role has changed hands."""
    known = {holding.person.key: holding.person for holding in facts.holdings}
    known[receiver.key] = receiver
    for role in facts.catalogue.roles:
        required = is_required(facts, role, application.now())
        held: dict[str | None, list[str]] = {}
        if role.key == taken.key:
            for row in decide(facts.intervals).after:
                person = known.get(row.person) or application.person(row.person)
                held.setdefault(row.stream, []).append(person.label)
        else:
            for holding in facts.holdings_of(role.key):
                held.setdefault(holding.stream, []).append(holding.person.label)
        for line in sorted(held, key=lambda name: (name is not None, name or "")) or [None]:
            yield HeldRole(
                title=role.title,
                stream=line,
                holders=tuple(held.get(line, ())),
                required=required,
            )


def _promises(
    application: Application, incident_id: IncidentId
) -> tuple[tuple[Promise, ...] | None, str | None]:
    """The open tasks, those that are due first before the others."""
    try:
        todos = application.todos.of(incident_id)
    except IncidentRolesError as error:
        return None, error.message.rstrip(".")
    waiting = [todo for todo in todos if todo.is_open]
    ordered = sorted(waiting, key=lambda todo: (todo.due is None, todo.due or 0, todo.content))
    return tuple(
        Promise(text=todo.content, people=tuple(map(_plain, todo.assignees)), due=todo.due)
        for todo in ordered
    ), None


def _plain(assignee: str) -> str:
    """A handle that calls nobody: the brief becomes an entry that others may mirror."""
    return assignee.removeprefix("@")
