"""Many incidents with few statements: their states, their pasts, and what a run asks besides."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from dd_incident_roles import model
from dd_incident_roles.roles.ledger import Correction, DevisedRole, PlaceLink
from dd_incident_roles.store import seen, tables
from dd_incident_roles.store.changes import KINDS
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.rows import AT_ONCE, Dataclass, TableOf, in_lots, record_changed
from dd_incident_roles.sync import state
from dd_incident_roles.sync.state import EntryState, IncidentState
from dd_incident_roles.values import frozen

D = TypeVar("D", bound=Dataclass)
_Elsewhere = tuple[model.EntryKey, datetime | None]
"""The key of an entry in another target, and since when that does not show it."""

_OF_INCIDENT: Final = (
    tables.ASSIGNMENTS,
    tables.HANDOFFS,
    tables.CORRECTIONS,
    tables.DEVISED_ROLES,
    tables.PLACES,
    tables.ENTRIES,
)
_OF_TARGET: Final = (
    tables.LINKS,
    tables.INTENTS,
    tables.ROLE_TOMBSTONES,
    tables.CONFLICTS,
    tables.REFUSED_WRITES,
    tables.REGISTERS,
    tables.ENTRY_LINKS,
    tables.ENTRY_INTENTS,
    tables.TOMBSTONES,
)
_TABLES: Final[tuple[TableOf[Any], ...]] = (*_OF_INCIDENT, *_OF_TARGET)
_OF_ITEM: Final = (tables.LINKS, tables.INTENTS)
_ENTRY_TABLES: Final = (tables.ENTRY_LINKS, tables.ENTRY_INTENTS)

_ITEMS: Final[Mapping[str, Callable[[model.RoleKey, model.PersonKey], state.Item]]] = (
    MappingProxyType(
        {
            KINDS[state.SingleHolderRole]: lambda role, _: state.SingleHolderRole(role),
            KINDS[state.RoleMember]: state.RoleMember,
            KINDS[state.IncidentResponder]: lambda _, person: state.IncidentResponder(person),
        }
    )
)

# Most tables have nothing to say about most incidents: one statement tells which have.
_ledger: Final = tables.LEDGERS.c.incident
_target: Final[sa.BindParameter[str]] = sa.bindparam("target")
_LEDGERS: Final = sa.select(
    _ledger,
    tables.LEDGERS.c.version,
    *(sa.exists().where(table.c.incident == _ledger) for table in _OF_INCIDENT),
    # With the target, by which these tables are sorted: else each is searched from end to end.
    *(
        sa.exists().where(table.c.incident == _ledger, table.c.target == _target)
        for table in _OF_TARGET
    ),
    sa.or_(
        *(
            sa.exists().where(table.c.incident == _ledger, table.c.target != _target)
            for table in _ENTRY_TABLES
        )
    ),
).where(_ledger.in_(sa.bindparam("among", expanding=True)))
_VERSIONS: Final = sa.select(_ledger, tables.LEDGERS.c.version).where(
    _ledger.in_(sa.bindparam("among", expanding=True))
)


def states_of(
    connection: Connection, incident_ids: Iterable[model.IncidentId], target: str
) -> dict[model.IncidentId, IncidentState]:
    """Everything held about incidents and one target, in the order in which they are named."""
    found: dict[model.IncidentId, IncidentState] = {}
    for lot in in_lots(incident_ids):
        ledgers = connection.execute(_LEDGERS, {"target": target, "among": lot}).all()
        versions = {row[0]: row[1] for row in ledgers}
        rows: dict[TableOf[Any], dict[str, list[Any]]] = {}
        for place, table in enumerate(_TABLES, start=2):
            having = [row[0] for row in ledgers if row[place]]
            rows[table] = _rows_of(connection, table, having, target) if having else {}
        elsewhere = _linked_elsewhere(connection, [row[0] for row in ledgers if row[-1]], target)
        for each in map(model.IncidentId, lot):
            found[each] = _state(each, versions.get(each, 0), rows, elsewhere.get(each, ()))
    return found


def _state(
    incident_id: model.IncidentId,
    version: int,
    rows: Mapping[TableOf[Any], Mapping[str, Sequence[Any]]],
    elsewhere: Collection[_Elsewhere],
) -> IncidentState:
    def of(table: TableOf[D]) -> tuple[D, ...]:
        return tuple(rows[table].get(incident_id, ()))

    return IncidentState(
        version=version,
        assignments=of(tables.ASSIGNMENTS),
        links=of(tables.LINKS),
        intents=of(tables.INTENTS),
        tombstones=of(tables.ROLE_TOMBSTONES),
        conflicts=of(tables.CONFLICTS),
        refused=of(tables.REFUSED_WRITES),
        registers=of(tables.REGISTERS),
        timeline=EntryState(
            entries=of(tables.ENTRIES),
            links=of(tables.ENTRY_LINKS),
            linked_elsewhere=frozenset(key for key, _ in elsewhere),
            missing_elsewhere=frozenset(key for key, since in elsewhere if since),
            intents=of(tables.ENTRY_INTENTS),
            tombstones=of(tables.TOMBSTONES),
        ),
        handoffs=of(tables.HANDOFFS),
        corrections=of(tables.CORRECTIONS),
        devised=newest(of(tables.DEVISED_ROLES)),
        places=newest_places(of(tables.PLACES)),
    )


def _rows_of(
    connection: Connection, table: TableOf[Any], incident_ids: Sequence[str], target: str
) -> dict[str, list[Any]]:
    """The values of one table, by incident."""
    if table in _OF_INCIDENT:
        return table.all_of_each(connection, "incident", incident_ids)
    if table not in _OF_ITEM:
        return table.all_of_each(connection, "incident", incident_ids, target=target)
    found = dict[str, list[Any]]()
    columns = ("incident", "kind", "role", "person", *table.field_names)
    each = table.each(connection, columns, "incident", incident_ids, target=target)
    for incident_id, kind, role, person, *values in each:
        # A newer version may keep notes of a kind that this one does not know.
        if item := _ITEMS.get(kind):
            fields = dict(zip(table.field_names, values, strict=True))
            value = table.kind(item=item(role, person), **fields)
            found.setdefault(incident_id, []).append(value)
    return found


def _linked_elsewhere(
    connection: Connection, incident_ids: Sequence[str], target: str
) -> dict[str, list[_Elsewhere]]:
    """The entries that other targets of the same incident have, or may have."""
    found = dict[str, list[_Elsewhere]]()
    for table in _ENTRY_TABLES if incident_ids else ():
        columns = ("incident", "target", "key", "missing_since")
        for each, where, key, since in table.each(connection, columns, "incident", incident_ids):
            if where != target:
                found.setdefault(each, []).append((model.EntryKey(key), since))
    return found


@frozen
class Past:
    """Who held what in one incident, what it was seen to be, and what is told of both.

    Each part is in the order in which the record gives it for one incident.
    """

    first_seen: datetime
    observations: tuple[model.Observation, ...]
    assignments: tuple[model.Assignment, ...]
    entries: tuple[model.Entry, ...]
    corrections: tuple[Correction, ...]
    devised: tuple[DevisedRole, ...]


def pasts_of(
    connection: Connection, incident_ids: Sequence[model.IncidentId]
) -> Mapping[model.IncidentId, Past]:
    """The past of each incident that was ever seen."""
    seen = tables.INCIDENTS.rows_of_each(connection, "id", incident_ids)
    first_seen: dict[str, datetime] = {row["id"]: row["first_seen"] for row in seen}
    observations, assignments, entries, corrections, devised = (
        tables.OBSERVATIONS.all_of_each(connection, "incident", first_seen),
        tables.ASSIGNMENTS.all_of_each(connection, "incident", first_seen),
        tables.ENTRIES.all_of_each(connection, "incident", first_seen),
        tables.CORRECTIONS.all_of_each(connection, "incident", first_seen),
        tables.DEVISED_ROLES.all_of_each(connection, "incident", first_seen),
    )
    return {
        model.IncidentId(each): Past(
            first_seen=first,
            observations=tuple(observations.get(each, ())),
            assignments=tuple(assignments.get(each, ())),
            entries=tuple(entries.get(each, ())),
            corrections=tuple(corrections.get(each, ())),
            devised=newest(devised.get(each, ())),
        )
        for each, first in first_seen.items()
    }


def newest(versions: Sequence[DevisedRole]) -> tuple[DevisedRole, ...]:
    """The last version of each role, in the place of its first."""
    return tuple({role.key: role for role in versions}.values())


def newest_places(stated: Sequence[PlaceLink]) -> tuple[PlaceLink, ...]:
    """What was said last of each system."""
    return tuple({place.target: place for place in stated}.values())


class Ahead:
    """What a run over many incidents asks of the record: read at once, and once.

    States are read in lots, each of one moment, and each is handed out once, so that whoever plans
    again plans from a fresh one. What another program changes meanwhile shows in the version, by
    which a commit refuses and which ``overtaken`` compares at the end; people that it changes are
    compared when people are recorded. The methods return None for what has to be asked for afresh.
    """

    def __init__(
        self, database: Database, incident_ids: Iterable[model.IncidentId], target: str
    ) -> None:
        self._database = database
        self._target = target
        self._left = deque(dict.fromkeys(incident_ids))
        self._untouched = set(self._left)
        self._reading = Lock()
        # From Python 3.12 on a cached property is worked out by each thread that comes first.
        self._looking = Lock()
        self._shown_rows: dict[str, list[PlaceLink]] | None = None
        self._states: dict[model.IncidentId, IncidentState] = {}
        self._versions: dict[model.IncidentId, int] = {}
        self._incidents: dict[model.IncidentId, model.Incident] = {}
        self._accounts: dict[model.UserId, model.Person | None] = {}
        self._people: dict[model.PersonKey, model.Person] = {}

    def leave_out(self, incident_ids: Collection[model.IncidentId]) -> None:
        """Read no states of these ahead, because they are not likely to be asked for."""
        left = frozenset(incident_ids)
        self._left = deque(each for each in self._left if each not in left)

    def state(self, incident_id: model.IncidentId, target: str) -> IncidentState | None:
        """The state of an incident, the first time that it is asked for."""
        if target != self._target:
            return None
        self._read_up_to(incident_id)
        return self._states.pop(incident_id, None)

    def devised(self, incident_id: model.IncidentId) -> tuple[DevisedRole, ...] | None:
        """The roles devised for an incident whose state was not handed out yet."""
        self._read_up_to(incident_id)
        found = self._states.get(incident_id)
        return found.devised if found else None

    def _read_up_to(self, incident_id: model.IncidentId) -> None:
        """Read the next lots, until that of an incident is read; others wait for it meanwhile."""
        if incident_id in self._versions or incident_id not in self._untouched:
            return
        with self._reading:
            while self._left and incident_id not in self._versions:
                self._read_lot()

    def _read_lot(self) -> None:
        lot = [self._left.popleft() for _ in range(min(AT_ONCE, len(self._left)))]
        with self._database.read() as connection:
            states = states_of(connection, lot, self._target)
            incidents = seen.incidents_of(connection, lot)
            keys = {row.person for each in states.values() for row in each.assignments}
            keys |= {link.holder for each in states.values() for link in each.links if link.holder}
            people = tables.PEOPLE.all_of_each(
                connection, "key", sorted(keys - self._people.keys())
            )
        for person in (each for rows in people.values() for each in rows):
            self.learn(person)
        self._incidents |= incidents
        self._states |= states
        # Last: from here on the other threads go on without waiting.
        self._versions |= {each: found.version for each, found in states.items()}

    def people_of(self, user_ids: Collection[model.UserId]) -> Mapping[model.UserId, model.Person]:
        """The people who have these accounts, each asked for once."""
        with self._reading:
            # The people of the first lot are asked for before its first state.
            if self._left and not self._versions:
                self._read_lot()
        if unknown := [each for each in user_ids if each not in self._accounts]:
            with self._database.look() as connection:
                people = seen.people_with(connection, unknown)
            for person in people.values():
                self.learn(person)
            for each in unknown:
                self._accounts.setdefault(each, None)
        return {each: known for each in user_ids if (known := self._accounts.get(each))}

    def learn(self, person: model.Person) -> None:
        """Take a person for known, in the place of whoever had the key or the account before."""
        before = self._people.get(person.key)
        if before and before.user_id and before.user_id != person.user_id:
            self._accounts.pop(before.user_id, None)
        self._people[person.key] = person
        if person.user_id:
            former = self._accounts.get(person.user_id)
            if former and former.key != person.key:
                self._people.pop(former.key, None)
            self._accounts[person.user_id] = person

    def knows(self, incident: model.Incident, people: Collection[model.Person]) -> bool:
        """Whether an incident and its people are as they were read, asked once of an incident."""
        is_same = self._incidents.pop(incident.id, None) == incident
        return is_same and not seen.news_among(self._people, people)

    def check_people(self, connection: Connection, people: Collection[model.Person]) -> None:
        """Raise RecordChanged where another program gave a key, or an account, to somebody else."""
        accounts = {each.user_id for each in people if each.user_id}
        found = tables.PEOPLE.all_of_each(connection, "key", {each.key for each in people})
        found |= tables.PEOPLE.all_of_each(connection, "user_id", accounts)
        for person in (each for rows in found.values() for each in rows):
            owner = self._people.get(person.key, person)
            known = self._accounts.get(person.user_id, person) if person.user_id else person
            if owner.user_id != person.user_id or known is None or known.key != person.key:
                self.learn(person)
                raise record_changed(f"{person.key} was recorded by it as well")

    def places(self, incident_id: model.IncidentId) -> tuple[PlaceLink, ...] | None:
        """Where an incident is shown, by one look at all of them when the first is asked for."""
        if incident_id not in self._untouched:
            return None
        return newest_places(self._shown.get(incident_id, ()))

    @property
    def _shown(self) -> dict[str, list[PlaceLink]]:
        with self._looking:
            if self._shown_rows is None:
                with self._database.look() as connection:
                    found = tables.PLACES.all_of_each(connection, "incident", self._untouched)
                self._shown_rows = found
            return self._shown_rows

    def touch(self, incident_id: model.IncidentId) -> None:
        """Note that an incident was changed here, so that all of it is asked for afresh."""
        self._untouched.discard(incident_id)
        self._states.pop(incident_id, None)
        self._incidents.pop(incident_id, None)

    def overtaken(self) -> tuple[model.IncidentId, ...]:
        """The incidents whose state was handed out, and which another program changed since."""
        known = {
            each: version
            for each, version in self._versions.items()
            if each in self._untouched and each not in self._states
        }
        found: dict[str, int] = {}
        with self._database.look() as connection:
            for lot in in_lots(known):
                found.update(map(tuple, connection.execute(_VERSIONS, {"among": lot})))
        moved = tuple(each for each, version in known.items() if found.get(each, 0) != version)
        for each in moved:
            self.touch(each)
        return moved
