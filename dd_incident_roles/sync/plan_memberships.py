"""The part of a plan that a role with several holders contributes: one bit for each person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Close, Open
from dd_incident_roles.sync.changes import GiveRole, TakeRole
from dd_incident_roles.sync.decide_membership import (
    Local,
    MembershipDecision,
    MembershipSides,
    decide_membership,
)
from dd_incident_roles.sync.effects import Linked, LocalEffect, Pulled
from dd_incident_roles.sync.local import RoleRows, rows_of
from dd_incident_roles.sync.ports import Reading
from dd_incident_roles.sync.role_plan import RolePlan, Terms, intents_of, link_of, still_shown
from dd_incident_roles.sync.standing import RoleStanding, Standing
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


def plan_memberships(
    role: RoleKey, state: IncidentState, reading: Reading, terms: Terms
) -> RolePlan:
    """Plan a role that several may hold: each person's share is merged by itself."""
    rows = rows_of(state.assignments, role)
    listing = reading.roles
    former = still_shown(state, role, reading, terms)
    shares = [
        _Share(
            person=person,
            rows=rows,
            via=listing.via[role],
            listed=person in listing.holders[role],
            remote_id=listing.remote_ids.get((role, person)),
            link=link_of(state.links, Membership(role, person), listing.via[role]),
            intents=intents_of(state.intents, Membership(role, person)),
            former=person in former,
            seen=reading.incident.modified,
            terms=terms,
        ).plan()
        for person in sorted(_concerned(role, rows, state, listing.holders[role]))
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


def _concerned(
    role: RoleKey, rows: RoleRows, state: IncidentState, listed: frozenset[PersonKey]
) -> Iterable[PersonKey]:
    items = [*(link.item for link in state.links), *(intent.item for intent in state.intents)]
    noted = {item.person for item in items if isinstance(item, Membership) and item.role == role}
    return rows.holders | listed | noted


@dataclass(frozen=True, slots=True, kw_only=True)
class _SharePlan:
    person: PersonKey
    pending: bool = False
    doubted: bool = False
    edits: tuple[Edit, ...] = ()
    effects: tuple[LocalEffect, ...] = ()
    writes: tuple[GiveRole | TakeRole, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """One person's share in the role with everything that its plan is made from."""

    person: PersonKey
    rows: RoleRows
    via: str
    listed: bool
    remote_id: str | None
    link: Link | None
    intents: tuple[Intent, ...]
    former: bool
    seen: datetime
    terms: Terms

    @property
    def item(self) -> Membership:
        return Membership(self.rows.role, self.person)

    def plan(self) -> _SharePlan:
        role = self.rows.role
        sides = MembershipSides(
            base=self.link is not None and not self._renewed,
            local=self.rows.share_of(self.person),
            remote=self.listed,
            attempted=frozenset(intent.holder is not None for intent in self.intents),
            absence_believed=self.terms.believes_absence(self._missing_since),
            former=self.former,
        )
        decision = decide_membership(sides)
        match decision:
            case MembershipDecision.SETTLED:
                return _SharePlan(person=self.person, edits=self._seen_again())
            case MembershipDecision.LINK:
                new = () if self.link else (Linked(role=role, holder=self.person),)
                return _SharePlan(person=self.person, edits=self._agreed(), effects=new)
            case MembershipDecision.FORGET:
                return _SharePlan(person=self.person, edits=self._agreed())
            case MembershipDecision.PULL_GIVEN:
                given = Pulled(role=role, before=None, after=self.person)
                edits = (self._begun(), *self._based())
                return _SharePlan(person=self.person, edits=edits, effects=(given,))
            case MembershipDecision.PULL_TAKEN:
                taken = Pulled(role=role, before=self.person, after=None)
                edits = (*self._ended(), *self._based())
                return _SharePlan(person=self.person, edits=edits, effects=(taken,))
            case MembershipDecision.PUSH_GIVE:
                give = GiveRole(role=role, person=self.person)
                return _SharePlan(
                    person=self.person, pending=True, edits=self._landed(), writes=(give,)
                )
            case MembershipDecision.PUSH_TAKE:
                take = TakeRole(role=role, person=self.person)
                return _SharePlan(
                    person=self.person, pending=True, edits=self._landed(), writes=(take,)
                )
            case MembershipDecision.DOUBT:
                held = sides.local is Local.HELD
                return _SharePlan(
                    person=self.person, pending=held, doubted=held, edits=self._missed()
                )
            case MembershipDecision.STALE:
                return _SharePlan(person=self.person, pending=True)
            case _:
                assert_never(decision)

    @property
    def _renewed(self) -> bool:
        """Whether the role was given again here after the target was first seen without it."""
        own = [row.since for row in self.rows.open if row.person == self.person]
        return any(self.terms.is_since(began, self._missing_since) for began in own)

    def _base(self) -> tuple[Edit, ...]:
        """What the target shows becomes the base; an old listing may still show what is gone."""
        if self.listed:
            link = Link(item=self.item, holder=self.person, via=self.via, remote_id=self.remote_id)
            return (Put(link),)
        gone = RoleTombstone(
            role=self.rows.role, person=self.person, seen=self.seen, since=self.terms.now
        )
        return (Drop(Link, self.item), Put(gone)) if self.link else ()

    def _based(self) -> tuple[Edit, ...]:
        cleared = (Drop(Intent, self.item),) if self.intents else ()
        return (*self._base(), *cleared)

    def _agreed(self) -> tuple[Edit, ...]:
        landed = self.listed in {intent.holder is not None for intent in self.intents}
        clear = bool(self.intents) and (landed or self.terms.knows_fate(self.intents))
        known = (self.link is not None) == self.listed and not self._missing_since
        return (
            *(() if known else self._base()),
            *((Drop(Intent, self.item),) if clear else ()),
        )

    def _landed(self) -> tuple[Edit, ...]:
        """Our earlier write arrived although its answer did not: the base learns it first."""
        arrived = any((intent.holder is not None) == self.listed for intent in self.intents)
        if not arrived or (self.link is not None) == self.listed:
            return ()
        return self._base()

    @property
    def _missing_since(self) -> datetime | None:
        return self.link.missing_since if self.link else None

    def _seen_again(self) -> tuple[Edit, ...]:
        return self._base() if self._missing_since else ()

    def _missed(self) -> tuple[Edit, ...]:
        if self.link is None or self.terms.noted(self._missing_since):
            return ()
        return (Put(replace(self.link, missing_since=self.terms.now)),)

    def _begun(self) -> Open:
        return Open(
            assignment=Assignment(
                id=self.terms.new_id(),
                role=self.rows.role,
                stream=None,
                person=self.person,
                since=self.terms.now,
                until=None,
                set_by=self.terms.set_by,
                source=Source.DATADOG,
            )
        )

    def _ended(self) -> tuple[Edit, ...]:
        return tuple(
            Close(
                assignment_id=row.id,
                until=max(self._missing_since or self.terms.now, row.since),
                ended_by=self.terms.set_by,
                ended_source=Source.DATADOG,
            )
            for row in self.rows.open
            if row.person == self.person
        )
