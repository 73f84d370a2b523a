"""The part of a plan for roles: one value where one person may hold a role, else a bit for each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import assert_never

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import replace_holdings
from dd_incident_roles.sync import decide_roles as decide
from dd_incident_roles.sync.plan import (
    Clashed,
    Linked,
    Plan,
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
    IncidentResponder,
    IncidentState,
    Intent,
    Item,
    Link,
    Put,
    RoleMember,
    RoleTombstone,
    SingleHolderRole,
    key_of,
)
from dd_incident_roles.sync.targets import (
    RESPONDER,
    EnsureResponder,
    GiveRole,
    Handover,
    Reading,
    RoleChange,
    RoleListing,
    TakeRole,
    holder_after,
    item_of,
    receiver_of,
)
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause

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


class _ItemPlanner:
    """One item of the roles with what the three sides hold of it.

    A member of a role is a register as well: it shows its person or nobody. ``remote`` and ``own``
    are the holders in the target and the open intervals here, as far as the item is about them.
    """

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
        self.own = self.rows.open
        if isinstance(item, RoleMember):
            self.remote &= {item.person}
            self.own = tuple(row for row in self.own if row.person == item.person)
        self.newest = max(self.own, key=lambda row: (row.since, row.id), default=None)
        self.local = self.newest.person if self.newest else None
        self.link = link_of(state.links, item, self.via)
        self.agreed = self.link.holder if self.link else None
        self.missing_since = self.link.missing_since if self.link else None
        self.intents = intents_of(state.intents, item)
        self.attempted = frozenset(intent.holder for intent in self.intents)
        # A member of a role equals none of these: only roles that one person holds have conflicts.
        about = SingleHolderRole
        self.conflict = next((row for row in state.conflicts if about(row.role) == item), None)

    def result(
        self,
        state: SyncState = SyncState.IN_SYNC,
        *,
        edits: tuple[Edit, ...] = (),
        effects: tuple[RoleEffect, ...] = (),
        writes: tuple[RoleChange, ...] = (),
        doubted: frozenset[PersonKey] = frozenset(),
        overheld: frozenset[PersonKey] = frozenset(),
    ) -> RolePlan:
        """The part of the plan; a conflict stays one until something settles it."""
        settled = Drop(Conflict, self.role) in edits
        if self.conflict and state is SyncState.IN_SYNC and not settled:
            state = SyncState.CONFLICT
        return RolePlan(
            role_state=RoleState(role=self.role, state=state, doubted=doubted, overheld=overheld),
            edits=edits,
            effects=effects,
            writes=writes,
        )

    def no_op(self) -> RolePlan:
        """All agree; a holder who had been missing for a moment is there again."""
        return self.result(edits=self._base(self.agreed) if self.missing_since else ())

    def link_only(self, holder: PersonKey | None) -> RolePlan:
        """Both sides show the same, which the base learns where it does not know it."""
        known = self.link is not None and self.agreed == holder and not self.missing_since
        is_new = holder is not None and self.agreed != holder
        return self.result(
            edits=(
                *(() if known else self._base(holder)),
                *self._clear_intents(landed=holder in self.attempted),
                *self._settle_conflict(holder),
            ),
            effects=(Linked(role=self.role, holder=holder),) if holder and is_new else (),
        )

    def pull(self, holder: PersonKey | None) -> RolePlan:
        """End some intervals and begin one, as the target shows it; it knows no streams."""
        now = self.options.now
        begun = None
        if holder and all(row.person != holder for row in self.own):
            begun = Assignment(
                id=self.options.new_id(),
                role=self.role,
                stream=None,
                person=holder,
                since=now,
                until=None,
                set_by=TARGET,
                source=Source.DATADOG,
            )
        change = replace_holdings(
            self.own,
            [row for row in self.own if row.person != holder],
            begun,
            # Nobody followed: the role was empty from when that was first seen, in any run.
            at=now if holder else self.missing_since or now,
            ended_by=TARGET,
            ended_source=Source.DATADOG,
        )
        return self.result(
            edits=(
                *change.edits,
                *self._base(holder),
                *self._clear_intents(landed=True),
                *self._settle_conflict(holder),
            ),
            effects=(Pulled(role=self.role, before=self.local, after=holder),),
        )

    def push(self, write: RoleChange) -> RolePlan:
        """Write to the target; the base learns first of an earlier write that arrived unheard."""
        shown = next(iter(self.remote), None)
        arrived = len(self.remote) <= 1 and shown in self.attempted and shown != self.agreed
        adopted = self._base(shown) if arrived else ()
        return self.result(SyncState.PENDING, edits=adopted, writes=(write,))

    def note_absence(self) -> tuple[Put, ...]:
        """Note when the target first lacked the item, and wait for a second reading."""
        if self.link is None or self.options.noted(self.missing_since):
            return ()
        return (Put(replace(self.link, missing_since=self.options.now)),)

    def _base(self, holder: PersonKey | None) -> tuple[Edit, ...]:
        """The new base, and the holder that the target showed before."""
        former: tuple[Put, ...] = ()
        if self.agreed is not None and self.agreed != holder:
            # An old listing may repeat it.
            now = self.options.now
            gone = RoleTombstone(role=self.role, person=self.agreed, seen=self.seen, since=now)
            former = (Put(gone),)
        if holder is None and isinstance(self.item, RoleMember):
            return (Drop(Link, self.item), *former) if self.link else ()
        remote_id = self.remote_ids.get((self.role, holder)) if holder else None
        link = Link(item=self.item, holder=holder, via=self.via, remote_id=remote_id)
        return (Put(link), *former)

    def _clear_intents(self, *, landed: bool) -> tuple[Drop, ...]:
        """Forget the unconfirmed writes once one is seen to have landed, or all are old."""
        is_known = landed or self.options.knows_fate(self.intents)
        return (Drop(Intent, self.item),) if self.intents and is_known else ()

    def _settle_conflict(self, holder: PersonKey | None) -> tuple[Drop, ...]:
        settled = self.conflict is not None and self.conflict.wanted == holder
        return (Drop(Conflict, self.role),) if settled else ()


def _plan_single_holder(
    role: RoleKey, state: IncidentState, reading: Reading, options: PlanOptions
) -> RolePlan:
    """Plan a single-holder role, which is merged as one value."""
    one = _ItemPlanner(SingleHolderRole(role), state, reading, options)
    base = None
    if one.link:
        # The agreed holder was named again after the target was first seen without.
        renewed = (
            one.newest is not None
            and one.local == one.agreed
            and options.is_since(one.newest.since, one.missing_since)
        )
        # A holder who was assigned again after the role was seen empty is a new change.
        base = decide.Observed(holder=None if renewed else one.agreed)
    decision = decide.decide_single_holder(
        decide.SingleHolderSides(
            base=base,
            local=one.local,
            set_by_user=one.rows.set_by_user,
            remote=one.remote,
            attempted=one.attempted,
            absence_believed=options.believes_absence(one.missing_since),
            former=one.former,
            explicitly_set=role in options.explicitly_set_roles,
        )
    )
    match decision:
        case decide.NoOp():
            return one.no_op()
        case decide.LinkOnly(holder):
            return one.link_only(holder)
        case decide.Pull(holder):
            return one.pull(holder)
        case decide.Push(before, after):
            return one.push(Handover(role=role, before=before, after=after))
        case decide.Clash(wanted, standing):
            kept = Conflict(role=role, wanted=wanted, standing=standing, since=options.now)
            clashed = Clashed(role=role, wanted=wanted, standing=standing)
            edits = (*one.pull(standing).edits, Put(kept))
            return one.result(SyncState.CONFLICT, edits=edits, effects=(clashed,))
        case decide.Overheld(holders):
            return one.result(SyncState.CONFLICT, overheld=holders)
        case decide.AwaitConfirmation():
            doubted = frozenset({one.local} if one.local else ())
            return one.result(SyncState.PENDING, edits=one.note_absence(), doubted=doubted)
        case decide.StaleRead():
            return one.result(SyncState.PENDING)
        case _:
            assert_never(decision)


def _plan_members(
    role: RoleKey, state: IncidentState, reading: Reading, options: PlanOptions
) -> Iterator[RolePlan]:
    """Plan a role that several people may hold: each person is merged separately."""
    items = [each.item for rows in (state.links, state.intents) for each in rows]
    noted = {item.person for item in items if isinstance(item, RoleMember) and item.role == role}
    held = rows_of(state.assignments, role).holders
    settled = RoleState(role=role, state=SyncState.IN_SYNC)
    for person in sorted(held | reading.roles.holders[role] | noted):
        member = _plan_member(RoleMember(role, person), state, reading, options)
        if (own := member.role_state) and own.state is SyncState.PENDING:
            settled = replace(own, doubted=settled.doubted | own.doubted)
        yield replace(member, role_state=None)
    yield RolePlan(role_state=settled)


def _plan_member(
    member: RoleMember, state: IncidentState, reading: Reading, options: PlanOptions
) -> RolePlan:
    role, person = member.role, member.person
    one = _ItemPlanner(member, state, reading, options)
    # Who was given the role again after the target was first seen without is a new wish.
    renewed = any(options.is_since(row.since, one.missing_since) for row in one.own)
    decision = decide.decide_role_member(
        decide.RoleMemberSides(
            base=one.link is not None and not renewed,
            local=one.rows.share_of(person),
            remote=bool(one.remote),
            attempted=frozenset(holder is not None for holder in one.attempted),
            absence_believed=options.believes_absence(one.missing_since),
            former=person in one.former,
        )
    )
    match decision:
        case decide.RoleMemberDecision.NO_OP:
            return one.no_op()
        case decide.RoleMemberDecision.LINK_ONLY:
            return one.link_only(person)
        case decide.RoleMemberDecision.FORGET:
            return one.link_only(None)
        case decide.RoleMemberDecision.PULL_GIVEN:
            return one.pull(person)
        case decide.RoleMemberDecision.PULL_TAKEN:
            return one.pull(None)
        case decide.RoleMemberDecision.PUSH_GIVE:
            return one.push(GiveRole(role=role, person=person))
        case decide.RoleMemberDecision.PUSH_TAKE:
            return one.push(TakeRole(role=role, person=person))
        case decide.RoleMemberDecision.AWAIT_CONFIRMATION if one.local is None:
            # Nobody holds it here, so that nothing waits for the second reading.
            return one.result(edits=one.note_absence())
        case decide.RoleMemberDecision.AWAIT_CONFIRMATION:
            doubted = frozenset({person})
            return one.result(SyncState.PENDING, edits=one.note_absence(), doubted=doubted)
        case decide.RoleMemberDecision.STALE_READ:
            return one.result(SyncState.PENDING)
        case _:
            assert_never(decision)


def plan_roles(state: IncidentState, reading: Reading, options: PlanOptions) -> Plan:
    """Decide everything that brings the record and one target together on one incident's roles."""
    listing = reading.roles
    parts: list[RolePlan] = []
    for role in listing.holders:
        if role in listing.single:
            parts.append(_plan_single_holder(role, state, reading, options))
        else:
            parts += _plan_members(role, state, reading, options)
    why = clause(str(listing.contradiction or ""))
    parts += [
        RolePlan(role_state=RoleState(role=role, state=state, reason=reason))
        for state, reasons in (
            (SyncState.NOT_SUPPORTED, listing.unsupported),
            (SyncState.PENDING, dict.fromkeys(sorted(listing.unread), why)),
        )
        for role, reason in reasons.items()
    ]
    receiving = {receiver_of(write, listing) for part in parts for write in part.writes}
    parts.append(_plan_responders(state, listing, {each for each in receiving if each}, options))
    return Plan(
        reading=reading,
        state=state,
        edits=(
            # No listing can be so old that it still shows these.
            *(
                Drop(RoleTombstone, key_of(each))
                for each in state.tombstones
                if options.is_settled(each.since)
            ),
            *chain.from_iterable(part.edits for part in parts),
        ),
        effects=tuple(chain.from_iterable(part.effects for part in parts)),
        # Additions first: in that order an interruption does the least harm.
        writes=tuple(sorted((write for part in parts for write in part.writes), key=_rank)),
        role_states=tuple(part.role_state for part in parts if part.role_state),
        notices=(*reading.notices, *chain.from_iterable(part.notices for part in parts)),
        linked=sum(
            link.holder is not None and not isinstance(link.item, IncidentResponder)
            for link in state.links
        ),
    )


def _rank(write: RoleChange) -> tuple[int, str]:
    adds = isinstance(write, EnsureResponder)
    rank = 0 if adds else 1 if holder_after(write) else 2
    # Of items as text, because two classes have no order between them.
    return rank, repr(item_of(write))


def _plan_responders(
    state: IncidentState,
    listing: RoleListing,
    receiving: Collection[PersonKey],
    options: PlanOptions,
) -> RolePlan:
    """Plan who must be added to the responders.

    A person who is about to get a role is added first. Where the target can show no more than a
    responder, the holders of the role are added once; somebody whom people removed again is not
    added a second time.
    """
    if listing.responders is None:
        return RolePlan()
    shown_only_here = {
        person
        for role in listing.unsupported
        for person in rows_of(state.assignments, role).holders
    }
    needed = {*receiving, *shown_only_here}
    edits: list[Edit] = []
    added: list[EnsureResponder] = []
    notices: list[str] = []
    for person in sorted(needed):
        item = IncidentResponder(person)
        link = link_of(state.links, item, RESPONDER)
        if person in listing.responders:
            if link is None and person in shown_only_here:
                edits.append(Put(Link(item=item, holder=person, via=RESPONDER)))
            if intents_of(state.intents, item):
                edits.append(Drop(Intent, item))
        # A link says that they were added once, and a person may have removed them since.
        elif link is None or person in receiving:
            added.append(EnsureResponder(person=person))
        else:
            notices.append(
                f"{person} holds a role here but was removed from the responders in Datadog."
            )
    edits.extend(_forget_needless(state, needed, listing.responders, options))
    return RolePlan(edits=tuple(edits), writes=tuple(added), notices=tuple(notices))


def _forget_needless(
    state: IncidentState,
    needed: Collection[PersonKey],
    responders: Collection[PersonKey],
    options: PlanOptions,
) -> Iterator[Drop]:
    """Forget what was noted about people who no longer hold a role here."""
    for link in state.links:
        if isinstance(link.item, IncidentResponder) and link.item.person not in needed:
            yield Drop(Link, link.item)
    tried = {intent.item for intent in state.intents if isinstance(intent.item, IncidentResponder)}
    for item in sorted(tried):
        # Until its fate is known, the write may still arrive.
        known = item.person in responders or options.knows_fate(intents_of(state.intents, item))
        if item.person not in needed and known:
            yield Drop(Intent, item)
