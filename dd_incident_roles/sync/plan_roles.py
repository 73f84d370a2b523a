"""The part of a plan for roles: one value where one person may hold a role, else a bit for each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import assert_never

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Close, Open, replace_holdings
from dd_incident_roles.sync import decide_roles as decide
from dd_incident_roles.sync.plan import (
    Clashed,
    Linked,
    PlanOptions,
    Pulled,
    RoleEffect,
    RolePlan,
    RoleState,
    SyncState,
)
from dd_incident_roles.sync.state import (
    Conflict,
    Drop,
    Edit,
    IncidentState,
    Intent,
    Item,
    Link,
    Put,
    RoleMember,
    RoleTombstone,
    SingleHolderRole,
)
from dd_incident_roles.sync.targets import GiveRole, Handover, Reading, TakeRole
from dd_incident_roles.values import frozen

TARGET = "datadog"
"""Who made the change that is taken over from the target."""


@frozen
class RoleRows:
    """The intervals of one role."""

    role: RoleKey
    rows: tuple[Assignment, ...]

    @property
    def open(self) -> tuple[Assignment, ...]:
        """The intervals that have not ended."""
        return tuple(row for row in self.rows if row.is_open)

    @property
    def holders(self) -> frozenset[PersonKey]:
        """The people who hold the role, in any stream."""
        return frozenset(row.person for row in self.open)

    def share_of(self, person: PersonKey) -> decide.Local:
        """Whether one person holds the role, gave it up, or never held it."""
        rows = [row for row in self.rows if row.person == person]
        if any(row.is_open for row in rows):
            return decide.Local.HELD
        return decide.Local.RELEASED if rows else decide.Local.UNKNOWN

    @property
    def set_by_user(self) -> bool:
        """Whether a person's command set the present state of the role in the record."""
        if self.open:
            return any(row.source.is_wish for row in self.open)
        # Nobody holds it, so that whoever ended it last made it what it is.
        ended = [row for row in self.rows if row.until is not None]
        if not ended:
            return False
        source = max(ended, key=lambda row: (row.until, row.id)).ended_source
        return source is not None and source.is_wish


def rows_of(assignments: Sequence[Assignment], role: RoleKey) -> RoleRows:
    """Pick the intervals of one role."""
    return RoleRows(role=role, rows=tuple(row for row in assignments if row.role == role))


def link_of(links: Collection[Link], item: Item, via: str) -> Link | None:
    """Find the base row of an item, unless the target showed it in another way then."""
    return next((link for link in links if link.item == item and link.via == via), None)


def intents_of(intents: Collection[Intent], item: Item) -> tuple[Intent, ...]:
    """Find the unconfirmed writes of an item."""
    return tuple(intent for intent in intents if intent.item == item)


def still_shown(
    state: IncidentState, role: RoleKey, reading: Reading, options: PlanOptions
) -> frozenset[PersonKey]:
    """Who may be shown in a role only because the reading is older than a change we know of."""
    return frozenset(
        each.person
        for each in state.tombstones
        if each.role == role
        and not options.is_settled(each.since)
        # Two times of the target's own clock, which are comparable.
        and not reading.incident.modified > each.seen
    )


class ItemPlanner:
    """One item of a role with what the three sides hold of it."""

    def __init__(
        self,
        item: SingleHolderRole | RoleMember,
        state: IncidentState,
        reading: Reading,
        options: PlanOptions,
    ) -> None:
        self.item = item
        self.role = item.role
        self.options = options
        self.via = reading.roles.via[item.role]
        self.remote = reading.roles.holders[item.role]
        self.remote_ids = reading.roles.remote_ids
        self.seen = reading.incident.modified
        self.former = still_shown(state, item.role, reading, options)
        self.rows = rows_of(state.assignments, item.role)
        self.link = link_of(state.links, item, self.via)
        self.missing_since = self.link.missing_since if self.link else None
        self.intents = intents_of(state.intents, item)

    def link_to(self, holder: PersonKey | None) -> Put:
        """The new base."""
        remote_id = self.remote_ids.get((self.role, holder)) if holder else None
        return Put(Link(item=self.item, holder=holder, via=self.via, remote_id=remote_id))

    def bury(self, person: PersonKey) -> Put:
        """What the target showed until now, which an old listing may repeat."""
        now = self.options.now
        return Put(RoleTombstone(role=self.role, person=person, seen=self.seen, since=now))

    def clear_intents(self, *, landed: bool = False) -> tuple[Drop, ...]:
        """Forget the unconfirmed writes once one is seen to have landed, or all are old."""
        is_known = landed or self.options.knows_fate(self.intents)
        return (Drop(Intent, self.item),) if self.intents and is_known else ()

    def note_absence(self) -> tuple[Put, ...]:
        """Note when the target first lacked the item, and wait for a second reading."""
        if self.link is None or self.options.noted(self.missing_since):
            return ()
        return (Put(replace(self.link, missing_since=self.options.now)),)

    def pull(
        self, leaving: Sequence[Assignment], person: PersonKey | None, *, ended: datetime
    ) -> tuple[Open | Close, ...]:
        """End some intervals and begin one, as the target shows it; it knows no streams."""
        options = self.options
        begun = None
        if person:
            begun = Assignment(
                id=options.new_id(),
                role=self.role,
                stream=None,
                person=person,
                since=options.now,
                until=None,
                set_by=TARGET,
                source=Source.DATADOG,
            )
        return replace_holdings(
            self.rows.open,
            leaving,
            begun,
            at=ended,
            ended_by=TARGET,
            ended_source=Source.DATADOG,
        ).edits


class SingleHolderPlanner(ItemPlanner):
    """Plans a single-holder role, which is merged as one value."""

    def __init__(
        self, role: RoleKey, state: IncidentState, reading: Reading, options: PlanOptions
    ) -> None:
        super().__init__(SingleHolderRole(role), state, reading, options)
        self.agreed = self.link.holder if self.link else None
        self.attempted = frozenset(intent.holder for intent in self.intents)
        self.conflict = next((row for row in state.conflicts if row.role == role), None)
        newest = max(self.rows.open, key=lambda row: (row.since, row.id), default=None)
        self.local = newest.person if newest else None
        # The agreed holder was named again after the target was first seen without.
        self.renewed = (
            newest is not None
            and self.link is not None
            and newest.person == self.agreed
            and options.is_since(newest.since, self.missing_since)
        )

    def plan(self) -> RolePlan:
        """Decide what to do about the role, as edits and writes."""
        base = None
        if self.link:
            # A holder who was assigned again after the role was seen empty is a new change.
            base = decide.Observed(holder=None if self.renewed else self.agreed)
        decision = decide.decide_single_holder(
            decide.SingleHolderSides(
                base=base,
                local=self.local,
                set_by_user=self.rows.set_by_user,
                remote=self.remote,
                attempted=self.attempted,
                absence_believed=self.options.believes_absence(self.missing_since),
                former=self.former,
                explicitly_set=self.role in self.options.explicitly_set_roles,
            )
        )
        match decision:
            case decide.NoOp():
                # A holder who had been missing for a moment is there again.
                again = self._base(self.agreed) if self.missing_since else ()
                return self._result(edits=again)
            case decide.LinkOnly(holder):
                new = holder is not None and self.agreed != holder
                effects = (Linked(role=self.role, holder=holder),) if holder and new else ()
                return self._result(edits=self._link(holder), effects=effects)
            case decide.Pull(holder):
                pulled = Pulled(role=self.role, before=self.local, after=holder)
                return self._result(edits=self._pull(holder), effects=(pulled,))
            case decide.Push(before, after):
                write = Handover(role=self.role, before=before, after=after)
                return self._result(SyncState.PENDING, edits=self._adopt(), writes=(write,))
            case decide.Clash(wanted, standing):
                clashed = Clashed(role=self.role, wanted=wanted, standing=standing)
                kept = Conflict(
                    role=self.role, wanted=wanted, standing=standing, since=self.options.now
                )
                edits = (*self._pull(standing), Put(kept))
                return self._result(SyncState.CONFLICT, edits=edits, effects=(clashed,))
            case decide.Overheld(holders):
                return self._result(SyncState.CONFLICT, overheld=holders)
            case decide.AwaitConfirmation():
                doubted = frozenset({self.local} if self.local else ())
                return self._result(SyncState.PENDING, edits=self.note_absence(), doubted=doubted)
            case decide.StaleRead():
                return self._result(SyncState.PENDING)
            case _:
                assert_never(decision)

    def _result(
        self,
        state: SyncState = SyncState.IN_SYNC,
        *,
        edits: tuple[Edit, ...] = (),
        effects: tuple[RoleEffect, ...] = (),
        writes: tuple[Handover, ...] = (),
        doubted: frozenset[PersonKey] = frozenset(),
        overheld: frozenset[PersonKey] = frozenset(),
    ) -> RolePlan:
        settled = Drop(Conflict, self.role) in edits
        if self.conflict and state is SyncState.IN_SYNC and not settled:
            state = SyncState.CONFLICT
        return RolePlan(
            role_state=RoleState(role=self.role, state=state, doubted=doubted, overheld=overheld),
            edits=edits,
            effects=effects,
            writes=writes,
        )

    def _base(self, holder: PersonKey | None) -> tuple[Put, ...]:
        """The new base, and the holder that the target showed before."""
        if self.agreed is None or self.agreed == holder:
            return (self.link_to(holder),)
        return (self.link_to(holder), self.bury(self.agreed))

    def _link(self, holder: PersonKey | None) -> tuple[Edit, ...]:
        known = self.link is not None and self.agreed == holder
        return (
            *(() if known and not self.missing_since else self._base(holder)),
            *self.clear_intents(landed=holder in self.attempted),
            *self._settle_conflict(holder),
        )

    def _settle_conflict(self, holder: PersonKey | None) -> tuple[Drop, ...]:
        settled = self.conflict is not None and self.conflict.wanted == holder
        return (Drop(Conflict, self.role),) if settled else ()

    def _adopt(self) -> tuple[Edit, ...]:
        """Our earlier write arrived although its answer did not: the base learns it first."""
        remote = next(iter(self.remote), None)
        arrived = len(self.remote) <= 1 and remote in self.attempted and remote != self.agreed
        return self._base(remote) if arrived else ()

    def _pull(self, holder: PersonKey | None) -> tuple[Edit, ...]:
        # Nobody followed: the role was empty from when that was first seen, in any run.
        now = self.options.now
        ended = now if holder else self.missing_since or now
        leaving = [row for row in self.rows.open if row.person != holder]
        begun = None if holder in self.rows.holders else holder
        return (
            *self.pull(leaving, begun, ended=ended),
            *self._base(holder),
            *self.clear_intents(landed=True),
            *self._settle_conflict(holder),
        )


def plan_role_members(
    role: RoleKey, state: IncidentState, reading: Reading, options: PlanOptions
) -> RolePlan:
    """Plan a role that several people may hold: each person is merged separately."""
    items = [each.item for rows in (state.links, state.intents) for each in rows]
    noted = {item.person for item in items if isinstance(item, RoleMember) and item.role == role}
    held = rows_of(state.assignments, role).holders
    members = [
        _MemberPlanner(RoleMember(role, person), state, reading, options).plan()
        for person in sorted(held | reading.roles.holders[role] | noted)
    ]
    role_states = [member.role_state for member in members if member.role_state]
    return RolePlan(
        role_state=RoleState(
            role=role,
            state=SyncState.PENDING if role_states else SyncState.IN_SYNC,
            doubted=frozenset().union(*(each.doubted for each in role_states)),
        ),
        edits=tuple(chain.from_iterable(member.edits for member in members)),
        effects=tuple(chain.from_iterable(member.effects for member in members)),
        writes=tuple(chain.from_iterable(member.writes for member in members)),
    )


class _MemberPlanner(ItemPlanner):
    """The plan for one person in the role; it has a state only if something is pending."""

    def __init__(
        self, item: RoleMember, state: IncidentState, reading: Reading, options: PlanOptions
    ) -> None:
        super().__init__(item, state, reading, options)
        self.person = item.person
        self.own = [row for row in self.rows.open if row.person == item.person]
        self.listed = item.person in self.remote
        self.attempted = frozenset(intent.holder is not None for intent in self.intents)

    def plan(self) -> RolePlan:
        role, person = self.role, self.person
        # Who was given the role again after the target was first seen without is a new wish.
        renewed = any(self.options.is_since(row.since, self.missing_since) for row in self.own)
        local = self.rows.share_of(person)
        decision = decide.decide_role_member(
            decide.RoleMemberSides(
                base=self.link is not None and not renewed,
                local=local,
                remote=self.listed,
                attempted=self.attempted,
                absence_believed=self.options.believes_absence(self.missing_since),
                former=person in self.former,
            )
        )
        pending = RoleState(role=role, state=SyncState.PENDING)
        match decision:
            case decide.RoleMemberDecision.NO_OP:
                return RolePlan(edits=self._base() if self.missing_since else ())
            case decide.RoleMemberDecision.LINK_ONLY:
                new = () if self.link else (Linked(role=role, holder=person),)
                return RolePlan(edits=self._link(), effects=new)
            case decide.RoleMemberDecision.FORGET:
                return RolePlan(edits=self._link())
            case decide.RoleMemberDecision.PULL_GIVEN:
                pulled = Pulled(role=role, before=None, after=person)
                return RolePlan(edits=self._pull(person), effects=(pulled,))
            case decide.RoleMemberDecision.PULL_TAKEN:
                pulled = Pulled(role=role, before=person, after=None)
                return RolePlan(edits=self._pull(None), effects=(pulled,))
            case decide.RoleMemberDecision.PUSH_GIVE:
                give = GiveRole(role=role, person=person)
                return RolePlan(role_state=pending, edits=self._adopt(), writes=(give,))
            case decide.RoleMemberDecision.PUSH_TAKE:
                take = TakeRole(role=role, person=person)
                return RolePlan(role_state=pending, edits=self._adopt(), writes=(take,))
            case decide.RoleMemberDecision.AWAIT_CONFIRMATION:
                edits = self.note_absence()
                if local is not decide.Local.HELD:
                    # Nobody holds it here, so that nothing waits for the second reading.
                    return RolePlan(edits=edits)
                doubt = RoleState(role=role, state=SyncState.PENDING, doubted=frozenset({person}))
                return RolePlan(role_state=doubt, edits=edits)
            case decide.RoleMemberDecision.STALE_READ:
                return RolePlan(role_state=pending)
            case _:
                assert_never(decision)

    def _base(self) -> tuple[Edit, ...]:
        """What the target shows becomes the base."""
        if self.listed:
            return (self.link_to(self.person),)
        return (Drop(Link, self.item), self.bury(self.person)) if self.link else ()

    def _pull(self, person: PersonKey | None) -> tuple[Edit, ...]:
        leaving = [] if person else self.own
        ended = self.missing_since or self.options.now
        opened = self.pull(leaving, person, ended=ended)
        return (*opened, *self._base(), *self.clear_intents(landed=True))

    def _link(self) -> tuple[Edit, ...]:
        known = (self.link is not None) == self.listed and not self.missing_since
        cleared = self.clear_intents(landed=self.listed in self.attempted)
        return (*(() if known else self._base()), *cleared)

    def _adopt(self) -> tuple[Edit, ...]:
        """Our earlier write arrived although its answer did not: the base learns it first."""
        arrived = self.listed in self.attempted
        return self._base() if arrived and (self.link is not None) != self.listed else ()
