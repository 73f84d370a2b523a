"""The part of a plan for a role with several holders, who are merged one by one."""

from __future__ import annotations

from itertools import chain
from typing import assert_never

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.decide_role_member import (
    Local,
    RoleMemberDecision,
    RoleMemberSides,
    decide_role_member,
)
from dd_incident_roles.sync.plan import (
    Linked,
    PlanOptions,
    Pulled,
    RolePlan,
    RoleState,
    SyncState,
)
from dd_incident_roles.sync.role_rows import ItemPlanner, rows_of
from dd_incident_roles.sync.state import Drop, Edit, IncidentState, Link, RoleMember
from dd_incident_roles.sync.targets import GiveRole, Reading, TakeRole


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
        decision = decide_role_member(
            RoleMemberSides(
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
            case RoleMemberDecision.NO_OP:
                return RolePlan(edits=self._base() if self.missing_since else ())
            case RoleMemberDecision.LINK_ONLY:
                new = () if self.link else (Linked(role=role, holder=person),)
                return RolePlan(edits=self._link(), effects=new)
            case RoleMemberDecision.FORGET:
                return RolePlan(edits=self._link())
            case RoleMemberDecision.PULL_GIVEN:
                pulled = Pulled(role=role, before=None, after=person)
                return RolePlan(edits=self._pull(person), effects=(pulled,))
            case RoleMemberDecision.PULL_TAKEN:
                pulled = Pulled(role=role, before=person, after=None)
                return RolePlan(edits=self._pull(None), effects=(pulled,))
            case RoleMemberDecision.PUSH_GIVE:
                give = GiveRole(role=role, person=person)
                return RolePlan(role_state=pending, edits=self._adopt(), writes=(give,))
            case RoleMemberDecision.PUSH_TAKE:
                take = TakeRole(role=role, person=person)
                return RolePlan(role_state=pending, edits=self._adopt(), writes=(take,))
            case RoleMemberDecision.AWAIT_CONFIRMATION:
                edits = self.note_absence()
                if local is not Local.HELD:
                    # Nobody holds it here, so that nothing waits for the second reading.
                    return RolePlan(edits=edits)
                doubt = RoleState(role=role, state=SyncState.PENDING, doubted=frozenset({person}))
                return RolePlan(role_state=doubt, edits=edits)
            case RoleMemberDecision.STALE_READ:
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
