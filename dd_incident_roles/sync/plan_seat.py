"""The part of a plan that a role with one holder contributes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Close, Open
from dd_incident_roles.sync.changes import Handover
from dd_incident_roles.sync.decide_seat import (
    Agree,
    Clash,
    Doubt,
    Observed,
    Overheld,
    Pull,
    Push,
    SeatSides,
    Settled,
    Stale,
    decide_seat,
)
from dd_incident_roles.sync.effects import Clashed, Linked, LocalEffect, Pulled
from dd_incident_roles.sync.local import RoleRows, rows_of
from dd_incident_roles.sync.ports import Reading
from dd_incident_roles.sync.role_plan import RolePlan, Terms, intents_of, link_of, still_shown
from dd_incident_roles.sync.standing import RoleStanding, Standing
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


def plan_seat(role: RoleKey, state: IncidentState, reading: Reading, terms: Terms) -> RolePlan:
    """Plan a single-holder role: a register that is merged whole."""
    seat = _SeatPlanner(role, state, reading, terms)
    return seat.plan()


class _SeatPlanner:
    """One seat with everything that its plan is made from."""

    def __init__(self, role: RoleKey, state: IncidentState, reading: Reading, terms: Terms) -> None:
        self.role = role
        self.terms = terms
        self.seen = reading.incident.modified
        self.former = still_shown(state, role, reading, terms)
        listing = reading.roles
        self.via = listing.via[role]
        self.remote = listing.holders[role]
        self.remote_ids = listing.remote_ids
        self.rows: RoleRows = rows_of(state.assignments, role)
        self.link = link_of(state.links, Seat(role), self.via)
        self.intents = intents_of(state.intents, Seat(role))
        self.conflict = next((row for row in state.conflicts if row.role == role), None)
        newest = max(self.rows.open, key=lambda row: (row.since, row.id), default=None)
        self.local = newest.person if newest else None
        self.renewed = bool(newest and self._is_renewed(newest))

    def plan(self) -> RolePlan:
        decision = decide_seat(
            SeatSides(
                base=self._observed(),
                local=self.local,
                deliberate=self.rows.deliberate,
                remote=self.remote,
                attempted=frozenset(intent.holder for intent in self.intents),
                absence_believed=self.terms.believes_absence(self.missing_since),
                former=self.former,
                commanded=self.role in self.terms.commanded,
            )
        )
        match decision:
            case Settled():
                return self._result(edits=self._seen_again())
            case Agree(holder):
                return self._result(edits=self._agreed(holder), effects=self._linked(holder))
            case Pull(holder):
                pulled = Pulled(role=self.role, before=self.local, after=holder)
                return self._result(edits=self._taken_over(holder), effects=(pulled,))
            case Push(before, after):
                write = Handover(role=self.role, before=before, after=after)
                return self._result(Standing.PENDING, edits=self._landed(), writes=(write,))
            case Clash(wanted, standing):
                clashed = Clashed(role=self.role, wanted=wanted, standing=standing)
                kept = Conflict(
                    role=self.role, wanted=wanted, standing=standing, since=self.terms.now
                )
                return self._result(
                    Standing.CONFLICT,
                    edits=(*self._taken_over(standing), Put(kept)),
                    effects=(clashed,),
                )
            case Overheld(holders):
                return self._result(Standing.CONFLICT, overheld=holders)
            case Doubt():
                return self._doubted()
            case Stale():
                return self._result(Standing.PENDING)
            case _:
                assert_never(decision)

    def _observed(self) -> Observed | None:
        """The base; somebody named again after the seat was seen empty is a new wish."""
        if self.link is None:
            return None
        return Observed(holder=None if self.renewed else self.link.holder)

    def _is_renewed(self, row: Assignment) -> bool:
        """Whether the agreed holder was named again after the target was first seen without."""
        same = self.link is not None and row.person == self.link.holder
        return same and self.terms.is_since(row.since, self.missing_since)

    def _result(
        self,
        standing: Standing = Standing.IN_SYNC,
        *,
        edits: tuple[Edit, ...] = (),
        effects: tuple[LocalEffect, ...] = (),
        writes: tuple[Handover, ...] = (),
        notices: tuple[str, ...] = (),
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
            notices=notices,
        )

    def _base(self, holder: PersonKey | None) -> tuple[Put, ...]:
        """The new base, and what the target showed before, which an old listing may repeat."""
        remote_id = self.remote_ids.get((self.role, holder)) if holder else None
        link = Link(item=Seat(self.role), holder=holder, via=self.via, remote_id=remote_id)
        if self.link is None or self.link.holder is None or self.link.holder == holder:
            return (Put(link),)
        gone = RoleTombstone(
            role=self.role, person=self.link.holder, seen=self.seen, since=self.terms.now
        )
        return (Put(link), Put(gone))

    def _seen_again(self) -> tuple[Edit, ...]:
        """A holder who had been missing for a moment is there again."""
        if self.link and self.missing_since:
            return self._base(self.link.holder)
        return ()

    def _agreed(self, holder: PersonKey | None) -> tuple[Edit, ...]:
        landed = holder in {intent.holder for intent in self.intents}
        clear = bool(self.intents) and (landed or self.terms.knows_fate(self.intents))
        known = self.link is not None and self.link.holder == holder
        return (
            *(() if known and not self.missing_since else self._base(holder)),
            *((Drop(Intent, Seat(self.role)),) if clear else ()),
            *self._settled(holder),
        )

    @property
    def missing_since(self) -> datetime | None:
        return self.link.missing_since if self.link else None

    def _settled(self, holder: PersonKey | None) -> tuple[Edit, ...]:
        if self.conflict and self.conflict.wanted == holder:
            return (Drop(Conflict, self.role),)
        return ()

    def _linked(self, holder: PersonKey | None) -> tuple[LocalEffect, ...]:
        if holder is None or (self.link and self.link.holder == holder):
            return ()
        return (Linked(role=self.role, holder=holder),)

    def _landed(self) -> tuple[Edit, ...]:
        """Our earlier write arrived although its answer did not: the base learns it first."""
        remote = next(iter(self.remote), None)
        agreed = self.link.holder if self.link else None
        arrived = any(intent.holder == remote for intent in self.intents)
        if len(self.remote) > 1 or not arrived or remote == agreed:
            return ()
        return self._base(remote)

    def _taken_over(self, holder: PersonKey | None) -> tuple[Edit, ...]:
        # Nobody followed: the role was empty when that was seen first, whoever looked then.
        ended = self.terms.now if holder else self.missing_since or self.terms.now
        closing = [
            Close(
                assignment_id=row.id,
                until=max(ended, row.since),
                ended_by=self.terms.set_by,
                ended_source=Source.DATADOG,
            )
            for row in self.rows.open
            if row.person != holder
        ]
        begun = [
            Open(
                assignment=Assignment(
                    id=self.terms.new_id(),
                    role=self.role,
                    stream=None,
                    person=person,
                    since=self.terms.now,
                    until=None,
                    set_by=self.terms.set_by,
                    source=Source.DATADOG,
                )
            )
            for person in ([holder] if holder and holder not in self.rows.holders else [])
        ]
        return (
            *closing,
            *begun,
            *self._base(holder),
            *((Drop(Intent, Seat(self.role)),) if self.intents else ()),
            *self._settled(holder),
        )

    def _doubted(self) -> RolePlan:
        """Note when the seat was first seen empty, and wait for a second look."""
        edits: tuple[Edit, ...] = ()
        if self.link and not self.terms.noted(self.missing_since):
            missed = replace(self.link, missing_since=self.terms.now)
            edits = (Put(missed),)
        doubted = frozenset({self.local} if self.local else ())
        return self._result(Standing.PENDING, edits=edits, doubted=doubted)
