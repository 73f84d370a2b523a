"""What a change or a proposal of a role writes into the record, whoever asks for it and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Generic, TypeVar

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.model import Assignment, Person, PersonKey
from dd_incident_roles.roles import handoffs, ledger
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.sync.entries.fold import ASSIGNEE
from dd_incident_roles.sync.entries.identity import HANDOFF
from dd_incident_roles.sync.state import Conflict, Drop, Edit, IncidentState, PutEntry
from dd_incident_roles.timeline.change_entry import on_one_line
from dd_incident_roles.timeline.role_entries import role_entry
from dd_incident_roles.values import frozen
from dd_incident_roles.words import role_label

Change = TypeVar("Change")

DecideChange = Callable[[Sequence[Assignment]], ledger.LedgerChange]
"""Decides what a command does to the ledger, given everything the record holds."""


@frozen
class Decision(Generic[Change]):
    """What a command comes to, and the edits that bring the record there, if it is not yet."""

    change: Change
    edits: tuple[Edit, ...] = ()


def decide_change(
    application: Application,
    named: naming.RoleOfIncident,
    change: ledger.LedgerChange,
    state: IncidentState,
    *,
    people: Mapping[PersonKey, Person] = MappingProxyType({}),
    brief: Sequence[str] = (),
    accepted: ledger.Handoff | None = None,
) -> Decision[ledger.LedgerChange]:
    """Change the ledger, tell of it, and end the proposals and the conflict it settles.

    ``people`` are those that the record may not know yet, ``brief`` comes below the first line of
    the entry that tells of it, and ``accepted`` is the proposal that the receiver accepts.
    """
    role = named.role

    def name(key: PersonKey) -> str:
        # The entry is known again by its first line, which no name may break.
        return on_one_line((people.get(key) or application.person(key)).label)

    edits: list[Edit] = list(change.edits)
    entry = role_entry(
        named.incident_id,
        change,
        role,
        name,
        application.clock(),
        author=naming.noted_name(application, application.actor, people.values()),
        by=application.actor,
        handoff=accepted.id if accepted else None,
    )
    if entry:
        ended = _ended_proposals(application, role, state, change, accepted)
        void = [
            f"{name(receiver)} is no longer asked to take it over"
            for receiver in handoffs.no_longer_asked(ended, state.handoffs)
            if change.begun is None or receiver != change.begun.person
        ]
        text = "\n".join([entry.text, *void, *(["", *brief] if brief else [])])
        edits.append(PutEntry(entry=replace(entry, text=text)))
        edits.extend(ended)
    if any(conflict.role == role.key for conflict in state.conflicts):
        edits.append(Drop(Conflict, role.key))
    return Decision(change=change, edits=tuple(edits))


def _ended_proposals(
    application: Application,
    role: Role,
    state: IncidentState,
    change: ledger.LedgerChange,
    accepted: ledger.Handoff | None,
) -> tuple[ledger.Decide, ...]:
    at, by = application.clock(), application.actor
    rows = [*change.ended, *([change.begun] if change.begun else [])]
    ended = handoffs.supersede(state.handoffs, role, {row.stream for row in rows}, at=at, by=by)
    if accepted is None:
        return ended
    others = (each for each in ended if each.handoff_id != accepted.id)
    return (
        ledger.Decide(handoff_id=accepted.id, outcome=ledger.HandoffOutcome.ACCEPTED, at=at, by=by),
        *others,
    )


def decide_proposal(
    application: Application,
    named: naming.RoleOfIncident,
    receiver: Person,
    state: IncidentState,
    *,
    stream: str | None,
    note: str | None,
    now: datetime,
    timeout: timedelta,
) -> Decision[ledger.Handoff]:
    """Ask a person to take over a role; one question at a time: it ends the one before."""
    actor = application.actor
    handoff = handoffs.propose(
        state.assignments,
        role=named.role,
        stream=stream,
        receiver=receiver.key,
        now=now,
        timeout=timeout,
        by=actor,
        note=note,
        new_id=application.new_id,
    )
    before = handoffs.supersede(state.handoffs, named.role, {handoff.stream}, at=now, by=actor)
    text = _question(application, named.role, handoff, receiver)
    for asked in handoffs.no_longer_asked(before, state.handoffs):
        if asked != receiver.key:
            text += f"\n{on_one_line(application.person(asked).label)} is no longer asked"
    says, key = ledger.Propose(handoff=handoff), f"handoff-{handoff.id}"
    entry = naming.signed_entry(
        application, named.incident_id, key, text, kind=HANDOFF, at=now, says=says
    )
    return Decision(change=handoff, edits=(*before, says, PutEntry(entry=entry)))


def _question(
    application: Application, role: Role, handoff: ledger.Handoff, receiver: Person
) -> str:
    what = role_label(role.title, handoff.stream)
    by = f"{handoff.expires.astimezone(UTC):%H:%M} UTC"
    asked = on_one_line(receiver.label)
    note = f"\n\nNote: {handoff.note}" if handoff.note else ""
    if handoff.giver is None:
        return f"{asked} is asked to take {what}, by {by}{note}"
    giver = on_one_line(application.person(handoff.giver).label)
    if application.actor.startswith(ASSIGNEE):
        return (
            f"The incident issue was assigned to {asked}, who is asked to take over {what} from "
            f"{giver} by {by}; until then {giver} is responsible"
        )
    return (
        f"{giver} asks {asked} to take over {what} by {by}; until then {giver} is responsible{note}"
    )
