"""What closed incidents in the record cost a run that has nothing to do with them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.benchmarks.closed_incidents import write_closed
from tests.benchmarks.measuring import (
    PROGRAM,
    Measure,
    Spent,
    beside,
    instructions,
    processor,
    spent,
)

CLOSED = 50_000
PEOPLE = 200
GOAL_SECONDS = 0.02
GOAL_MEMORY = 2


def measures() -> Iterator[Measure]:
    """The difference between a quiet sync beside no closed incidents, and beside many."""
    datadog = Sandbox(clock=lambda: datetime.now(UTC))
    outage(datadog)
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(datadog) as running:
        few, many = (
            _quiet_sync(Path(folder) / f"{closed}.db", closed, running.url)
            for closed in (0, CLOSED)
        )
    what = f"{CLOSED:,} closed incidents add to a sync"
    yield processor(f"{what}, CPU", many[0].cpu - few[0].cpu, GOAL_SECONDS)
    if many[1] and few[1]:
        yield Measure(what=f"{what}, instructions", figure=many[1] - few[1], unit="M")
    memory = many[0].memory - few[0].memory
    yield Measure(what=f"{what}, memory", figure=memory, unit="MB", goal=GOAL_MEMORY)


def _quiet_sync(file: Path, closed: int, url: str) -> tuple[Spent, float | None]:
    write_closed(file, incidents=closed, people=PEOPLE)
    environment = beside(url, file)
    command = [*PROGRAM, "sync"]
    runs = [spent(command, environment) for _ in range(6)][1:]
    quickest = min(runs, key=lambda run: run.cpu)
    return quickest, instructions(command, environment)
