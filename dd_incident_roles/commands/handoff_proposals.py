"""``handoff --propose``, ``accept`` and ``decline``: a handoff that waits for its receiver."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, timedelta
from functools import partial
from types import MappingProxyType
from typing import Final

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.commands.assign import RoleCommandResult
from dd_incident_roles.commands.handoff import begin_promises, carry_over
from dd_incident_roles.commands.reading import read_incident
from dd_incident_roles.commands.record_then_sync import Carried, looked_at, record_then_sync
from dd_incident_roles.commands.role_change import Decision, decide_proposal
from dd_incident_roles.errors import DatadogError, UsageError
from dd_incident_roles.model import Person
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.devising import check_may_hold
from dd_incident_roles.roles.handoffs import ask_again, giver_still_holds, open_handoff
from dd_incident_roles.roles.ledger import Decide, Handoff, HandoffOutcome
from dd_incident_roles.sync.entries.identity import HANDOFF
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.timeline.change_entry import on_one_line, typed_line
from dd_incident_roles.values import frozen
from dd_incident_roles.words import command, instant_label, role_label

_ENDS: Final = MappingProxyType(
    {
        HandoffOutcome.ACCEPTED: "was accepted",
        HandoffOutcome.DECLINED: "was declined",
        HandoffOutcome.WITHDRAWN: "was taken back",
        HandoffOutcome.SUPERSEDED: "was ended by another change of the role",
    }
)
"""How a proposal ended, in a sentence."""


@frozen
class HandoffProposal:
    """A handoff that was proposed or ended without a change of the role.

    ``doubt`` says what is not known of the receiver's account.
    """

    role: Role
    carried: Carried[Handoff]
    doubt: str | None = None


def propose_handoff(
    application: Application,
    incident: str,
    role: str,
    receiver: str,
    *,
    stream: str | None = None,
    note: str | None = None,
    timeout: timedelta,
) -> HandoffProposal:
    """Ask a person to take over a role; its holder is responsible until they accept."""
    named = naming.find_role(application, incident, role)
    found = naming.find_person(application, receiver)
    person, note = found.person, typed_line(note)
    origin, devised = application.origin(), application.record.devised(named.incident_id)
    check_may_hold(devised, named.role, person.key, origin.now)
    decide = partial(
        decide_proposal,
        application,
        named,
        person,
        origin=origin,
        stream=stream,
        note=note,
        timeout=timeout,
    )
    carried = record_then_sync(application, named.incident_id, decide, people={person.key: person})
    return HandoffProposal(role=named.role, carried=carried, doubt=found.doubt)


def accept_handoff(
    application: Application,
    incident: str,
    role: str,
    *,
    stream: str | None = None,
) -> RoleCommandResult:
    """Take over a role that was offered to the caller; it changes hands on every side at once.

    Raises UsageError where nothing waits, it was offered to another person or until earlier, or the
    role changed hands since.
    """
    named = naming.find_role(application, incident, role)
    with looked_at(application, named.incident_id):
        promises = begin_promises(application, named.incident_id)
        known = application.record.handoffs(named.incident_id)
        if not application.only_here and open_handoff(known, named.role, stream) is None:
            # It may have been proposed on another record: the timeline tells of it.
            with suppress(DatadogError):
                read_incident(application, named.incident_id)
            known = application.record.handoffs(named.incident_id)
        me = _known_caller(application)
        handoff = _waiting_handoff(application, named, stream, known, me)
        return carry_over(
            application,
            named,
            naming.FoundPerson(person=me),
            promises=promises,
            stream=handoff.stream,
            note=handoff.note,
            expect=partial(_expect_to_be_open, application, named, handoff, me),
            accepted=handoff,
        )


def decline_handoff(
    application: Application,
    incident: str,
    role: str,
    *,
    stream: str | None = None,
    note: str | None = None,
) -> HandoffProposal:
    """Say no to a handoff, or take one's own proposal back; the role stays where it is."""
    note = typed_line(note)
    named = naming.find_role(application, incident, role)
    me = _known_caller(application)

    def decide(state: IncidentState) -> Decision[Handoff]:
        handoff = _waiting_handoff(application, named, stream, state.handoffs, me)
        outcome = _outcome(application, handoff, me)
        what = role_label(named.role.title, handoff.stream)
        answer = "no longer asks anybody to take over"
        if outcome is HandoffOutcome.DECLINED:
            answer = "declines to take over"
        text = f"{on_one_line(me.label)} {answer} {what}{f': {note}' if note else ''}"
        # A key of its own, so that the question stays as it was asked.
        at, key = application.clock(), f"handoff-{handoff.id}-end"
        end = Decide(handoff_id=handoff.id, outcome=outcome, at=at, by=application.actor)
        edits = naming.told(
            application, named.incident_id, key, text, kind=HANDOFF, at=at, says=end
        )
        return Decision(change=handoff, edits=edits)

    carried = record_then_sync(application, named.incident_id, decide)
    return HandoffProposal(role=named.role, carried=carried)


def _waiting_handoff(
    application: Application,
    named: naming.RoleOfIncident,
    stream: str | None,
    handoffs: Sequence[Handoff],
    me: Person,
) -> Handoff:
    """The one handoff that is meant; raises UsageError where none waits, or several do."""
    handoff = open_handoff(handoffs, named.role, stream)
    if handoff is not None:
        return handoff
    title, incident = named.role.title, application.known_as(named.incident_id)
    ended = [
        each
        for each in handoffs
        if each.role == named.role.key
        and stream in (None, each.stream)
        and me.key in (each.receiver, each.giver)
    ]
    others = [each for each in handoffs if each.is_open and each.role == named.role.key]
    if others:
        lines = ", ".join(each.stream or "(none)" for each in others)
        raise UsageError(
            f"Handoffs of {title} wait in {incident} in several streams: {lines}.",
            hint="Name one of them with --stream.",
        )
    # Whoever was asked must not believe that nobody ever asked.
    if ended and (last := ended[-1]).outcome and last.decided:
        receiver = application.person(last.receiver).label
        raise UsageError(
            f"The proposal to {receiver} to take over {role_label(title, last.stream)} of "
            f"{incident} {_ENDS[last.outcome]} at {instant_label(last.decided, application.now())}"
            f" by {naming.noted_name(application, last.decided_by or '')}.",
            hint=f"Who holds the role now: {command('status', incident.removeprefix('IR-'))}",
        )
    raise UsageError(
        f"No handoff of {title} waits in {incident}.",
        hint="Propose one with handoff INCIDENT ROLE PERSON --propose.",
    )


def _known_caller(application: Application) -> Person:
    me = naming.find_caller(application)
    if me is None:
        raise UsageError(
            "This command needs to know who you are.",
            hint="Set DD_INCIDENT_ROLES_ME to your e-mail.",
        )
    return me


def _expect_to_be_open(
    application: Application,
    named: naming.RoleOfIncident,
    handoff: Handoff,
    me: Person,
    state: IncidentState,
) -> None:
    """What was offered is still offered, to the caller, and by the holder of the role."""
    if me.key != handoff.receiver:
        raise UsageError(
            f"The handoff was proposed to {application.person(handoff.receiver).label}, "
            f"and you are {me.label}.",
            hint="Only the person who was asked can accept. Anyone can start a new handoff.",
        )
    if handoff.expires <= application.clock():
        number = application.known_as(named.incident_id).removeprefix("IR-")
        role = named.role.short_name
        if handoff.giver is None:
            take = command("assign", number, role, "me", stream=handoff.stream)
            hint = f"Nobody holds the role. To take it: {take}"
        else:
            again = ask_again(number, role, me, handoff.stream)
            hint = f"Ask {application.person(handoff.giver).label} to propose it again: {again}"
        raise UsageError(
            f"The proposal expired at {handoff.expires.astimezone(UTC):%H:%M} UTC.", hint=hint
        )
    is_open = any(each.id == handoff.id and each.is_open for each in state.handoffs)
    if not is_open or not giver_still_holds(handoff, state.assignments):
        raise UsageError(
            f"{named.role.title} changed hands since the handoff was proposed, or it was declined.",
            hint="Ask the present holder to hand it over; status shows who that is.",
        )


def _outcome(application: Application, handoff: Handoff, me: Person) -> HandoffOutcome:
    if me.key == handoff.receiver:
        return HandoffOutcome.DECLINED
    if me.key == handoff.giver or application.actor == handoff.proposed_by:
        return HandoffOutcome.WITHDRAWN
    receiver = application.person(handoff.receiver).label
    raise UsageError(
        f"The handoff is between others: it was proposed to {receiver}.",
        hint=f"{receiver} can decline it, and the person who proposed it can take it back.",
    )
