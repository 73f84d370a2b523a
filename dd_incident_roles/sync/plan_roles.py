"""The plan for the roles of one incident: base, record and reading in, changes out."""

from __future__ import annotations

from itertools import chain

from dd_incident_roles.sync.former import outlived
from dd_incident_roles.sync.plan import Plan, in_order
from dd_incident_roles.sync.plan_memberships import plan_memberships
from dd_incident_roles.sync.plan_presence import plan_presence
from dd_incident_roles.sync.plan_seat import plan_seat
from dd_incident_roles.sync.ports import Reading
from dd_incident_roles.sync.role_plan import RolePlan, Terms
from dd_incident_roles.sync.standing import RoleStanding, Standing
from dd_incident_roles.sync.state import IncidentState, Presence


def plan_roles(state: IncidentState, reading: Reading, terms: Terms) -> Plan:
    """Decide everything that brings the record and one target together on one incident's roles."""
    listing = reading.roles
    parts = [
        plan_seat(role, state, reading, terms)
        if role in listing.single
        else plan_memberships(role, state, reading, terms)
        for role in listing.holders
    ]
    why = str(listing.contradiction or "").rstrip(".")
    parts += [
        RolePlan(standing=RoleStanding(role=role, standing=standing, reason=reason))
        for standing, reasons in (
            (Standing.NOT_SUPPORTED, listing.unsupported),
            (Standing.PENDING, dict.fromkeys(sorted(listing.unread), why)),
        )
        for role, reason in reasons.items()
    ]
    writes = [write for part in parts for write in part.writes]
    presence = plan_presence(state, listing, writes, terms)
    return Plan(
        reading=reading,
        state=state,
        edits=(
            *outlived(state.links, terms),
            *chain.from_iterable(part.edits for part in parts),
            *presence.edits,
        ),
        effects=tuple(chain.from_iterable(part.effects for part in parts)),
        writes=in_order([*presence.writes, *writes]),
        standings=tuple(part.standing for part in parts),
        notices=(
            *reading.notices,
            *chain.from_iterable(part.notices for part in parts),
            *presence.notices,
        ),
        linked=sum(
            link.holder is not None and not isinstance(link.item, Presence) for link in state.links
        ),
    )
