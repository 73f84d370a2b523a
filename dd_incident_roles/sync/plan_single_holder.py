"""The part of a plan for a role with one holder."""

from __future__ import annotations

from typing import assert_never

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync import decide_single_holder as single
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
from dd_incident_roles.sync.role_rows import ItemPlanner
from dd_incident_roles.sync.state import Conflict, Drop, Edit, IncidentState, Put, SingleHolderRole
from dd_incident_roles.sync.targets import Handover, Reading


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
            base = single.Observed(holder=None if self.renewed else self.agreed)
        decision = single.decide_single_holder(
            single.SingleHolderSides(
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
            case single.NoOp():
                # A holder who had been missing for a moment is there again.
                again = self._base(self.agreed) if self.missing_since else ()
                return self._result(edits=again)
            case single.LinkOnly(holder):
                new = holder is not None and self.agreed != holder
                effects = (Linked(role=self.role, holder=holder),) if holder and new else ()
                return self._result(edits=self._link(holder), effects=effects)
            case single.Pull(holder):
                pulled = Pulled(role=self.role, before=self.local, after=holder)
                return self._result(edits=self._pull(holder), effects=(pulled,))
            case single.Push(before, after):
                write = Handover(role=self.role, before=before, after=after)
                return self._result(SyncState.PENDING, edits=self._adopt(), writes=(write,))
            case single.Clash(wanted, standing):
                clashed = Clashed(role=self.role, wanted=wanted, standing=standing)
                kept = Conflict(
                    role=self.role, wanted=wanted, standing=standing, since=self.options.now
                )
                edits = (*self._pull(standing), Put(kept))
                return self._result(SyncState.CONFLICT, edits=edits, effects=(clashed,))
            case single.Overheld(holders):
                return self._result(SyncState.CONFLICT, overheld=holders)
            case single.AwaitConfirmation():
                doubted = frozenset({self.local} if self.local else ())
                return self._result(SyncState.PENDING, edits=self.note_absence(), doubted=doubted)
            case single.StaleRead():
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
