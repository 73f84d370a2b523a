"""Which incidents have something that a target does not have yet."""

from __future__ import annotations

from functools import cache

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Select,
    Table,
    and_,
    func,
    or_,
    select,
    union,
    update,
)

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store import tables
from dd_incident_roles.store.changes import KINDS
from dd_incident_roles.store.seen import gone_incidents
from dd_incident_roles.sync.plan import OpenEnds
from dd_incident_roles.sync.state import RoleMember, SingleHolderRole


def pending_incidents(
    connection: Connection, target: str, *, with_entries: bool = True
) -> tuple[IncidentId, ...]:
    """The incidents in which the record differs, or may differ, from the agreed state."""
    rows = connection.execute(_pending(target, with_entries=with_entries)).scalars()
    return tuple(sorted(map(IncidentId, rows)))


def open_ends(connection: Connection, target: str, *, with_entries: bool) -> OpenEnds:
    """What is not settled, of every target, beside what waits for this one.

    Entries count only ``with_entries``: where the timeline is switched off they are to stay here.
    """
    gone = gone_incidents()

    def count(table: Table) -> int:
        counted = select(func.count()).select_from(table).where(table.c.incident.not_in(gone))
        return connection.execute(counted).scalar_one()

    declined = tables.REFUSED_WRITES.table
    refused = select(declined.c.target, declined.c.incident).where(declined.c.incident.not_in(gone))
    return OpenEnds(
        waiting=pending_incidents(connection, target, with_entries=with_entries),
        in_doubt=count(tables.INTENTS.table) + count(tables.ENTRY_INTENTS.table),
        refused=tuple((name, IncidentId(each)) for name, each in connection.execute(refused)),
        conflicts=count(tables.CONFLICTS.table),
    )


@cache
def _pending(target: str, *, with_entries: bool) -> Select[str]:
    # An incident that is gone from Datadog waits for nothing.
    waiting = _waiting(target, with_entries=with_entries).subquery().c.incident
    return select(waiting).where(waiting.not_in(gone_incidents()))


def has_settled(connection: Connection, target: str) -> bool:
    """Whether an incident lacks nothing in a target of which that is not noted yet."""
    return connection.execute(_settled(target).limit(1)).first() is not None


def settle_incidents(connection: Connection, target: str) -> None:
    """Note which incidents lack nothing in a target; needs a writing transaction."""
    lacking_nothing = tables.LEDGERS.c.incident.in_(_settled(target))
    connection.execute(update(tables.LEDGERS).where(lacking_nothing).values(settled_with=target))


def _settled(target: str) -> Select[str]:
    return _unsettled(target).where(tables.LEDGERS.c.incident.not_in(_waiting(target)))


def _unsettled(target: str) -> Select[str]:
    """The incidents in which something was changed or noted since they were found to agree.

    All others are left out of every comparison: there are many more of them with every year.
    """
    settled = tables.LEDGERS.c.settled_with
    # Not `!=`, for which SQLite would read every row instead of its index.
    others = or_(settled.is_(None), settled < target, settled > target)
    return select(tables.LEDGERS.c.incident).where(others)


@cache
def _waiting(target: str, *, with_entries: bool = True) -> CompoundSelect[str]:
    # Conflicts do not count: they wait for a person, not for the target.
    entries = _waiting_entries(target) if with_entries else ()
    return union(*_waiting_roles(target), *entries)


def _waiting_roles(target: str) -> list[Select[str]]:
    """A holder that the target does not show yet, or still shows after losing the role.

    Also a write that nobody knows the end of, and an absence not yet believed.
    """
    holding = select(
        tables.ASSIGNMENTS.c.incident, tables.ASSIGNMENTS.c.role, tables.ASSIGNMENTS.c.person
    )
    held = holding.where(
        tables.ASSIGNMENTS.c.until.is_(None),
        tables.ASSIGNMENTS.c.incident.in_(_unsettled(target)),
    )
    ours = select(tables.LINKS.c.incident, tables.LINKS.c.role, tables.LINKS.c.holder).where(
        tables.LINKS.c.target == target, tables.LINKS.c.incident.in_(_unsettled(target))
    )
    kinds = [KINDS[SingleHolderRole], KINDS[RoleMember]]
    agreed = ours.where(tables.LINKS.c.kind.in_(kinds), tables.LINKS.c.holder.is_not(None))
    in_doubt = tables.LINKS.c.missing_since.is_not(None)
    return [
        select(held.except_(agreed).subquery().c.incident),
        select(agreed.except_(held).subquery().c.incident),
        select(tables.INTENTS.c.incident).where(tables.INTENTS.c.target == target),
        select(ours.where(in_doubt).subquery().c.incident),
    ]


def _waiting_entries(target: str) -> list[Select[str]]:
    """An entry that the target has not agreed to, or that was edited or is to be deleted since.

    Also a write that nobody knows the end of, an absence not yet believed, and a base row without
    its entry.
    """
    same = and_(
        tables.ENTRY_LINKS.c.target == target,
        tables.ENTRY_LINKS.c.incident == tables.ENTRIES.c.incident,
        tables.ENTRY_LINKS.c.key == tables.ENTRIES.c.key,
    )
    changed = or_(
        tables.ENTRY_LINKS.c.key.is_(None),
        tables.ENTRY_LINKS.c.local_digest != tables.ENTRIES.c.digest,
        tables.ENTRIES.c.deleted_at.is_not(None),
    )
    lost = or_(tables.ENTRIES.c.key.is_(None), tables.ENTRY_LINKS.c.missing_since.is_not(None))
    entries, links = tables.ENTRIES.table, tables.ENTRY_LINKS.table
    return [
        select(tables.ENTRIES.c.incident)
        .outerjoin_from(entries, links, same)
        .where(changed, tables.ENTRIES.c.incident.in_(_unsettled(target))),
        select(tables.ENTRY_LINKS.c.incident)
        .outerjoin_from(links, entries, same)
        .where(
            lost,
            tables.ENTRY_LINKS.c.target == target,
            tables.ENTRY_LINKS.c.incident.in_(_unsettled(target)),
        ),
        select(tables.ENTRY_INTENTS.c.incident).where(tables.ENTRY_INTENTS.c.target == target),
    ]
