"""Giving a role and taking it: the ledger, and the entry of the timeline that tells of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_author import own_name
from dd_incident_roles.commands.qualification import qualification_warning
from dd_incident_roles.commands.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.commands.remember_people import remember_people
from dd_incident_roles.model import Assignment, EntryKey, IncidentId, Person, PersonKey
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.roles.proposing import superseded
from dd_incident_roles.sync.entries.state import ArchiveEntry, PutEntry
from dd_incident_roles.sync.handoff import Decide, Handoff, Outcome
from dd_incident_roles.sync.state import Conflict, Edit, IncidentState, SettleConflict
from dd_incident_roles.timeline.entry_text import on_one_line
from dd_incident_roles.timeline.role_entries import role_entry

DecideChange = Callable[[Sequence[Assignment]], LedgerChange]
"""Decides what a command does to the ledger, given everything the record holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandingOver:
    """What a handoff adds to a change of a role.

    ``expect`` raises where the present is not what the handoff was about; ``below`` stands below
    the first line of the entry that tells of it; ``accepted`` is the handoff that the receiver
    accepts; ``or_nothing`` leaves everything as it is where Datadog cannot be reached.
    """

    expect: Callable[[IncidentState], None] = lambda _state: None
    below: tuple[str, ...] = ()
    accepted: Handoff | None = None
    or_nothing: bool = False

    def told(self, headline: str) -> str:
        """The whole text of the entry."""
        return "\n".join([headline, *(["", *self.below] if self.below else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged:
    """What a command changed in the record, and what became of it in Datadog.

    ``doubt`` says what is not known of the person's account; ``answered`` are the handoffs of the
    role that had waited for an answer and ended with it; ``warning`` is what speaks against whoever
    has the role now.
    """

    role: Role
    carried: Carried[LedgerChange]
    doubt: str | None = None
    warning: str | None = None
    answered: tuple[Handoff, ...] = ()
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def change(self) -> LedgerChange:
        """What the command did to the ledger."""
        return self.carried.change

    @property
    def overtaken_by(self) -> Conflict | None:
        """The conflict that came of it, where Datadog was changed while the command wrote."""
        results = self.carried.sync.incidents if self.carried.sync else ()
        conflicts = (each for result in results for each in result.conflicts)
        return next((each for each in conflicts if each.role == self.role.key), None)

    @property
    def exit_code(self) -> int:
        """0 when everything that was asked for is done, 3 when the change waits or gave way."""
        return 3 if self.overtaken_by else self.carried.exit_code


def change_role(
    application: Application,
    incident_id: IncidentId,
    role: Role,
    decide: DecideChange,
    *,
    sync: bool,
    at_once: bool = False,
    again: bool = False,
    people: Mapping[PersonKey, Person] = MappingProxyType({}),
    handing_over: HandingOver | None = None,
) -> RoleChanged:
    """Record a change of a role, with the entry that tells of it, and carry both to Datadog.

    ``people`` are those whom the record may not know yet; ``at_once`` says that what to record does
    not depend on who holds the role by now, and ``again`` that it is decided anew if it has changed
    hands. Handoffs of the role that wait for an answer end with it.
    """
    how = handing_over or HandingOver()
    answered: dict[str, Handoff] = {}
    told: list[EntryKey] = []

    def name(key: PersonKey) -> str:
        # The entry is known again by its first line, which no name may break.
        return on_one_line((people.get(key) or application.person(key)).label)

    def decision(state: IncidentState) -> Decision[LedgerChange]:
        how.expect(state)
        change = decide(state.assignments)
        entry = role_entry(
            change, role, name, application.clock(), own_name(application, people.values())
        )
        edits: list[Edit] = list(change.edits)
        if entry:
            edits.extend(_untold(state, told, application.clock()))
            edits.append(PutEntry(entry=replace(entry, text=how.told(entry.text))))
            told[:] = [entry.key]
            ends = _answered(application, state, change, role, how.accepted)
            ended = {end.handoff_id for end in ends}
            answered.update({each.id: each for each in state.handoffs if each.id in ended})
            edits.extend(ends)
        edits.extend(
            SettleConflict(role=conflict.role)
            for conflict in state.conflicts
            if conflict.role == role.key
        )
        return Decision(change=change, edits=tuple(edits))

    carried = record_then_sync(
        application,
        incident_id,
        decision,
        sync=sync,
        at_once=at_once,
        again=again,
        or_nothing=how.or_nothing,
        commanded=frozenset({role.key}),
    )
    remember_people(application, incident_id, people)
    return RoleChanged(
        role=role,
        carried=carried,
        warning=_warning(application, role, carried, people) if sync else None,
        people=people,
        answered=tuple(answered.values()),
    )


def _untold(
    state: IncidentState, told: Sequence[EntryKey], now: datetime
) -> Iterator[ArchiveEntry]:
    """Take back an entry that told of the change as it would have been, and was sent nowhere."""
    linked = {each.key for each in state.timeline.links}
    linked |= {each.key for each in state.timeline.intents}
    for entry in state.timeline.entries:
        if entry.key in told and entry.key not in linked:
            yield ArchiveEntry(key=entry.key, at=now)


def _warning(
    application: Application,
    role: Role,
    carried: Carried[LedgerChange],
    people: Mapping[PersonKey, Person],
) -> str | None:
    """Whether whoever has the role now lacks its qualification; not asked while Datadog is down."""
    begun = carried.change.begun
    if begun is None or carried.problem is not None:
        return None
    person = people.get(begun.person) or application.person(begun.person)
    return qualification_warning(application, role, person)


def _answered(
    application: Application,
    state: IncidentState,
    change: LedgerChange,
    role: Role,
    accepted: Handoff | None,
) -> tuple[Decide, ...]:
    """What becomes of the handoffs of the role that waited for an answer."""
    at, by = application.clock(), application.actor
    rows = [*change.ended, *([change.begun] if change.begun else [])]
    ended = superseded(state.handoffs, role, {row.stream for row in rows}, at=at, by=by)
    if accepted is None:
        return ended
    others = tuple(each for each in ended if each.handoff_id != accepted.id)
    return (Decide(handoff_id=accepted.id, outcome=Outcome.ACCEPTED, at=at, by=by), *others)
