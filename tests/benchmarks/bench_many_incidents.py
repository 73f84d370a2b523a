"""Many open incidents: the first sync and check, and those that have nothing to do."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.benchmarks.measuring import PROGRAM, Measure, spent
from tests.product import reaching

INCIDENTS = 200
LATENCY_SECONDS = 0.05
COMMANDS = (
    ("first sync", "sync"),
    ("quiet sync", "sync"),
    ("first check", "check"),
    ("quiet check", "check"),
)


def measures() -> Iterator[Measure]:
    """Wall time, requests and memory of first and of quiet runs."""
    datadog = Sandbox(clock=lambda: datetime.now(UTC))
    staff(datadog, INCIDENTS)
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(datadog) as running:
        environment = reaching(running.url, Path(folder) / "record.db")
        datadog.fault(FaultKind.LATENCY, path=".*", count=None, seconds=LATENCY_SECONDS)
        for name, command in COMMANDS:
            datadog.forget_requests()
            ran = spent([*PROGRAM, command], environment)
            what = f"{name} of {INCIDENTS} at {LATENCY_SECONDS * 1000:.0f} ms"
            yield Measure(what=f"{what}, wall", figure=ran.wall, unit="s")
            yield Measure(what=f"{what}, requests", figure=len(datadog.requests.entries))
            yield Measure(what=f"{what}, memory", figure=ran.memory, unit="MB")


def staff(datadog: Sandbox, incidents: int) -> None:
    """Declare the incidents, each with three roles held by two of twenty people."""
    for number in range(20):
        datadog.add_person(f"person{number}@corp.example", f"Person {number}")
    datadog.define_role("Tech Lead", is_single=False)
    datadog.define_role("Scribe", is_single=True)
    for number in range(incidents):
        person = f"person{number % 20}@corp.example"
        incident = datadog.declare(f"Incident {number}", severity="SEV-2", commander=person)
        datadog.give_role(incident.public_id, "Scribe", f"person{(number + 1) % 20}@corp.example")
        datadog.give_role(incident.public_id, "Tech Lead", person)
