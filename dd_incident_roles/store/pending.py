"""Which incidents still have something to tell a target."""

from __future__ import annotations

from functools import cache

from sqlalchemy import CompoundSelect, Connection, Select, and_, or_, select, union

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.changes import KINDS
from dd_incident_roles.store.seen import gone_incidents
from dd_incident_roles.store.tables import (
    ASSIGNMENTS,
    ENTRIES,
    ENTRY_INTENTS,
    ENTRY_LINKS,
    INTENTS,
    LINKS,
)
from dd_incident_roles.sync.state import Membership, Seat


def pending_incidents(connection: Connection, target: str) -> tuple[IncidentId, ...]:
    """The incidents in which the record is not what the target last agreed to, or may not be."""
    # One that is gone waits for nothing.
    gone = set(connection.execute(gone_incidents()).scalars())
    found = set(connection.execute(_waiting(target)).scalars()) - gone
    return tuple(sorted(IncidentId(each) for each in found))


@cache
def _waiting(target: str) -> CompoundSelect[str]:
    # A conflict is not among it: that waits for a person, and not for the target.
    return union(*_waiting_roles(target), *_waiting_entries(target))


def _waiting_roles(target: str) -> list[Select[str]]:
    """A holder that the target has not agreed to, or agreed to and who holds the role no more.

    Also a write that nobody knows the end of, and an absence not yet believed.
    """
    holding = select(ASSIGNMENTS.c.incident, ASSIGNMENTS.c.role, ASSIGNMENTS.c.person)
    held = holding.where(ASSIGNMENTS.c.until.is_(None))
    ours = select(LINKS.c.incident, LINKS.c.role, LINKS.c.holder).where(LINKS.c.target == target)
    kinds = [KINDS[Seat], KINDS[Membership]]
    agreed = ours.where(LINKS.c.kind.in_(kinds), LINKS.c.holder.is_not(None))
    in_doubt = LINKS.c.missing_since.is_not(None)
    return [
        select(held.except_(agreed).subquery().c.incident),
        select(agreed.except_(held).subquery().c.incident),
        select(INTENTS.c.incident).where(INTENTS.c.target == target),
        select(LINKS.c.incident).where(LINKS.c.target == target, in_doubt),
    ]


def _waiting_entries(target: str) -> list[Select[str]]:
    """An entry that the target has not agreed to, or that was edited or is to be deleted since.

    Also a write that nobody knows the end of, an absence not yet believed, and a base row without
    its entry.
    """
    same = and_(
        ENTRY_LINKS.c.target == target,
        ENTRY_LINKS.c.incident == ENTRIES.c.incident,
        ENTRY_LINKS.c.key == ENTRIES.c.key,
    )
    changed = or_(
        ENTRY_LINKS.c.key.is_(None),
        ENTRY_LINKS.c.local_digest != ENTRIES.c.digest,
        ENTRIES.c.deleted_at.is_not(None),
    )
    lost = or_(ENTRIES.c.key.is_(None), ENTRY_LINKS.c.missing_since.is_not(None))
    entries, links = ENTRIES.table, ENTRY_LINKS.table
    return [
        select(ENTRIES.c.incident).outerjoin_from(entries, links, same).where(changed),
        select(ENTRY_LINKS.c.incident)
        .outerjoin_from(links, entries, same)
        .where(ENTRY_LINKS.c.target == target, lost),
        select(ENTRY_INTENTS.c.incident).where(ENTRY_INTENTS.c.target == target),
    ]
