"""Which incidents still have something to tell a target."""

from __future__ import annotations

from sqlalchemy import Connection, select, union

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.encoding import ItemKind
from dd_incident_roles.store.tables import ASSIGNMENTS, CONFLICTS, INTENTS, LINKS


def pending_incidents(connection: Connection, target: str) -> tuple[IncidentId, ...]:
    """The incidents in which the record is not what the target last agreed to, or may not be.

    That is: a holder whom the target has not agreed to, or one whom it agreed to and who holds the
    role no more; a write that nobody knows the end of; an absence not yet believed; a conflict.
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
    waiting = union(
        select(unsaid.c[0].label("incident")),
        select(outdated.c[0]),
        select(INTENTS.c.incident).where(INTENTS.c.target == target),
        select(CONFLICTS.c.incident).where(CONFLICTS.c.target == target),
        select(LINKS.c.incident).where(
            ours, LINKS.c.kind != ItemKind.FORMER, LINKS.c.missing_since.is_not(None)
        ),
    )
    return tuple(sorted(IncidentId(found) for found in connection.execute(waiting).scalars()))
