"""Many incidents with nothing to do: requests for each, and the time, of a sync and a check."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox

INCIDENTS = 200
LATENCY_SECONDS = 0.05
COMMANDS = (
    ("first sync", "sync"),
    ("quiet sync", "sync"),
    ("quiet sync", "sync"),
    ("first check", "check"),
    ("quiet check", "check"),
)


def main() -> None:
    """Print requests and times of first and of quiet runs."""
    datadog = Sandbox(clock=lambda: datetime.now(UTC))
    staff(datadog)
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(datadog) as running:
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("DD_")},
            "DD_API_KEY": "bench",
            "DD_APP_KEY": "bench",
            "DD_INCIDENT_ROLES_API_URL": running.url,
            "DD_INCIDENT_ROLES_STORE": str(Path(folder) / "record.db"),
        }
        datadog.fault(FaultKind.LATENCY, path=".*", count=None, seconds=LATENCY_SECONDS)
        print(f"{INCIDENTS} open incidents, {LATENCY_SECONDS * 1000:.0f} ms for each request:")
        for name, command in COMMANDS:
            measure(datadog, environment, name, command)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  peak memory of a command: {peak:.0f} MiB")


def staff(datadog: Sandbox) -> None:
    """Declare the incidents, each with three roles held by two of twenty people."""
    for number in range(20):
        datadog.add_person(f"person{number}@corp.example", f"Person {number}")
    datadog.define_role("Tech Lead", is_single=False)
    datadog.define_role("Scribe", is_single=True)
    for number in range(INCIDENTS):
        person = f"person{number % 20}@corp.example"
        incident = datadog.declare(f"Incident {number}", severity="SEV-2", commander=person)
        datadog.give_role(incident.public_id, "Scribe", f"person{(number + 1) % 20}@corp.example")
        datadog.give_role(incident.public_id, "Tech Lead", person)


def measure(datadog: Sandbox, environment: Mapping[str, str], name: str, command: str) -> None:
    """Run one command, and print what it asked for and how long it took."""
    datadog.forget_requests()
    began = time.perf_counter()
    program = [sys.executable, "-m", "dd_incident_roles.cli.main", command]
    ended = subprocess.run(program, env=environment, check=False, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - began
    requests = datadog.requests
    print(
        f"  {name:<11} {wall:5.1f} s wall, {len(requests.entries)} requests "
        f"({len(requests.entries) / INCIDENTS:.2f} an incident), "
        f"{len(requests.writes())} writes, exit code {ended.returncode}"
    )


if __name__ == "__main__":
    main()
