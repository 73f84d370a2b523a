"""``handoff``: a role changes hands on every side, or on none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dd_incident_roles.errors import IncidentRolesError, NotHandedOver, UsageError
from dd_incident_roles.model import Assignment, IncidentId, Person, PersonKey, Source
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.change_role import HandingOver, RoleChanged, change_role
from dd_incident_roles.operations.find_person import FoundPerson, find_person
from dd_incident_roles.operations.find_role import RoleOfIncident, find_role
from dd_incident_roles.operations.take_back import take_back, was_refused
from dd_incident_roles.operations.whoever_asks import whoever_asks
from dd_incident_roles.operations.write_brief import write_brief
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.devising import check_may_hold
from dd_incident_roles.roles.handing_over import giver_of, hand_over, line_of
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.sync.handoff import Handoff


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """A role that changed hands, and the brief for whoever has it now."""

    changed: RoleChanged
    brief: tuple[str, ...]


def hand_off(
    application: Application,
    incident: str,
    role: str,
    receiver: str,
    *,
    stream: str | None,
    note: str | None,
    reason: str | None,
    sync: bool,
) -> HandedOver:
    """Hand a role over to somebody.

    ``reason`` is given where the holder cannot be asked. Raises UsageError where that is needed and
    lacking, and NotHandedOver where Datadog cannot be reached or refuses: the holder is then still
    responsible on every side.
    """
    named = find_role(application, incident, role)
    found = find_person(application, receiver)
    _expect_consent(application, named, found.person, stream, reason=reason)
    return carry_over(application, named, found, stream=stream, note=_said(note, reason), sync=sync)


def carry_over(
    application: Application,
    named: RoleOfIncident,
    found: FoundPerson,
    *,
    stream: str | None,
    note: str | None,
    sync: bool,
    accepted: Handoff | None = None,
) -> HandedOver:
    """Switch a role, the commander or assignment in Datadog and the timeline together."""
    receiver, wanted = found.person, named.role
    check_may_hold(
        application.record.devised(named.incident_id), wanted, receiver.key, application.clock()
    )

    def decide(assignments: Sequence[Assignment]) -> LedgerChange:
        return hand_over(
            assignments,
            role=wanted,
            stream=line_of(assignments, wanted, stream),
            receiver=receiver.key,
            now=application.clock(),
            set_by=application.actor,
            source=Source.CLI,
            new_id=application.new_id,
        )

    try:
        brief = write_brief(
            application,
            named.incident_id,
            role=wanted,
            stream=stream,
            receiver=receiver,
            note=note,
            live=sync,
        )
        changed = change_role(
            application,
            named.incident_id,
            wanted,
            decide,
            sync=sync,
            people={receiver.key: receiver},
            handing_over=HandingOver(below=brief, accepted=accepted, or_nothing=sync),
        )
    except IncidentRolesError as error:
        if isinstance(error, UsageError) or not sync:
            raise
        raise _not_made(application, named, error) from error
    if was_refused(changed):
        take_back(application, changed)
        raise _refused(application, named, changed)
    return HandedOver(changed=changed, brief=brief)


def holder_of(
    application: Application, incident_id: IncidentId, role: Role, stream: str | None
) -> PersonKey | None:
    """Who holds a role by the record, in a stream where one is named."""
    assignments = application.record.assignments(incident_id)
    return giver_of(assignments, role, line_of(assignments, role, stream))


def _expect_consent(
    application: Application,
    named: RoleOfIncident,
    receiver: Person,
    stream: str | None,
    *,
    reason: str | None,
) -> None:
    """A role is handed over and not taken: who would take it says why nobody could be asked."""
    holder = holder_of(application, named.incident_id, named.role, stream)
    if reason is not None or holder in {None, receiver.key}:
        return
    me = whoever_asks(application)
    if me is not None and me.key == receiver.key:
        giver = application.person(PersonKey(str(holder))).label
        raise UsageError(
            f"{giver} is {named.role.title} and has to hand it over.",
            hint=f"Ask {giver} to type it, or, where {giver} cannot be reached, take it with "
            "--force --reason TEXT.",
        )


def _said(note: str | None, reason: str | None) -> str | None:
    taken = f"Taken without the holder: {reason}" if reason else None
    return ". ".join(part for part in (taken, note) if part) or None


def _not_made(
    application: Application, named: RoleOfIncident, error: IncidentRolesError
) -> NotHandedOver:
    return NotHandedOver(
        f"Nothing was handed over in {application.known_as(named.incident_id)}: {error.message}",
        hint="Whoever held the role is still responsible. Try again, or add --no-sync to record it "
        "here and have the next sync carry it to Datadog.",
    )


def _refused(
    application: Application, named: RoleOfIncident, changed: RoleChanged
) -> NotHandedOver:
    results = changed.carried.sync.incidents if changed.carried.sync else ()
    reasons = [failure.error.message for result in results for failure in result.failures]
    return NotHandedOver(
        f"Nothing was handed over in {application.known_as(named.incident_id)}: "
        f"{' '.join(reasons)}",
        hint="Whoever held the role is still responsible, here and in Datadog.",
    )
