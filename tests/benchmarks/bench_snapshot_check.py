"""Checking a snapshot of many incidents: the whole command, and reading and judging apart."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.facts.redaction import fields_to_keep
from dd_incident_roles.facts.snapshot import Snapshot
from dd_incident_roles.facts.snapshot_file import load_snapshot, write_snapshot
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
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.roles.catalogue import Catalogue
from tests.benchmarks.bench_startup import import_click

INCIDENTS = 10_000
GOALS = {"json": 2.0, "text": 2.5}
"""The CPU seconds that the command may take in each format."""

NOW = datetime(2026, 1, 8, tzinfo=UTC)


def main() -> None:
    """Print the figures of writing, of reading and judging here, and of the command."""
    catalogue = load_catalogue()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "snapshot.json"
        began = time.perf_counter()
        write(file, catalogue)
        print(f"{INCIDENTS} incidents, {file.stat().st_size / 2**20:.1f} MiB:")
        print(f"  making and writing {time.perf_counter() - began:5.1f} s")
        here(file, catalogue)
        command(file, Path(folder))


def write(file: Path, catalogue: Catalogue) -> None:
    """Write the snapshot; one incident in fifty is private."""
    snapshot = Snapshot(
        taken_at=NOW,
        described="a benchmark",
        version="0",
        incidents=tuple(incidents(catalogue)),
        is_whole=True,
    )
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(write_snapshot(snapshot, kept_fields=fields_to_keep(catalogue)))


def here(file: Path, catalogue: Catalogue) -> None:
    """Read and judge in this process."""
    began = time.perf_counter()
    found = load_snapshot(
        file.read_bytes(), file=str(file), catalogue=catalogue, shows_private=False
    )
    read = time.perf_counter()
    rules = tuple(RULES.values())
    question = Question(rules=rules, now=NOW, policy=Policy(file="policy.yaml"), is_whole=True)
    verdict = judge(question, found.incidents, unread=found.unread)
    judged = time.perf_counter()
    number = len(verdict.findings)
    print(
        f"  reading            {read - began:5.1f} s\n"
        f"  judging            {judged - read:5.1f} s, {number} findings by {len(rules)} rules, "
        f"{number / (judged - began):,.0f} a second with the reading"
    )


def command(file: Path, folder: Path) -> None:
    """Run the command line, which has nothing else to do."""
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("DD_")},
        "DD_INCIDENT_ROLES_STORE": str(folder / "record.db"),
    }
    program = [sys.executable, "-m", "dd_incident_roles.cli.main"]
    report = folder / "report.json"
    anchor = import_click()
    for shape, goal in GOALS.items():
        arguments = ["check", "--snapshot", str(file), "--format", shape, "--output", str(report)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [*program, *arguments], env=environment, check=False, capture_output=True, text=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        if not report.exists():
            print(f"  check --snapshot   ended with {done.returncode}: {done.stderr.strip()}")
            return
        print(
            f"  check --format {shape} {spent:5.1f} s CPU, {spent / anchor:5.0f} x import click, "
            f"goal {goal} s where that takes 39 ms ({goal / 0.039:.0f} x); "
            f"{after.ru_maxrss / 1024:.0f} MiB at most, goal 200 (exit code {done.returncode})"
        )
        report.unlink()


def incidents(catalogue: Catalogue) -> Iterator[Facts]:
    """Incidents of which each lacks one role, every seventh the manager."""
    keys = [role.key for role in catalogue.roles]
    for number in range(INCIDENTS):
        declared = NOW - timedelta(minutes=30 + number % 3000)
        lacking = keys[number % len(keys)]
        staffed = [key for key in keys if key != lacking]
        people = [person((number * 7 + each) % 300) for each in range(len(keys))]
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
            intervals=tuple(
                Assignment(
                    id=f"{number}-{row.role}",
                    role=row.role,
                    stream=None,
                    person=row.person.key,
                    since=row.since,
                    until=None,
                    set_by=row.person.key,
                    source=Source.CLI,
                )
                for row in holdings
            ),
            watched_since=declared,
        )


def person(number: int) -> Person:
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


if __name__ == "__main__":
    main()
