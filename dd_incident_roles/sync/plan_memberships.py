"""The part of a plan that a role with several holders contributes: one bit for each person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.decide_membership import (
    Local,
    MembershipDecision,
    MembershipSides,
    decide_membership,
)
from dd_incident_roles.sync.plan import (
    Linked,
    PlanOptions,
    Pulled,
    RoleEffect,
    RolePlan,
    RoleStanding,
    Standing,
)
from dd_incident_roles.sync.role_rows import intents_of, link_of, pull_holders, rows_of, still_shown
from dd_incident_roles.sync.state import (
    Drop,
    Edit,
    IncidentState,
    Intent,
    Link,
    Membership,
    Put,
    RoleTombstone,
)
from dd_incident_roles.sync.targets import GiveRole, Reading, TakeRole


def plan_memberships(
    role: RoleKey, state: IncidentState, reading: Reading, options: PlanOptions
) -> RolePlan:
    """Plan a role that several may hold: each person's share is merged by itself."""
    items = [each.item for rows in (state.links, state.intents) for each in rows]
    noted = {item.person for item in items if isinstance(item, Membership) and item.role == role}
    held = rows_of(state.assignments, role).holders
    shares = [
        _SharePlanner(role, person, state, reading, options).plan()
        for person in sorted(held | reading.roles.holders[role] | noted)
    ]
    pending = any(share.pending for share in shares)
    return RolePlan(
        standing=RoleStanding(
            role=role,
            standing=Standing.PENDING if pending else Standing.IN_SYNC,
            doubted=frozenset(share.person for share in shares if share.doubted),
        ),
        edits=tuple(edit for share in shares for edit in share.edits),
        effects=tuple(effect for share in shares for effect in share.effects),
        writes=tuple(write for share in shares for write in share.writes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _SharePlan:
    person: PersonKey
    pending: bool = False
    doubted: bool = False
    edits: tuple[Edit, ...] = ()
    effects: tuple[RoleEffect, ...] = ()
    writes: tuple[GiveRole | TakeRole, ...] = ()


class _SharePlanner:
    """One person's share in the role with everything that its plan is made from."""

    def __init__(
        self,
        role: RoleKey,
        person: PersonKey,
        state: IncidentState,
        reading: Reading,
        options: PlanOptions,
    ) -> None:
        self.person = person
        self.item = Membership(role, person)
        self.options = options
        self.rows = rows_of(state.assignments, role)
        self.own = [row for row in self.rows.open if row.person == person]
        self.via = reading.roles.via[role]
        self.listed = person in reading.roles.holders[role]
        self.remote_id = reading.roles.remote_ids.get((role, person))
        self.link = link_of(state.links, self.item, self.via)
        self.missing_since = self.link.missing_since if self.link else None
        self.intents = intents_of(state.intents, self.item)
        self.attempted = frozenset(intent.holder is not None for intent in self.intents)
        self.former = person in still_shown(state, role, reading, options)
        self.seen = reading.incident.modified

    def plan(self) -> _SharePlan:
        role, person = self.item.role, self.person
        # Who was given the role again after the target was first seen without is a new wish.
        renewed = any(self.options.is_since(row.since, self.missing_since) for row in self.own)
        sides = MembershipSides(
            base=self.link is not None and not renewed,
            local=self.rows.share_of(person),
            remote=self.listed,
            attempted=self.attempted,
            absence_believed=self.options.believes_absence(self.missing_since),
            former=self.former,
        )
        decision = decide_membership(sides)
        match decision:
            case MembershipDecision.NO_OP:
                edits = self._base() if self.missing_since else ()
                return _SharePlan(person=person, edits=edits)
            case MembershipDecision.LINK_ONLY:
                new = () if self.link else (Linked(role=role, holder=person),)
                return _SharePlan(person=person, edits=self._link(), effects=new)
            case MembershipDecision.FORGET:
                return _SharePlan(person=person, edits=self._link())
            case MembershipDecision.PULL_GIVEN | MembershipDecision.PULL_TAKEN:
                given = decision is MembershipDecision.PULL_GIVEN
                before, after = (None, person) if given else (person, None)
                pulled = Pulled(role=role, before=before, after=after)
                return _SharePlan(person=person, edits=self._pull(after), effects=(pulled,))
            case MembershipDecision.PUSH_GIVE:
                give = GiveRole(role=role, person=person)
                return _SharePlan(person=person, pending=True, edits=self._adopt(), writes=(give,))
            case MembershipDecision.PUSH_TAKE:
                take = TakeRole(role=role, person=person)
                return _SharePlan(person=person, pending=True, edits=self._adopt(), writes=(take,))
            case MembershipDecision.AWAIT_CONFIRMATION:
                held = sides.local is Local.HELD
                edits = self._note_absence()
                return _SharePlan(person=person, pending=held, doubted=held, edits=edits)
            case MembershipDecision.STALE_READ:
                return _SharePlan(person=person, pending=True)
            case _:
                assert_never(decision)

    def _base(self) -> tuple[Edit, ...]:
        """What the target shows becomes the base; an old listing may still show what is gone."""
        if self.listed:
            link = Link(item=self.item, holder=self.person, via=self.via, remote_id=self.remote_id)
            return (Put(link),)
        gone = RoleTombstone(
            role=self.item.role, person=self.person, seen=self.seen, since=self.options.now
        )
        return (Drop(Link, self.item), Put(gone)) if self.link else ()

    def _pull(self, person: PersonKey | None) -> tuple[Edit, ...]:
        leaving = [] if person else self.own
        ended = self.missing_since or self.options.now
        return (
            *pull_holders(self.rows, leaving, person, self.options, ended=ended),
            *self._base(),
            *self._clear_intents(True),
        )

    def _link(self) -> tuple[Edit, ...]:
        known = (self.link is not None) == self.listed and not self.missing_since
        landed = self.listed in self.attempted
        return (
            *(() if known else self._base()),
            *self._clear_intents(landed or self.options.knows_fate(self.intents)),
        )

    def _clear_intents(self, is_known: bool) -> tuple[Edit, ...]:
        return (Drop(Intent, self.item),) if self.intents and is_known else ()

    def _adopt(self) -> tuple[Edit, ...]:
        """Our earlier write arrived although its answer did not: the base learns it first."""
        arrived = self.listed in self.attempted
        return self._base() if arrived and (self.link is not None) != self.listed else ()

    def _note_absence(self) -> tuple[Edit, ...]:
        if self.link is None or self.options.noted(self.missing_since):
            return ()
        return (Put(replace(self.link, missing_since=self.options.now)),)
