"""``handoff --propose``, ``accept`` and ``decline``: a role changes hands once both agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Entry, EntryKey, Person
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.find_author import own_name
from dd_incident_roles.operations.find_person import FoundPerson, find_person
from dd_incident_roles.operations.find_role import RoleOfIncident, find_role
from dd_incident_roles.operations.hand_off import HandedOver, carry_over
from dd_incident_roles.operations.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.operations.whoever_asks import whoever_asks
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.devising import check_may_hold
from dd_incident_roles.roles.proposing import open_handoff, propose, still_stands, superseded
from dd_incident_roles.sync.entries.state import PutEntry
from dd_incident_roles.sync.handoff import Decide, Handoff, Outcome, Propose
from dd_incident_roles.sync.state import IncidentState

HANDOFF = "handoff"
"""The kind of an entry that tells of a handoff that was proposed or declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A handoff that was proposed or ended without a change of the role."""

    role: Role
    receiver: Person
    carried: Carried[Handoff]

    @property
    def handoff(self) -> Handoff:
        """The handoff as it now is."""
        return self.carried.change


def propose_handoff(
    application: Application,
    incident: str,
    role: str,
    receiver: str,
    *,
    stream: str | None,
    note: str | None,
    lasts: timedelta,
    sync: bool,
) -> Proposed:
    """Ask somebody to take over a role; whoever holds it is responsible until they accept."""
    named = find_role(application, incident, role)
    found = find_person(application, receiver)
    now = application.clock()
    check_may_hold(application.record.devised(named.incident_id), named.role, found.person.key, now)

    def decision(state: IncidentState) -> Decision[Handoff]:
        handoff = propose(
            state.assignments,
            role=named.role,
            stream=stream,
            receiver=found.person.key,
            now=now,
            lasts=lasts,
            by=application.actor,
            note=note,
            new_id=application.new_id,
        )
        before = superseded(
            state.handoffs, named.role, {handoff.stream}, at=now, by=application.actor
        )
        text = _asked(application, named.role, handoff, found.person)
        entry = _entry(application, f"handoff-{handoff.id}", text, now)
        return Decision(
            change=handoff, edits=(*before, Propose(handoff=handoff), PutEntry(entry=entry))
        )

    carried = record_then_sync(application, named.incident_id, decision, sync=sync)
    return Proposed(role=named.role, receiver=found.person, carried=carried)


def accept_handoff(
    application: Application, incident: str, role: str, *, stream: str | None, sync: bool
) -> HandedOver:
    """Take over a role that was offered to whoever asks; it changes hands on every side at once."""
    named = find_role(application, incident, role)
    handoff = _waiting(application, named, stream)
    me = _asker(application)
    if me.key != handoff.receiver:
        raise UsageError(
            f"The handoff was proposed to {application.person(handoff.receiver).label}, "
            f"and you are {me.label}.",
            hint="Only whoever is asked can accept; anybody can hand a role over anew.",
        )
    if handoff.expires <= application.clock():
        raise UsageError(
            f"The handoff was to be accepted by {_at(handoff.expires)}.",
            hint="Ask for it again: handoff INCIDENT ROLE --to PERSON.",
        )
    if not still_stands(handoff, application.record.assignments(named.incident_id)):
        raise UsageError(
            f"{named.role.title} changed hands since the handoff was proposed.",
            hint="Ask whoever holds it now to hand it over.",
        )
    return carry_over(
        application,
        named,
        FoundPerson(person=me),
        stream=handoff.stream,
        note=handoff.note,
        sync=sync,
        accepted=handoff,
    )


def decline_handoff(
    application: Application,
    incident: str,
    role: str,
    *,
    stream: str | None,
    note: str | None,
    sync: bool,
) -> Proposed:
    """Say no to a handoff, or take one's own proposal back; the role stays where it is."""
    named = find_role(application, incident, role)
    handoff = _waiting(application, named, stream)
    me = _asker(application)
    outcome = _outcome(application, handoff, me)

    def decision(_state: IncidentState) -> Decision[Handoff]:
        now = application.clock()
        verb = "declines" if outcome is Outcome.DECLINED else "no longer asks"
        other = "to take over" if outcome is Outcome.DECLINED else "anybody to take over"
        because = f": {note}" if note else ""
        text = f"{me.label} {verb} {other} {_seat(named.role, handoff)}{because}"
        entry = _entry(application, f"handoff-{handoff.id}-end", text, now)
        end = Decide(handoff_id=handoff.id, outcome=outcome, at=now, by=application.actor)
        return Decision(change=handoff, edits=(end, PutEntry(entry=entry)))

    carried = record_then_sync(application, named.incident_id, decision, sync=sync)
    receiver = application.person(handoff.receiver)
    return Proposed(role=named.role, receiver=receiver, carried=carried)


def _waiting(application: Application, named: RoleOfIncident, stream: str | None) -> Handoff:
    handoffs = application.record.handoffs(named.incident_id)
    handoff = open_handoff(handoffs, named.role, stream)
    if handoff is None:
        raise UsageError(
            f"No handoff of {named.role.title} waits in {application.known_as(named.incident_id)}.",
            hint="Propose one with handoff INCIDENT ROLE --to PERSON --propose.",
        )
    return handoff


def _asker(application: Application) -> Person:
    me = whoever_asks(application)
    if me is None:
        raise UsageError(
            "It is not known who you are.",
            hint="Say so with DD_INCIDENT_ROLES_ME=you@example.com.",
        )
    return me


def _outcome(application: Application, handoff: Handoff, me: Person) -> Outcome:
    if me.key == handoff.receiver:
        return Outcome.DECLINED
    if me.key == handoff.giver or application.actor == handoff.proposed_by:
        return Outcome.WITHDRAWN
    receiver = application.person(handoff.receiver).label
    raise UsageError(
        f"The handoff is between others: it was proposed to {receiver}.",
        hint=f"{receiver} can decline it, and whoever proposed it can take it back.",
    )


def _asked(application: Application, role: Role, handoff: Handoff, receiver: Person) -> str:
    what = _seat(role, handoff)
    by = _at(handoff.expires)
    note = f"\n\nNote: {handoff.note}" if handoff.note else ""
    if handoff.giver is None:
        return f"{receiver.label} is asked to take {what}, by {by}{note}"
    giver = application.person(handoff.giver).label
    return (
        f"{giver} asks {receiver.label} to take over {what} by {by}; "
        f"until then {giver} is responsible{note}"
    )


def _seat(role: Role, handoff: Handoff) -> str:
    return f"{role.title} ({handoff.stream})" if handoff.stream else role.title


def _entry(application: Application, key: str, text: str, now: datetime) -> Entry:
    return Entry(
        key=EntryKey(key),
        at=now,
        created=now,
        text=text,
        author=own_name(application),
        kind=HANDOFF,
    )


def _at(at: datetime) -> str:
    return f"{at:%H:%M} UTC"
