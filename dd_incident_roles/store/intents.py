"""The writes that were about to be made: a set for each item, cleared only as a whole."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, insert, select

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.encoding import (
    ROLE_KINDS,
    holder_key,
    holder_of,
    item_key,
    item_of,
)
from dd_incident_roles.store.rows import drop, having
from dd_incident_roles.store.tables import INTENTS
from dd_incident_roles.sync.state import Intent, Item


def intents_of(connection: Connection, incident_id: IncidentId, target: str) -> tuple[Intent, ...]:
    """The intents of one incident and one target, by item and then oldest first."""
    place = having(INTENTS, {"target": target, "incident": incident_id})
    query = select(INTENTS).where(place, INTENTS.c.kind.in_(ROLE_KINDS))
    columns = INTENTS.c
    ordered = query.order_by(
        columns.kind, columns.subject, columns.person, columns.since, columns.holder
    )
    return tuple(_intent(row) for row in connection.execute(ordered).mappings())


def put_intent(
    connection: Connection, incident_id: IncidentId, target: str, intent: Intent
) -> None:
    """Note a write; one that is noted already keeps its first date."""
    key = {**_key(incident_id, target, intent.item), "holder": holder_key(intent.holder)}
    if connection.execute(select(INTENTS.c.since).where(having(INTENTS, key))).first() is None:
        connection.execute(insert(INTENTS).values(**key, since=intent.since))


def clear_intents(connection: Connection, incident_id: IncidentId, target: str, item: Item) -> None:
    """Forget every intent of an item."""
    drop(connection, INTENTS, _key(incident_id, target, item))


def _key(incident_id: IncidentId, target: str, item: Item) -> dict[str, str]:
    return {"target": target, "incident": incident_id, **item_key(item)}


def _intent(row: RowMapping) -> Intent:
    return Intent(
        item=item_of(row["kind"], row["subject"], row["person"]),
        holder=holder_of(row["holder"]),
        since=row["since"],
    )
