"""The part of a plan that makes people responders before they are given a role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dd_incident_roles.model import PersonKey
from dd_incident_roles.sync.plan import PlanOptions
from dd_incident_roles.sync.role_rows import intents_of, link_of, rows_of
from dd_incident_roles.sync.state import Drop, Edit, IncidentState, Intent, Link, Presence, Put
from dd_incident_roles.sync.targets import (
    RESPONDER,
    EnsureResponder,
    RoleChange,
    RoleListing,
    receiver_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresencePlan:
    """Who must become a responder, and what the base learns about those who are."""

    edits: tuple[Edit, ...] = ()
    writes: tuple[EnsureResponder, ...] = ()
    notices: tuple[str, ...] = ()


def plan_presence(
    state: IncidentState, listing: RoleListing, writes: Sequence[RoleChange], options: PlanOptions
) -> PresencePlan:
    """Plan who must be added to the responders.

    A person who is about to get a role is added first. Where the target can show no more than a
    responder, the holders of the role are added once; somebody whom people removed again is not
    added a second time.
    """
    if listing.responders is None:
        return PresencePlan()
    receiving = {each for write in writes if (each := receiver_of(write, listing))}
    shown_only_here = {
        person
        for role in listing.unsupported
        for person in rows_of(state.assignments, role).holders
    }
    edits: list[Edit] = []
    added: list[EnsureResponder] = []
    notices: list[str] = []
    for person in sorted(receiving | shown_only_here):
        item = Presence(person)
        link = link_of(state.links, item, RESPONDER)
        if person in listing.responders:
            if link is None and person in shown_only_here:
                edits.append(Put(Link(item=item, holder=person, via=RESPONDER)))
            if intents_of(state.intents, item):
                edits.append(Drop(Intent, item))
        elif link is None or person in receiving:
            added.append(EnsureResponder(person=person))
        else:
            notices.append(
                f"{person} holds a role here and was removed from the responders in Datadog."
            )
    edits.extend(_forget_needless(state, receiving | shown_only_here, listing, options))
    return PresencePlan(edits=tuple(edits), writes=tuple(added), notices=tuple(notices))


def _forget_needless(
    state: IncidentState, needed: set[PersonKey], listing: RoleListing, options: PlanOptions
) -> Iterator[Edit]:
    """Forget what was noted about people who hold nothing here any more."""
    for link in state.links:
        match link.item:
            case Presence(person=person) if person not in needed:
                yield Drop(Link, link.item)
            case _:
                pass
    items = {intent.item for intent in state.intents}
    for item in sorted(item for item in items if isinstance(item, Presence)):
        listed = listing.responders is not None and item.person in listing.responders
        known = listed or options.knows_fate(intents_of(state.intents, item))
        if item.person not in needed and known:
            yield Drop(Intent, item)
