"""``handoff --propose``: somebody is asked to take over a role, and the timeline tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_author import own_name
from dd_incident_roles.commands.find_person import find_person
from dd_incident_roles.commands.find_role import find_role
from dd_incident_roles.commands.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.commands.remember_people import remember_people
from dd_incident_roles.model import Entry, EntryKey, Person
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.devising import check_may_hold
from dd_incident_roles.roles.proposing import propose, superseded
from dd_incident_roles.sync.entries.own_kinds import HANDOFF
from dd_incident_roles.sync.entries.state import PutEntry
from dd_incident_roles.sync.handoff import Handoff, Propose
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
    lasts: timedelta,
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
            lasts=lasts,
            by=application.actor,
            note=said,
            new_id=application.new_id,
        )
        before = superseded(
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
