"""What closed incidents cost a run or a check, and what the authors of entries cost."""

from __future__ import annotations

import json
import tempfile
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
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import AuthorShown
from dd_incident_roles.store import tables
from dd_incident_roles.store.database import Part
from dd_incident_roles.store.opening import open_database, open_record
from dd_incident_roles.store.rows import Dataclass, Row, TableOf
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.state import EntryLink, Link, RoleMember, SingleHolderRole
from tests.benchmarks.measuring import (
    PROGRAM,
    Measure,
    instructions,
    output,
    processor,
    quickest,
    spent,
)
from tests.product import reaching

CLOSED = 50_000
PEOPLE = 200
GOAL_MILLIONS = 90
"""What runs in 20 ms where importing click takes 39; of two times the difference is noise."""

GOAL_MEMORY = 2
ENTRIES = 10_000
AUTHORS = 50
GOAL_STATEMENTS = 50
CHECKED = (375, 750, 1_500)
CHECKED_PEOPLE = 2_000
GOAL_SECONDS = 2.5


def measures() -> Iterator[Measure]:
    """What closed incidents and authors add to a quiet sync, and the CPU of a check."""
    datadog = Sandbox(clock=lambda: datetime.now(UTC))
    outage(datadog)
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(datadog) as running:
        few, many = (
            _quiet_sync(Path(folder) / f"{closed}.db", closed, running.url)
            for closed in (0, CLOSED)
        )
    what = f"{CLOSED:,} closed incidents add to a sync"
    if many[0] and few[0]:
        yield Measure(what=what, figure=many[0] - few[0], unit="M", goal=GOAL_MILLIONS)
    memory = many[1] - few[1]
    yield Measure(what=f"{what}, memory", figure=memory, unit="MB", goal=GOAL_MEMORY)
    yield Measure(
        what=f"quiet sync of {ENTRIES:,} entries by {AUTHORS} people, SQL statements",
        figure=_statements(),
        goal=GOAL_STATEMENTS,
    )
    yield from _checks()


def _checks() -> Iterator[Measure]:
    """A row for each number of incidents; a Datadog answers that shows none of them."""
    with RunningSandbox(Sandbox(clock=lambda: datetime.now(UTC))) as running:
        for number in CHECKED:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "record.db"
                write_closed(file, incidents=number, people=CHECKED_PEOPLE)
                environment = reaching(running.url, file)
                run = quickest([*PROGRAM, "check", "--since", "30"], environment, runs=3)
            goal = GOAL_SECONDS if number == CHECKED[-1] else None
            yield processor(
                f"check --since 30 of {number:,}, {CHECKED_PEOPLE:,} people", *run, goal
            )


def _statements() -> int:
    """The statements of a sync of a long timeline that names its authors, once it is recorded."""
    # What was declared a moment ago is not quiet yet.
    datadog = Sandbox(clock=lambda: datetime.now(UTC) - timedelta(hours=1))
    people = [f"person{number}@corp.example" for number in range(AUTHORS)]
    for email in people:
        datadog.add_person(email, email)
    incident = datadog.declare("Checkout is down", severity="SEV-2", commander=people[0])
    datadog.switch(timeline_authors=AuthorShown.RELATIONSHIP)
    for number in range(ENTRIES):
        datadog.add_note(incident.public_id, people[number % AUTHORS], f"Note {number}")
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(datadog) as running:
        environment = reaching(running.url, Path(folder) / "record.db")
        command = ("-m", "tests.benchmarks.counted", "sync", str(incident.public_id))
        counts = [json.loads(output(command, environment)) for _ in range(3)]
    return int(counts[-1]["statements"])


def _quiet_sync(file: Path, closed: int, url: str) -> tuple[float | None, float]:
    """Million instructions and MB, once the first runs have learned what there is."""
    write_closed(file, incidents=closed, people=PEOPLE)
    command, environment = [*PROGRAM, "sync"], reaching(url, file)
    runs = [spent(command, environment) for _ in range(5)]
    return instructions(command, environment), min(run.memory for run in runs[2:])


AT_ONCE: Final = 2_000
ENTRIES_OF_EACH: Final = 4

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
    for each in range(ENTRIES_OF_EACH):
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
