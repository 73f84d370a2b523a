"""A record of closed incidents with people, roles and entries, written without the program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from dd_incident_roles.model import (
    Assignment,
    Entry,
    EntryKey,
    Incident,
    IncidentId,
    Observation,
    Person,
    PersonKey,
    RoleKey,
    Source,
    UserId,
)
from dd_incident_roles.store import tables
from dd_incident_roles.store.database import Part
from dd_incident_roles.store.opening import open_database, open_record
from dd_incident_roles.store.rows import Dataclass, Row, TableOf
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.state import EntryLink, Link, RoleMember, SingleHolderRole

AT_ONCE: Final = 2_000
ENTRIES: Final = 4

Written = tuple[TableOf[Dataclass], Row]


def write_closed(file: Path, *, incidents: int, people: int) -> None:
    """Write incidents of the last 20 days, closed after two hours and in agreement with Datadog.

    Each was raised once, and has three roles and four entries.
    """
    now = datetime.now(UTC)
    keys = [PersonKey(f"person{each}@corp.example") for each in range(people)]
    open_record(str(file), clock=lambda: now).close()
    database = open_database(str(file))
    for start in range(0, incidents, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, incidents))
        rows = defaultdict[TableOf[Dataclass], list[Row]](list)
        if not start:
            rows[tables.PEOPLE] = [tables.PEOPLE.row(_person(key)) for key in keys]
        for number in numbers:
            for table, row in _incident(number, keys, now - timedelta(days=1 + number % 20)):
                rows[table].append(row)
        with database.write(Part.EVERYTHING) as connection:
            ledgers = [{"incident": _id(number), "version": 9} for number in numbers]
            connection.execute(tables.LEDGERS.insert(), ledgers)
            for table, several in rows.items():
                table.add(connection, several)
    database.close()


def _incident(number: int, people: Sequence[PersonKey], declared: datetime) -> Iterator[Written]:
    key, resolved = _id(number), declared + timedelta(hours=2)
    here, there = {"incident": key}, {"incident": key, "target": "datadog"}
    incident = Incident(
        id=key,
        public_id=number + 1,
        title=f"Incident {number}",
        severity=f"SEV-{1 + number % 3}",
        state="resolved",
        declared=declared,
        modified=resolved,
        resolved=resolved,
    )
    yield tables.INCIDENTS, tables.INCIDENTS.row(incident, first_seen=declared, last_seen=resolved)
    for moment, state in ((declared, "active"), (resolved, "resolved")):
        seen = Observation(
            at=moment, severity=incident.severity, state=state, customer_impacted=False
        )
        yield tables.OBSERVATIONS, tables.OBSERVATIONS.row(seen, **here)
    for each, role in enumerate(("incident_manager", "tech_lead", "scribe")):
        person, since = people[(number + each) % len(people)], declared + timedelta(minutes=4)
        held = Assignment(
            id=f"{number}-{role}",
            role=RoleKey(role),
            stream=None,
            person=person,
            since=since,
            until=None,
            set_by=person,
            source=Source.CLI,
        )
        yield tables.ASSIGNMENTS, tables.ASSIGNMENTS.row(held, recorded_at=since, **here)
        # A seat has no person of its own, a membership has.
        item = RoleMember(held.role, person) if each else SingleHolderRole(held.role)
        link = Link(item=item, holder=person, via="role_assignment")
        kind = {"kind": "membership" if each else "seat", "person": person if each else ""}
        yield tables.LINKS, {**tables.LINKS.row(link), **kind, **there}
    for each in range(ENTRIES):
        at = declared + timedelta(minutes=each)
        entry = Entry(key=EntryKey(f"{number}-{each}"), at=at, created=at, text=f"Line {each}")
        digest = local_digest(entry)
        agreed = EntryLink(
            key=entry.key, remote_id=entry.key, local_digest=digest, remote_digest=digest
        )
        yield tables.ENTRIES, tables.ENTRIES.row(entry, recorded_at=at, digest=digest, **here)
        yield tables.ENTRY_LINKS, tables.ENTRY_LINKS.row(agreed, **there)


def _id(number: int) -> IncidentId:
    return IncidentId(f"00000000-0000-4000-8000-{number:012}")


def _person(key: PersonKey) -> Person:
    return Person(key=key, name=key.partition("@")[0], email=key, user_id=UserId(f"id-{key}"))
