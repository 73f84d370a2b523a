"""``assign`` and ``unassign`` as operations: find what was named, decide, and carry it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.change_role import RoleChanged, change_role
from dd_incident_roles.commands.find_person import find_person, holder_named
from dd_incident_roles.commands.find_role import find_role
from dd_incident_roles.model import Assignment, IncidentId, Person, PersonKey, Source
from dd_incident_roles.roles.assign import assign
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.devising import check_may_hold
from dd_incident_roles.roles.ledger import LedgerChange, holders
from dd_incident_roles.roles.unassign import unassign


def assign_role(
    application: Application,
    incident: str,
    role: str,
    person: str,
    *,
    stream: str | None,
    sync: bool,
) -> RoleChanged:
    """Give somebody a role.

    Raises UsageError and its kinds for a name that fits nobody and nothing, before anything is
    recorded.
    """
    named = find_role(application, incident, role)
    incident_id, wanted = named.incident_id, named.role
    found = find_person(application, person)
    check_may_hold(
        application.record.devised(incident_id), wanted, found.person.key, application.clock()
    )

    def decide(assignments: Sequence[Assignment]) -> LedgerChange:
        return assign(
            assignments,
            role=wanted,
            stream=stream,
            person=found.person.key,
            now=application.clock(),
            set_by=application.actor,
            source=Source.CLI,
            new_id=application.new_id,
            confirms=wanted.is_commander and _declared(application, incident_id, found.person),
        )

    changed = change_role(
        application,
        incident_id,
        wanted,
        decide,
        sync=sync,
        at_once=True,
        again=True,
        people={found.person.key: found.person},
    )
    return replace(changed, doubt=found.doubt)


def _declared(application: Application, incident_id: IncidentId, person: Person) -> bool:
    """Whether somebody declared the incident, and so may have the command only by default."""
    incident = application.record.incident(incident_id)
    known = person.user_id or application.person(person.key).user_id
    return incident is not None and known is not None and incident.declared_by == known


def unassign_role(
    application: Application,
    incident: str,
    role: str,
    person: str | None,
    *,
    stream: str | None,
    sync: bool,
) -> RoleChanged:
    """Take a role from its holder; the command itself is the permission to leave it empty."""
    named = find_role(application, incident, role)
    incident_id, wanted = named.incident_id, named.role
    holder = _holder(application, incident_id, wanted, person) if person else None

    def decide(assignments: Sequence[Assignment]) -> LedgerChange:
        return unassign(
            assignments,
            role=wanted,
            person=holder,
            stream=stream,
            now=application.clock(),
            set_by=application.actor,
            source=Source.CLI,
        )

    # Who is meant by nobody in particular depends on who holds the role by now.
    return change_role(
        application, incident_id, wanted, decide, sync=sync, at_once=holder is not None
    )


def _holder(application: Application, incident_id: IncidentId, role: Role, text: str) -> PersonKey:
    state = application.record.state(incident_id, application.target.name)
    return holder_named(application, text, holders(state.assignments, role.key))
