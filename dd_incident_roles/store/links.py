"""What each target last agreed to: the base rows."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, select

from dd_incident_roles.model import IncidentId, PersonKey
from dd_incident_roles.store.encoding import ROLE_KINDS, item_key, item_of
from dd_incident_roles.store.rows import drop, having, put
from dd_incident_roles.store.tables import LINKS
from dd_incident_roles.sync.state import Item, Link


def links_of(connection: Connection, incident_id: IncidentId, target: str) -> tuple[Link, ...]:
    """The base rows of one incident and one target."""
    place = having(LINKS, {"target": target, "incident": incident_id})
    query = select(LINKS).where(place, LINKS.c.kind.in_(ROLE_KINDS))
    ordered = query.order_by(LINKS.c.kind, LINKS.c.subject, LINKS.c.person)
    return tuple(_link(row) for row in connection.execute(ordered).mappings())


def put_link(connection: Connection, incident_id: IncidentId, target: str, link: Link) -> None:
    """Write a base row, in place of the one of the same item."""
    values = {
        "holder": link.holder,
        "via": link.via,
        "remote_id": link.remote_id,
        "missing_since": link.missing_since,
    }
    put(connection, LINKS, _key(incident_id, target, link.item), values)


def drop_link(connection: Connection, incident_id: IncidentId, target: str, item: Item) -> None:
    """Forget the base row of an item."""
    drop(connection, LINKS, _key(incident_id, target, item))


def _key(incident_id: IncidentId, target: str, item: Item) -> dict[str, str]:
    return {"target": target, "incident": incident_id, **item_key(item)}


def _link(row: RowMapping) -> Link:
    return Link(
        item=item_of(row["kind"], row["subject"], row["person"]),
        holder=None if row["holder"] is None else PersonKey(row["holder"]),
        via=row["via"],
        remote_id=row["remote_id"],
        missing_since=row["missing_since"],
    )
