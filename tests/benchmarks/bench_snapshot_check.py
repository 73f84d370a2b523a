"""Checking a snapshot of many incidents, which needs neither Datadog nor a record."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.facts.redaction import fields_to_keep
from dd_incident_roles.facts.snapshot import Snapshot
from dd_incident_roles.facts.snapshot_file import write_snapshot
from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Assignment,
    Incident,
    IncidentId,
    Observation,
    Person,
    PersonKey,
    PersonKind,
    Source,
    UserId,
)
from dd_incident_roles.policy.facts import Account, Facts, Holding, TimelineActivity
from dd_incident_roles.roles.catalogue import Catalogue
from tests.benchmarks.measuring import PROGRAM, Measure, processor, quickest

INCIDENTS = 10_000
SIZES = {"a manager in every second": 0, "three roles held": 3}
"""How many roles of each incident are held; one more is missing in each.

The goals come from a file of 10,000 incidents that had 16.8 MB and gave 10,000 findings. The first
size is made like it: 16.7 MB and 10,000 findings. The second has 34.2 MB and 21,548, and no goal
for its time: it shows what an organisation with more roles held waits for.
"""

GOALS = {"json": 2.0, "text": 2.5}
MEMORY = 200

NOW = datetime(2026, 1, 8, tzinfo=UTC)


def measures() -> Iterator[Measure]:
    """The whole command in two formats, and its memory."""
    with tempfile.TemporaryDirectory() as folder:
        file, report = Path(folder) / "snapshot.json", Path(folder) / "report"
        for size, held in SIZES.items():
            write(file, INCIDENTS, held)
            for shape, goal in GOALS.items():
                what = f"check --snapshot of {INCIDENTS:,}, {size}, {shape}"
                options = ("--format", shape, "--output", str(report))
                run = quickest([*PROGRAM, "check", "--snapshot", str(file), *options], runs=3)
                yield processor(what, *run, None if held else goal)
                yield Measure(what=f"{what}, memory", figure=run[0].memory, unit="MB", goal=MEMORY)


def write(file: Path, number: int, held: int = 6) -> None:
    """Write a snapshot of so many incidents, with so many roles held; one in fifty is private.

    With none held, every second incident has a manager that nobody chose, and a rule finds one
    thing in each.
    """
    catalogue = load_catalogue()
    snapshot = Snapshot(
        taken_at=NOW,
        described="a benchmark",
        version="0",
        incidents=tuple(
            _incidents(catalogue, number, held) if held else _small_incidents(catalogue, number)
        ),
        is_whole=True,
    )
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(write_snapshot(snapshot, kept_fields=fields_to_keep(catalogue)))


def _incidents(catalogue: Catalogue, count: int, held: int) -> Iterator[Facts]:
    """Incidents of which each lacks one of the first roles, and all after them."""
    keys = [role.key for role in catalogue.roles][: held + 1]
    for number in range(count):
        declared = NOW - timedelta(minutes=30 + number % 3000)
        lacking = keys[number % len(keys)]
        staffed = [key for key in keys if key != lacking]
        people = [_person((number * 7 + each) % 300) for each in range(len(keys))]
        manager = people[0]
        holdings = tuple(
            Holding(
                role=role,
                person=people[keys.index(role)],
                since=declared + timedelta(minutes=2),
                source=Source.CLI,
                set_by=manager.key,
            )
            for role in staffed
        )
        yield Facts(
            incident=Incident(
                id=IncidentId(f"00000000-0000-4000-8000-{number:012}"),
                public_id=number + 1,
                title=f"Checkout answers slowly in region {number % 40}",
                severity=f"SEV-{1 + number % 3}",
                state="active" if number % 5 else "stable",
                declared=declared,
                modified=declared + timedelta(minutes=9),
                customer_impacted=number % 2 == 0,
                private=number % 50 == 0,
                declared_by=manager.user_id,
                commander=manager.user_id,
                fields={"teams": ("payments", "search"), "root_cause": None, "services": "api"},
            ),
            catalogue=catalogue,
            holdings=holdings,
            observations=(
                Observation(at=declared, severity="SEV-3", state="active", customer_impacted=False),
            ),
            responders=frozenset(each.key for each in people),
            commander=None if lacking == INCIDENT_MANAGER else manager,
            recorded_manager=None if lacking == INCIDENT_MANAGER else holdings[0],
            accounts={each.key: Account.PERSON for each in people},
            timeline=TimelineActivity(
                last_note=NOW - timedelta(minutes=5), writers={manager.key: declared}
            ),
            intervals=tuple(_interval(number, row) for row in holdings),
            watched_since=declared,
        )


def _small_incidents(catalogue: Catalogue, count: int) -> Iterator[Facts]:
    """Incidents that need no more than a manager, whom every second one has not."""
    for number, facts in enumerate(_incidents(catalogue, count, 1)):
        manager = _person(number * 7 % 300)
        since = facts.incident.declared + timedelta(minutes=2)
        holding = Holding(role=INCIDENT_MANAGER, person=manager, since=since, source=Source.DATADOG)
        is_led = number % 2 == 1
        yield replace(
            facts,
            incident=replace(facts.incident, severity="SEV-3", customer_impacted=False),
            holdings=(holding,) if is_led else (),
            commander=manager if is_led else None,
            recorded_manager=holding if is_led else None,
            timeline=TimelineActivity(last_note=NOW - timedelta(minutes=5)),
            intervals=(_interval(number, holding),) if is_led else (),
        )


def _interval(number: int, holding: Holding) -> Assignment:
    """What the record has of a holding."""
    return Assignment(
        id=f"{number}-{holding.role}",
        role=holding.role,
        stream=None,
        person=holding.person.key,
        since=holding.since,
        until=None,
        set_by=holding.set_by or "datadog",
        source=holding.source,
    )


def _person(number: int) -> Person:
    """Somebody of the organisation."""
    email = f"person{number}@corp.example"
    return Person(
        key=PersonKey(email),
        name=f"Person {number}",
        email=email,
        handle=email,
        user_id=UserId(f"10000000-0000-4000-8000-{number:012}"),
        kind=PersonKind.HUMAN,
    )
