"""What a command costs before it does anything: instructions, beside those of importing click."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.benchmarks.bench_snapshot_check import write
from tests.benchmarks.measuring import (
    CLICK,
    PROGRAM,
    Measure,
    instructions,
    processor,
    quickest,
    spent,
)
from tests.product import reaching

GOALS = {"--help": 221.0, "roles list": 550.0, "status 1001": 1_700.0, "check --snapshot": 1_500.0}
"""Million instructions, where importing click takes 170."""

CLICK_MILLIONS = 170.0
STATUS_SECONDS = 0.45


def measures() -> Iterator[Measure]:
    """Each command once, after one that has written the bytecode and the record."""
    anchor = instructions(CLICK) or 0.0
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(_datadog()) as running:
        snapshot = Path(folder) / "snapshot.json"
        write(snapshot, 10)
        environment = reaching(running.url, Path(folder) / "record.db")
        for command, goal in GOALS.items():
            arguments = [*PROGRAM, *command.split()]
            if command == "check --snapshot":
                arguments.append(str(snapshot))
            spent(arguments, environment)
            count = instructions(arguments, environment)
            if count is not None:
                yield Measure(
                    what=command,
                    figure=count,
                    unit="M",
                    goal=goal * anchor / CLICK_MILLIONS,
                    anchor=f"import click {anchor:.0f} M: {count / anchor:.2f} x",
                )
        run = quickest([*PROGRAM, "status", "1001"], environment, runs=9)
        yield processor("status 1001", *run, STATUS_SECONDS)


def _datadog() -> Sandbox:
    datadog = Sandbox(clock=lambda: datetime.now(UTC))
    outage(datadog)
    return datadog
