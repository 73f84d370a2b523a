"""Checking closed incidents of a growing record: the CPU of the command must grow with them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dd_incident_roles.model import Incident, IncidentId, Person, PersonKey
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.store.opening import open_record
from tests.benchmarks.bench_startup import import_click

INCIDENTS = (375, 750, 1_500)
PEOPLE = 2_000
GOAL_SECONDS = 2.5


def main() -> None:
    """Print one row for each number of incidents."""
    anchor = import_click()
    print(
        f"check --since 30, {PEOPLE} people; goal at {INCIDENTS[-1]}: {GOAL_SECONDS} s of CPU "
        f"where importing click takes 39 ms (now {anchor * 1000:.0f} ms):"
    )
    for number in INCIDENTS:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "record.db"
            fill(file, number)
            spent = check(file)
        print(f"  {number:>6} incidents {spent:5.2f} s CPU, {spent / anchor:5.0f} x import click")


def fill(file: Path, number: int) -> None:
    """Remember people, and incidents that were open and then closed."""
    now = datetime.now(UTC)
    people = {
        key: Person(key=key, name=f"Person {each}", email=key)
        for each in range(PEOPLE)
        for key in (PersonKey(f"person{each}@corp.example"),)
    }
    with open_record(str(file), clock=lambda: now) as record:
        for each in range(number):
            declared = now - timedelta(days=1 + each % 20)
            for state in ("active", "resolved"):
                incident = Incident(
                    id=IncidentId(f"00000000-0000-4000-8000-{each:012}"),
                    public_id=each + 1,
                    title=f"Incident {each}",
                    severity=f"SEV-{1 + each % 3}",
                    state=state,
                    declared=declared,
                    modified=declared + timedelta(hours=2),
                )
                record.remember(incident, people if each == 0 else {}, declared)


def check(file: Path) -> float:
    """The CPU seconds of the command, against a Datadog that shows none of the incidents."""
    with RunningSandbox(Sandbox(clock=lambda: datetime.now(UTC))) as running:
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("DD_")},
            "DD_API_KEY": "bench",
            "DD_APP_KEY": "bench",
            "DD_INCIDENT_ROLES_API_URL": running.url,
            "DD_INCIDENT_ROLES_STORE": str(file),
        }
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        program = [sys.executable, "-m", "dd_incident_roles.cli.main", "check", "--since", "30"]
        subprocess.run(program, env=environment, check=False, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
