"""Everything about one incident: its roles, the responders that these need, and its timeline."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import chain

from dd_incident_roles.model import PersonKey
from dd_incident_roles.sync import state as rows
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.fold import fold, heard_in, restore
from dd_incident_roles.sync.entries.plan_timeline import plan_timeline
from dd_incident_roles.sync.plan import (
    Plan,
    PlanOptions,
    RolePlan,
    RoleState,
    SyncState,
)
from dd_incident_roles.sync.plan_roles import (
    SingleHolderPlanner,
    intents_of,
    link_of,
    plan_role_members,
    rows_of,
)
from dd_incident_roles.sync.resting import let_rest
from dd_incident_roles.words import clause, count_of


def plan_incident(
    state: rows.IncidentState, reading: targets.Reading, options: PlanOptions
) -> Plan:
    """Decide everything that brings the record and one target together on one incident."""
    if reading.timeline is None:
        return let_rest(_without_timeline(plan_roles(state, reading, options)), options)
    people = list(reading.people.values())
    timeline = plan_timeline(state.timeline, reading.timeline, people, options)
    # The timeline first: what other records say of a role is known before roles are compared.
    entries = rows.replay(state, timeline.edits).timeline.entries
    restored = tuple(restore(state, fold(heard_in(entries, reading.incident.id)), reading.roles))
    plan = plan_roles(rows.replay(state, restored), reading, options)
    plan = replace(plan, state=state, edits=(*restored, *plan.edits), timeline=timeline)
    return let_rest(plan, options)


def _without_timeline(plan: Plan) -> Plan:
    """Note that there is no timeline only if something waits for it."""
    linked = {link.key for link in plan.state.timeline.links}
    waiting = sum(entry.key not in linked for entry in plan.state.timeline.entries)
    if not waiting or plan.reading.no_timeline is None:
        return plan
    what = count_of(waiting, "timeline entry waits", "timeline entries wait")
    notice = f"{clause(plan.reading.no_timeline)}; {what} here."
    return replace(plan, notices=(*plan.notices, notice))


def plan_roles(state: rows.IncidentState, reading: targets.Reading, options: PlanOptions) -> Plan:
    """Decide everything that brings the record and one target together on one incident's roles."""
    listing = reading.roles
    parts = [
        SingleHolderPlanner(role, state, reading, options).plan()
        if role in listing.single
        else plan_role_members(role, state, reading, options)
        for role in listing.holders
    ]
    why = clause(str(listing.contradiction or ""))
    parts += [
        RolePlan(role_state=RoleState(role=role, state=state, reason=reason))
        for state, reasons in (
            (SyncState.NOT_SUPPORTED, listing.unsupported),
            (SyncState.PENDING, dict.fromkeys(sorted(listing.unread), why)),
        )
        for role, reason in reasons.items()
    ]
    receiving = {targets.receiver_of(write, listing) for part in parts for write in part.writes}
    parts.append(_plan_responders(state, listing, {each for each in receiving if each}, options))
    return Plan(
        reading=reading,
        state=state,
        edits=(
            # No listing can be so old that it still shows these.
            *(
                rows.Drop(rows.RoleTombstone, rows.key_of(each))
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
            link.holder is not None and not isinstance(link.item, rows.IncidentResponder)
            for link in state.links
        ),
    )


def _rank(write: targets.RoleChange) -> tuple[int, str]:
    adds = isinstance(write, targets.EnsureResponder)
    rank = 0 if adds else 1 if targets.holder_after(write) else 2
    return rank, repr(targets.item_of(write))


def _plan_responders(
    state: rows.IncidentState,
    listing: targets.RoleListing,
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
    edits: list[rows.Edit] = []
    added: list[targets.EnsureResponder] = []
    notices: list[str] = []
    for person in sorted(needed):
        item = rows.IncidentResponder(person)
        link = link_of(state.links, item, targets.RESPONDER)
        if person in listing.responders:
            if link is None and person in shown_only_here:
                edits.append(rows.Put(rows.Link(item=item, holder=person, via=targets.RESPONDER)))
            if intents_of(state.intents, item):
                edits.append(rows.Drop(rows.Intent, item))
        # A link says that they were added once, and a person may have removed them since.
        elif link is None or person in receiving:
            added.append(targets.EnsureResponder(person=person))
        else:
            notices.append(
                f"{person} holds a role here but was removed from the responders in Datadog."
            )
    edits.extend(_forget_needless(state, needed, listing.responders, options))
    return RolePlan(edits=tuple(edits), writes=tuple(added), notices=tuple(notices))


def _forget_needless(
    state: rows.IncidentState,
    needed: Collection[PersonKey],
    responders: Collection[PersonKey],
    options: PlanOptions,
) -> Iterator[rows.Drop]:
    """Forget what was noted about people who no longer hold a role here."""
    for link in state.links:
        if isinstance(link.item, rows.IncidentResponder) and link.item.person not in needed:
            yield rows.Drop(rows.Link, link.item)
    tried = {
        intent.item for intent in state.intents if isinstance(intent.item, rows.IncidentResponder)
    }
    for item in sorted(tried):
        # Until its fate is known, the write may still arrive.
        known = item.person in responders or options.knows_fate(intents_of(state.intents, item))
        if item.person not in needed and known:
            yield rows.Drop(rows.Intent, item)
