"""The part of a plan that a role with one holder contributes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from dd_incident_roles.model import Assignment, PersonKey, RoleKey
from dd_incident_roles.sync.decide_seat import (
    AwaitConfirmation,
    Clash,
    LinkOnly,
    NoOp,
    Observed,
    Overheld,
    Pull,
    Push,
    SeatSides,
    StaleRead,
    decide_seat,
)
from dd_incident_roles.sync.plan import (
    Clashed,
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
    Conflict,
    Drop,
    Edit,
    IncidentState,
    Intent,
    Link,
    Put,
    RoleTombstone,
    Seat,
)
from dd_incident_roles.sync.targets import Handover, Reading


class SeatPlanner:
    """Plans a single-holder role, which is a register that is merged whole."""

    def __init__(
        self, role: RoleKey, state: IncidentState, reading: Reading, options: PlanOptions
    ) -> None:
        self.role = role
        self.options = options
        self.seen = reading.incident.modified
        self.former = still_shown(state, role, reading, options)
        listing = reading.roles
        self.via = listing.via[role]
        self.remote = listing.holders[role]
        self.remote_ids = listing.remote_ids
        self.rows = rows_of(state.assignments, role)
        self.link = link_of(state.links, Seat(role), self.via)
        self.agreed = self.link.holder if self.link else None
        self.missing_since = self.link.missing_since if self.link else None
        self.intents = intents_of(state.intents, Seat(role))
        self.conflict = next((row for row in state.conflicts if row.role == role), None)
        newest = max(self.rows.open, key=lambda row: (row.since, row.id), default=None)
        self.local = newest.person if newest else None
        self.renewed = bool(newest and self._is_renewed(newest))

    def plan(self) -> RolePlan:
        """Decide what the role calls for, and put it into edits and writes."""
        base = None
        if self.link:
            # A holder who was named again after the seat was seen empty is a new wish.
            base = Observed(holder=None if self.renewed else self.agreed)
        decision = decide_seat(
            SeatSides(
                base=base,
                local=self.local,
                set_by_user=self.rows.set_by_user,
                remote=self.remote,
                attempted=frozenset(intent.holder for intent in self.intents),
                absence_believed=self.options.believes_absence(self.missing_since),
                former=self.former,
                explicitly_set=self.role in self.options.explicitly_set_roles,
            )
        )
        match decision:
            case NoOp():
                # A holder who had been missing for a moment is there again.
                again = self._base(self.agreed) if self.missing_since else ()
                return self._result(edits=again)
            case LinkOnly(holder):
                new = holder is not None and self.agreed != holder
                effects = (Linked(role=self.role, holder=holder),) if holder and new else ()
                return self._result(edits=self._link(holder), effects=effects)
            case Pull(holder):
                pulled = Pulled(role=self.role, before=self.local, after=holder)
                return self._result(edits=self._pull(holder), effects=(pulled,))
            case Push(before, after):
                write = Handover(role=self.role, before=before, after=after)
                return self._result(Standing.PENDING, edits=self._adopt(), writes=(write,))
            case Clash(wanted, standing):
                clashed = Clashed(role=self.role, wanted=wanted, standing=standing)
                kept = Conflict(
                    role=self.role, wanted=wanted, standing=standing, since=self.options.now
                )
                edits = (*self._pull(standing), Put(kept))
                return self._result(Standing.CONFLICT, edits=edits, effects=(clashed,))
            case Overheld(holders):
                return self._result(Standing.CONFLICT, overheld=holders)
            case AwaitConfirmation():
                doubted = frozenset({self.local} if self.local else ())
                return self._result(Standing.PENDING, edits=self._note_absence(), doubted=doubted)
            case StaleRead():
                return self._result(Standing.PENDING)
            case _:
                assert_never(decision)

    def _is_renewed(self, row: Assignment) -> bool:
        """Whether the agreed holder was named again after the target was first seen without."""
        same = self.link is not None and row.person == self.agreed
        return same and self.options.is_since(row.since, self.missing_since)

    def _result(
        self,
        standing: Standing = Standing.IN_SYNC,
        *,
        edits: tuple[Edit, ...] = (),
        effects: tuple[RoleEffect, ...] = (),
        writes: tuple[Handover, ...] = (),
        doubted: frozenset[PersonKey] = frozenset(),
        overheld: frozenset[PersonKey] = frozenset(),
    ) -> RolePlan:
        settled = Drop(Conflict, self.role) in edits
        if self.conflict and standing is Standing.IN_SYNC and not settled:
            standing = Standing.CONFLICT
        return RolePlan(
            standing=RoleStanding(
                role=self.role, standing=standing, doubted=doubted, overheld=overheld
            ),
            edits=edits,
            effects=effects,
            writes=writes,
        )

    def _base(self, holder: PersonKey | None) -> tuple[Put, ...]:
        """The new base, and what the target showed before, which an old listing may repeat."""
        remote_id = self.remote_ids.get((self.role, holder)) if holder else None
        link = Link(item=Seat(self.role), holder=holder, via=self.via, remote_id=remote_id)
        if self.agreed is None or self.agreed == holder:
            return (Put(link),)
        gone = RoleTombstone(
            role=self.role, person=self.agreed, seen=self.seen, since=self.options.now
        )
        return (Put(link), Put(gone))

    def _link(self, holder: PersonKey | None) -> tuple[Edit, ...]:
        landed = holder in {intent.holder for intent in self.intents}
        known = self.link is not None and self.agreed == holder
        return (
            *(() if known and not self.missing_since else self._base(holder)),
            *self._clear_intents(landed or self.options.knows_fate(self.intents)),
            *self._settle_conflict(holder),
        )

    def _clear_intents(self, is_known: bool) -> tuple[Drop, ...]:
        return (Drop(Intent, Seat(self.role)),) if self.intents and is_known else ()

    def _settle_conflict(self, holder: PersonKey | None) -> tuple[Drop, ...]:
        settled = self.conflict is not None and self.conflict.wanted == holder
        return (Drop(Conflict, self.role),) if settled else ()

    def _adopt(self) -> tuple[Edit, ...]:
        """Our earlier write arrived although its answer did not: the base learns it first."""
        remote = next(iter(self.remote), None)
        arrived = any(intent.holder == remote for intent in self.intents)
        if len(self.remote) > 1 or not arrived or remote == self.agreed:
            return ()
        return self._base(remote)

    def _pull(self, holder: PersonKey | None) -> tuple[Edit, ...]:
        # Nobody followed: the role was empty when that was seen first, whichever run saw it.
        now: datetime = self.options.now
        ended = now if holder else self.missing_since or now
        leaving = [row for row in self.rows.open if row.person != holder]
        begun = None if holder in self.rows.holders else holder
        return (
            *pull_holders(self.rows, leaving, begun, self.options, ended=ended),
            *self._base(holder),
            *self._clear_intents(True),
            *self._settle_conflict(holder),
        )

    def _note_absence(self) -> tuple[Edit, ...]:
        """Note when the seat was first seen empty, and wait for a second reading."""
        if self.link is None or self.options.noted(self.missing_since):
            return ()
        return (Put(replace(self.link, missing_since=self.options.now)),)
