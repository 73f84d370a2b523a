"""What a person waits for: requests, round trips and seconds of each command, 300 ms away.

With ``--verbose`` the requests too, those of each round trip on a line.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.benchmarks.measuring import PROGRAM, Measure, spent
from tests.endtoend.agreement import ANA, BO
from tests.endtoend.test_requests import COMMANDS, name
from tests.product import reaching

LATENCY_SECONDS = 0.3


def measures() -> Iterator[Measure]:
    """Each command once, one after the other, in an incident in which Bo responds already."""
    datadog = Sandbox(clock=lambda: datetime.now(UTC))
    outage(datadog)
    datadog.add_note(1001, ANA, "Looking")
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(datadog) as running:
        environment = reaching(running.url, Path(folder) / "record.db")
        environment["DD_INCIDENT_ROLES_ME"] = ANA
        for command in ("sync", f"assign 1001 fr {BO}", "sync", "sync"):
            spent([*PROGRAM, *command.split()], environment)
        datadog.fault(FaultKind.LATENCY, path=".*", count=None, seconds=LATENCY_SECONDS)
        for command, most, deepest, _ in COMMANDS:
            datadog.forget_requests()
            ran = spent([*PROGRAM, *command.split()], environment)
            waves = datadog.requests.waves()
            yield Measure(what=f"{command}, requests", figure=sum(map(len, waves)), goal=most)
            yield Measure(
                what=f"{command}, round trips",
                figure=len(waves),
                goal=deepest,
                anchor=f"{ran.wall:.1f} s in all, {ran.wall - ran.cpu:.1f} s of it waiting",
            )
            for wave in waves if "--verbose" in sys.argv else ():
                print(f"  {', '.join(sorted(map(name, wave)))}")
