"""Which incidents still have something to tell a target."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Select, and_, or_, select, union

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.encoding import ItemKind
from dd_incident_roles.store.entry_tables import ENTRIES, ENTRY_INTENTS, ENTRY_LINKS
from dd_incident_roles.store.incidents import gone_incidents
from dd_incident_roles.store.tables import ASSIGNMENTS, INTENTS, LINKS


def pending_incidents(connection: Connection, target: str) -> tuple[IncidentId, ...]:
    """The incidents in which the record is not what the target last agreed to, or may not be.

    One that is gone waits for nothing.
    """
    waiting = union(*_roles(target), *_entries(target))
    gone = set(connection.execute(gone_incidents()).scalars())
    found = set(connection.execute(waiting).scalars()) - gone
    return tuple(sorted(IncidentId(each) for each in found))


def _roles(target: str) -> Iterator[Select[str]]:
    """A holder whom the target has not agreed to, or agreed to and who holds the role no more.

    Also a write that nobody knows the end of, and an absence not yet believed. A conflict waits for
    a person, and not for the target.
    """
    held = select(ASSIGNMENTS.c.incident, ASSIGNMENTS.c.role, ASSIGNMENTS.c.person).where(
        ASSIGNMENTS.c.until.is_(None)
    )
    ours = LINKS.c.target == target
    agreed = select(LINKS.c.incident, LINKS.c.subject, LINKS.c.holder).where(
        ours,
        LINKS.c.kind.in_([ItemKind.SEAT, ItemKind.MEMBERSHIP]),
        LINKS.c.holder.is_not(None),
    )
    unsaid = held.except_(agreed).subquery()
    outdated = agreed.except_(held).subquery()
    yield select(unsaid.c[0].label("incident"))
    yield select(outdated.c[0])
    yield select(INTENTS.c.incident).where(INTENTS.c.target == target)
    yield select(LINKS.c.incident).where(
        ours, LINKS.c.kind != ItemKind.FORMER, LINKS.c.missing_since.is_not(None)
    )


def _entries(target: str) -> Iterator[Select[str]]:
    """An entry that the target has not agreed to, or that was edited or is to be deleted since.

    Also a write that nobody knows the end of, an absence not yet believed, and a base row without
    its entry.
    """
    same = and_(
        ENTRY_LINKS.c.target == target,
        ENTRY_LINKS.c.incident == ENTRIES.c.incident,
        ENTRY_LINKS.c.key == ENTRIES.c.key,
    )
    yield (
        select(ENTRIES.c.incident)
        .outerjoin_from(ENTRIES, ENTRY_LINKS, same)
        .where(
            or_(
                ENTRY_LINKS.c.key.is_(None),
                ENTRY_LINKS.c.local_digest != ENTRIES.c.digest,
                ENTRIES.c.deleted_at.is_not(None),
            )
        )
    )
    yield (
        select(ENTRY_LINKS.c.incident)
        .outerjoin_from(ENTRY_LINKS, ENTRIES, same)
        .where(
            ENTRY_LINKS.c.target == target,
            or_(ENTRIES.c.key.is_(None), ENTRY_LINKS.c.missing_since.is_not(None)),
        )
    )
    yield select(ENTRY_INTENTS.c.incident).where(ENTRY_INTENTS.c.target == target)
