"""What a change or a proposal of a role writes into the record, whoever asks for it and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.errors import RecordChanged, UsageError
from dd_incident_roles.model import Assignment, Incident, IncidentId, Person, PersonKey, Source
from dd_incident_roles.roles import handoffs, ledger
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.handoffs import assign, unassign
from dd_incident_roles.sync.entries.fold import ASSIGNEE
from dd_incident_roles.sync.entries.identity import HANDOFF
from dd_incident_roles.sync.registers import Authority, Wish
from dd_incident_roles.sync.state import Conflict, Drop, Edit, IncidentState, PutEntry
from dd_incident_roles.timeline.change_entry import on_one_line
from dd_incident_roles.timeline.role_entries import role_entry
from dd_incident_roles.values import frozen
from dd_incident_roles.words import role_label

Change = TypeVar("Change")

TRIES: Final = 5
"""More losses in a row than people at one incident cause: something loops."""

ANSWER_WITHIN = timedelta(hours=1)
"""How long a handoff waits that somebody proposed by assigning the incident issue."""

DecideChange = Callable[[Sequence[Assignment], ledger.Origin], ledger.LedgerChange]
"""Decides what a command does to the ledger, given everything the record holds."""


@frozen
class Decision(Generic[Change]):
    """What a command comes to, and the edits that bring the record there, if it is not yet."""

    change: Change
    edits: tuple[Edit, ...] = ()


def commit_decision(
    application: Application,
    incident_id: IncidentId,
    decide: Callable[[IncidentState], Decision[Change]],
) -> tuple[IncidentState, Decision[Change]]:
    """Commit what is decided of what the record holds at that moment, and return both.

    Others may be quicker: it is then decided anew. Raises RecordChanged where they always are.
    """
    record, target = application.record, application.target.name
    left = TRIES
    while True:
        state = record.state(incident_id, target)
        decision = decide(state)
        try:
            if decision.edits:
                version = state.version
                record.commit(incident_id, target, decision.edits, expected_version=version)
        except RecordChanged:
            if not (left := left - 1):
                raise
            continue
        return state, decision


@frozen
class RoleChange:
    """A change of a role that somebody asks for, decided from what the record holds by then.

    ``people`` are those that the record may not know yet. A handoff adds the rest: ``expect``
    raises where the present is not what it was about, ``brief`` comes below the first line of the
    entry that tells of it, and ``accepted`` is the proposal that the receiver accepts.
    """

    application: Application
    named: naming.RoleOfIncident
    change: DecideChange
    source: Source = Source.CLI
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))
    expect: Callable[[IncidentState], None] = lambda _state: None
    brief: tuple[str, ...] = ()
    accepted: ledger.Handoff | None = None

    def decide(self, state: IncidentState) -> Decision[ledger.LedgerChange]:
        """Change the ledger, tell of it, and end the proposals and the conflict it settles."""
        self.expect(state)
        application, role = self.application, self.named.role
        change = self.change(state.assignments, application.origin(self.source))
        edits: list[Edit] = list(change.edits)
        entry = role_entry(
            self.named.incident_id,
            change,
            role,
            self._name,
            application.clock(),
            author=naming.noted_name(application, application.actor, self.people.values()),
            by=application.actor,
            handoff=self.accepted.id if self.accepted else None,
        )
        if entry:
            ended = self._ended_proposals(state, change)
            void = [
                f"{self._name(receiver)} is no longer asked to take it over"
                for receiver in handoffs.no_longer_asked(ended, state.handoffs)
                if change.begun is None or receiver != change.begun.person
            ]
            text = "\n".join([entry.text, *void, *(["", *self.brief] if self.brief else [])])
            edits.append(PutEntry(entry=replace(entry, text=text)))
            edits.extend(ended)
        if any(conflict.role == role.key for conflict in state.conflicts):
            edits.append(Drop(Conflict, role.key))
        return Decision(change=change, edits=tuple(edits))

    def _name(self, key: PersonKey) -> str:
        # The entry is known again by its first line, which no name may break.
        return on_one_line((self.people.get(key) or self.application.person(key)).label)

    def _ended_proposals(
        self, state: IncidentState, change: ledger.LedgerChange
    ) -> tuple[ledger.Decide, ...]:
        at, by, role = self.application.clock(), self.application.actor, self.named.role
        rows = [*change.ended, *([change.begun] if change.begun else [])]
        ended = handoffs.supersede(state.handoffs, role, {row.stream for row in rows}, at=at, by=by)
        if self.accepted is None:
            return ended
        accepted = self.accepted.id
        return (
            ledger.Decide(
                handoff_id=accepted, outcome=ledger.HandoffOutcome.ACCEPTED, at=at, by=by
            ),
            *(each for each in ended if each.handoff_id != accepted),
        )


def decide_proposal(
    application: Application,
    named: naming.RoleOfIncident,
    receiver: Person,
    state: IncidentState,
    *,
    origin: ledger.Origin,
    stream: str | None,
    note: str | None,
    timeout: timedelta,
) -> Decision[ledger.Handoff]:
    """Ask a person to take over a role; one question at a time: it ends the one before."""
    handoff = handoffs.propose(
        state.assignments,
        origin,
        role=named.role,
        stream=stream,
        receiver=receiver.key,
        timeout=timeout,
        note=note,
    )
    now, by = origin.now, origin.by
    before = handoffs.supersede(state.handoffs, named.role, {handoff.stream}, at=now, by=by)
    text = _question(application, named.role, handoff, receiver)
    for asked in handoffs.no_longer_asked(before, state.handoffs):
        if asked != receiver.key:
            text += f"\n{on_one_line(application.person(asked).label)} is no longer asked"
    says, key = ledger.Propose(handoff=handoff), f"handoff-{handoff.id}"
    told = naming.told(application, named.incident_id, key, text, kind=HANDOFF, at=now, says=says)
    return Decision(change=handoff, edits=(*before, *told))


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


class Taker:
    """Brings what people changed in an issue into the record, as a command would."""

    def __init__(self, application: Application, incident: Incident) -> None:
        self.application = application
        self.incident = incident
        self.notices: list[str] = []

    def take(self, wish: Wish) -> bool:
        """Take one wish in; a person who may not hold the role is said, and not given it."""
        try:
            return self._take(wish)
        except UsageError as error:
            self.notices.append(f"The assignee was not taken over: {error.message}")
            return False

    def _take(self, wish: Wish) -> bool:
        incident, name = self.incident, wish.value
        person = None if name is None else naming.find_person(self.application, name).person
        people = {person.key: person} if person else {}
        # The tracker tells whom the issue is assigned to, and not who did that.
        application = replace(self.application, actor=f"{ASSIGNEE}{name or 'nobody'}")
        role = application.catalogue_of(incident.id).commander
        named = naming.RoleOfIncident(incident_id=incident.id, role=role)
        decide: Callable[[IncidentState], Decision[Any]]
        if wish.authority is Authority.PROPOSE:
            decide = partial(_decide_question, application, named, person)
        else:
            change: DecideChange = (
                partial(assign, role=role, stream=None, person=person.key)
                if person
                else partial(unassign, role=role, stream=None, person=None)
            )
            decide = RoleChange(
                application=application,
                named=named,
                change=change,
                source=Source.ISSUE,
                people=people,
            ).decide
        _, decision = commit_decision(application, incident.id, decide)
        if decision.edits:
            application.record.remember(incident, people, application.clock())
        return bool(decision.edits)


def _decide_question(
    application: Application,
    named: naming.RoleOfIncident,
    receiver: Person | None,
    state: IncidentState,
) -> Decision[Any]:
    """Ask whoever the issue was assigned to, unless they are asked already."""
    waiting = handoffs.open_handoff(state.handoffs, named.role, None)
    if receiver is None or (waiting and waiting.receiver == receiver.key):
        return Decision(change=None)
    return decide_proposal(
        application,
        named,
        receiver,
        state,
        origin=application.origin(),
        stream=None,
        note=None,
        timeout=ANSWER_WITHIN,
    )
