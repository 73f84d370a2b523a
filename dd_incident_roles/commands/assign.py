"""``assign`` and ``unassign``: a role changes hands, and the timeline tells of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.naming import (
    find_person,
    find_role,
    holder_named,
    own_name,
    remember_people,
)
from dd_incident_roles.commands.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.errors import DatadogError, IncidentRolesError
from dd_incident_roles.model import (
    Assignment,
    EntryKey,
    IncidentId,
    Person,
    PersonKey,
    Source,
    UserId,
)
from dd_incident_roles.policy.surroundings import NotRead
from dd_incident_roles.roles.assign import assign, unassign
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.devising import check_may_hold
from dd_incident_roles.roles.handoffs import supersede
from dd_incident_roles.roles.ledger import LedgerChange, holders
from dd_incident_roles.suggesting.wording import not_qualified
from dd_incident_roles.sync.entries.state import ArchiveEntry, PutEntry
from dd_incident_roles.sync.handoff import Decide, Handoff, Outcome
from dd_incident_roles.sync.state import Conflict, Edit, IncidentState, SettleConflict
from dd_incident_roles.timeline.entry_text import on_one_line
from dd_incident_roles.timeline.role_entries import role_entry

LIFETIME = timedelta(minutes=15)
"""How long the members of a team are taken to be the same."""

_KIND = "qualified_team"


def qualification_warning(application: Application, role: Role, person: Person) -> str | None:
    """One sentence where somebody is not in the team of a role, or nobody could look; else None.

    It only warns: nothing that goes wrong here stops whoever gives the role.
    """
    members = qualified_members(application, role)
    if members is None:
        return None
    if isinstance(members, NotRead):
        return not_looked(role, person.label, members)
    try:
        user_id = person.user_id or application.directory.user_id(person.key)
    except IncidentRolesError as error:
        return not_looked(role, person.label, NotRead(reason=error.message.rstrip(".")))
    return None if is_among(members, user_id) else not_qualified(person, role)


def qualified_members(application: Application, role: Role) -> frozenset[UserId] | NotRead | None:
    """The accounts in the team of a role; None where it has none.

    They are kept in the record for a quarter of an hour; a reading that failed is not.
    """
    name = role.qualified_team
    if name is None:
        return None
    cache = Cache(application.record, application.clock)
    kept = cache.cached(_KIND, name.casefold())
    if kept is not None:
        return frozenset(UserId(each) for each in json.loads(kept))
    try:
        teams = application.teams.find(name)
        if len(teams) != 1:
            number = "several teams are" if teams else "no team is"
            return NotRead(reason=f"{number} called so in Datadog")
        listed = application.teams.members(teams[0].id).user_ids
    except DatadogError as error:
        return NotRead(reason=error.message.rstrip("."))
    members = frozenset(UserId(each.lower()) for each in listed)
    cache.keep(_KIND, name.casefold(), json.dumps(sorted(members)), lifetime=LIFETIME)
    return members


def is_among(members: frozenset[UserId], user_id: UserId) -> bool:
    """Whether an account is one of those."""
    return UserId(user_id.lower()) in members


def not_looked(role: Role, name: str, problem: NotRead) -> str:
    """One sentence that nobody knows whether somebody is in the team of a role."""
    return (
        f"Nobody could look whether {name} is in the team {role.qualified_team}, whose members "
        f"should be {role.title}: {problem.reason}."
    )


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
    ended = supersede(state.handoffs, role, {row.stream for row in rows}, at=at, by=by)
    if accepted is None:
        return ended
    others = tuple(each for each in ended if each.handoff_id != accepted.id)
    return (Decide(handoff_id=accepted.id, outcome=Outcome.ACCEPTED, at=at, by=by), *others)


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
