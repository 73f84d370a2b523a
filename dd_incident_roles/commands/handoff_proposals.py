"""``handoff --propose``, ``accept`` and ``decline``: a handoff that waits for its receiver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.handoff import HandedOver, carry_over
from dd_incident_roles.commands.naming import (
    FoundPerson,
    RoleOfIncident,
    find_person,
    find_role,
    own_name,
    remember_people,
    whoever_asks,
)
from dd_incident_roles.commands.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Entry, EntryKey, Person
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.devising import check_may_hold
from dd_incident_roles.roles.handoffs import giver_still_holds, open_handoff, propose, supersede
from dd_incident_roles.sync.entries.own_kinds import HANDOFF
from dd_incident_roles.sync.entries.state import PutEntry
from dd_incident_roles.sync.handoff import Decide, Handoff, Outcome, Propose
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.timeline.entry_text import on_one_line, typed_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A handoff that was proposed or ended without a change of the role.

    ``doubt`` says what is not known of the receiver's account.
    """

    role: Role
    receiver: Person
    carried: Carried[Handoff]
    doubt: str | None = None

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
    timeout: timedelta,
    sync: bool,
) -> Proposed:
    """Ask somebody to take over a role; whoever holds it is responsible until they accept."""
    named = find_role(application, incident, role)
    found = find_person(application, receiver)
    said = typed_line(note)
    now = application.clock()
    check_may_hold(application.record.devised(named.incident_id), named.role, found.person.key, now)

    def decision(state: IncidentState) -> Decision[Handoff]:
        handoff = propose(
            state.assignments,
            role=named.role,
            stream=stream,
            receiver=found.person.key,
            now=now,
            timeout=timeout,
            by=application.actor,
            note=said,
            new_id=application.new_id,
        )
        before = supersede(
            state.handoffs, named.role, {handoff.stream}, at=now, by=application.actor
        )
        text = _asked(application, named.role, handoff, found.person)
        entry = handoff_entry(application, f"handoff-{handoff.id}", text, now)
        return Decision(
            change=handoff, edits=(*before, Propose(handoff=handoff), PutEntry(entry=entry))
        )

    carried = record_then_sync(application, named.incident_id, decision, sync=sync)
    remember_people(application, named.incident_id, {found.person.key: found.person})
    return Proposed(role=named.role, receiver=found.person, carried=carried, doubt=found.doubt)


def handoff_entry(application: Application, key: str, text: str, now: datetime) -> Entry:
    """An entry that tells of a handoff that was proposed, or of its end."""
    return Entry(
        key=EntryKey(key),
        at=now,
        created=now,
        text=text,
        author=on_one_line(own_name(application)),
        kind=HANDOFF,
    )


def seat_of(role: Role, handoff: Handoff) -> str:
    """The role that is handed over, with its stream."""
    return f"{role.title} ({handoff.stream})" if handoff.stream else role.title


def clock_time(at: datetime) -> str:
    """A time of day, in UTC."""
    return f"{at.astimezone(UTC):%H:%M} UTC"


def _asked(application: Application, role: Role, handoff: Handoff, receiver: Person) -> str:
    what, by = seat_of(role, handoff), clock_time(handoff.expires)
    asked = on_one_line(receiver.label)
    note = f"\n\nNote: {handoff.note}" if handoff.note else ""
    if handoff.giver is None:
        return f"{asked} is asked to take {what}, by {by}{note}"
    giver = on_one_line(application.person(handoff.giver).label)
    return (
        f"{giver} asks {asked} to take over {what} by {by}; until then {giver} is responsible{note}"
    )


def accept_handoff(
    application: Application, incident: str, role: str, *, stream: str | None, sync: bool
) -> HandedOver:
    """Take over a role that was offered to whoever asks; it changes hands on every side at once.

    Raises UsageError where nothing waits, it was offered to somebody else or until earlier, or the
    role changed hands since.
    """
    named = find_role(application, incident, role)
    handoff = _waiting(application, named, stream, application.record.handoffs(named.incident_id))
    me = _asker(application)

    def expect(state: IncidentState) -> None:
        _expect_to_stand(application, named, handoff, me, state)

    return carry_over(
        application,
        named,
        FoundPerson(person=me),
        stream=handoff.stream,
        note=handoff.note,
        sync=sync,
        expect=expect,
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
    because = typed_line(note)
    named = find_role(application, incident, role)
    me = _asker(application)

    def decision(state: IncidentState) -> Decision[Handoff]:
        handoff = _waiting(application, named, stream, state.handoffs)
        outcome = _outcome(application, handoff, me)
        now = application.clock()
        text = _ended(named, handoff, me, outcome, because)
        entry = handoff_entry(application, f"handoff-{handoff.id}-end", text, now)
        end = Decide(handoff_id=handoff.id, outcome=outcome, at=now, by=application.actor)
        return Decision(change=handoff, edits=(end, PutEntry(entry=entry)))

    carried = record_then_sync(application, named.incident_id, decision, sync=sync)
    receiver = application.person(carried.change.receiver)
    return Proposed(role=named.role, receiver=receiver, carried=carried)


def _waiting(
    application: Application,
    named: RoleOfIncident,
    stream: str | None,
    handoffs: Sequence[Handoff],
) -> Handoff:
    handoff = open_handoff(handoffs, named.role, stream)
    if handoff is not None:
        return handoff
    called = application.known_as(named.incident_id)
    lines = [
        each.stream or "(none)" for each in handoffs if each.is_open and each.role == named.role.key
    ]
    if lines:
        raise UsageError(
            f"Handoffs of {named.role.title} wait in {called} in these streams: "
            f"{', '.join(lines)}.",
            hint="Name the one that is meant with --stream.",
        )
    raise UsageError(
        f"No handoff of {named.role.title} waits in {called}.",
        hint="Propose one with handoff INCIDENT ROLE --to PERSON --propose.",
    )


def _asker(application: Application) -> Person:
    me = whoever_asks(application)
    if me is None:
        raise UsageError(
            "It is not known who you are.",
            hint="Say so with DD_INCIDENT_ROLES_ME=you@example.com.",
        )
    return me


def _expect_to_stand(
    application: Application,
    named: RoleOfIncident,
    handoff: Handoff,
    me: Person,
    state: IncidentState,
) -> None:
    """What was offered is still offered, to whoever accepts, and by whoever holds the role."""
    if me.key != handoff.receiver:
        raise UsageError(
            f"The handoff was proposed to {application.person(handoff.receiver).label}, "
            f"and you are {me.label}.",
            hint="Only whoever is asked can accept; anybody can hand a role over anew.",
        )
    if handoff.expires <= application.clock():
        raise UsageError(
            f"The handoff was to be accepted by {clock_time(handoff.expires)}.",
            hint="Ask for it again: handoff INCIDENT ROLE --to PERSON.",
        )
    is_open = any(each.id == handoff.id and each.is_open for each in state.handoffs)
    if not is_open or not giver_still_holds(handoff, state.assignments):
        raise UsageError(
            f"{named.role.title} changed hands since the handoff was proposed, or it was declined.",
            hint="Ask whoever holds the role now to hand it over; status shows who that is.",
        )


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


def _ended(
    named: RoleOfIncident, handoff: Handoff, me: Person, outcome: Outcome, because: str | None
) -> str:
    what = seat_of(named.role, handoff)
    who = on_one_line(me.label)
    said = (
        f"{who} declines to take over {what}"
        if outcome is Outcome.DECLINED
        else f"{who} no longer asks anybody to take over {what}"
    )
    return f"{said}: {because}" if because else said
