"""Proposed handoffs of each incident: they are decided once, and never taken away."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from dd_incident_roles.model import IncidentId, PersonKey, RoleKey
from dd_incident_roles.store.encoding import member_of
from dd_incident_roles.store.overtaken import overtaken
from dd_incident_roles.store.rows import having
from dd_incident_roles.store.statement_tables import HANDOFFS
from dd_incident_roles.sync.handoff import Decide, Handoff, Outcome


def handoffs_of(connection: Connection, incident_id: IncidentId) -> tuple[Handoff, ...]:
    """Every handoff of the incident, by when it was proposed and then by when it was recorded."""
    query = select(HANDOFFS).where(HANDOFFS.c.incident == incident_id)
    ordered = query.order_by(HANDOFFS.c.proposed, HANDOFFS.c.number)
    return tuple(_handoff(row) for row in connection.execute(ordered).mappings())


def all_open_handoffs(connection: Connection) -> tuple[tuple[IncidentId, Handoff], ...]:
    """The handoffs of every incident that nobody answered, in the same order."""
    query = select(HANDOFFS).where(HANDOFFS.c.outcome.is_(None))
    ordered = query.order_by(HANDOFFS.c.proposed, HANDOFFS.c.number)
    return tuple(
        (IncidentId(row["incident"]), _handoff(row))
        for row in connection.execute(ordered).mappings()
    )


def propose(connection: Connection, incident_id: IncidentId, handoff: Handoff) -> None:
    """Begin a handoff; raises RecordChanged if one of the same role and stream is open."""
    if not handoff.is_open:
        raise ValueError(f"a handoff is proposed open: {handoff}")
    seat = {"incident": incident_id, "role": handoff.role, "stream": handoff.stream}
    same = or_(
        HANDOFFS.c.id == handoff.id,
        having(HANDOFFS, seat) & HANDOFFS.c.outcome.is_(None),
    )
    if connection.execute(select(HANDOFFS.c.id).where(same)).first():
        raise overtaken(f"a handoff of {handoff.role} was proposed already")
    connection.execute(
        insert(HANDOFFS).values(
            **seat,
            id=handoff.id,
            giver=handoff.giver,
            receiver=handoff.receiver,
            proposed=handoff.proposed,
            proposed_by=handoff.proposed_by,
            expires=handoff.expires,
            note=handoff.note,
        )
    )


def decide(connection: Connection, incident_id: IncidentId, decision: Decide) -> None:
    """End a handoff; raises RecordChanged if it is not open."""
    named = having(HANDOFFS, {"incident": incident_id, "id": decision.handoff_id})
    changed = connection.execute(
        update(HANDOFFS)
        .where(named, HANDOFFS.c.outcome.is_(None))
        .values(outcome=decision.outcome.value, decided=decision.at, decided_by=decision.by)
    )
    if changed.rowcount == 0:
        raise overtaken("a handoff that was to be decided is not open any more")


def _handoff(row: RowMapping) -> Handoff:
    giver, outcome = row["giver"], row["outcome"]
    return Handoff(
        id=row["id"],
        role=RoleKey(row["role"]),
        stream=row["stream"],
        giver=None if giver is None else PersonKey(giver),
        receiver=PersonKey(row["receiver"]),
        proposed=row["proposed"],
        proposed_by=row["proposed_by"],
        expires=row["expires"],
        note=row["note"],
        outcome=None if outcome is None else member_of(Outcome, outcome),
        decided=row["decided"],
        decided_by=row["decided_by"],
    )
