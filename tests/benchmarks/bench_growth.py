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
from tests.benchmarks.measuring import PROGRAM, Measure, beside, instructions, spent

CLOSED = 50_000
PEOPLE = 200
GOAL_MILLIONS = 90
"""What runs in 20 ms where importing click takes 39; of two times the difference is noise."""

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
    if many[0] and few[0]:
        yield Measure(what=what, figure=many[0] - few[0], unit="M", goal=GOAL_MILLIONS)
    memory = many[1] - few[1]
    yield Measure(what=f"{what}, memory", figure=memory, unit="MB", goal=GOAL_MEMORY)


def _quiet_sync(file: Path, closed: int, url: str) -> tuple[float | None, float]:
    """Million instructions and MB, once the first runs have learned what there is."""
    write_closed(file, incidents=closed, people=PEOPLE)
    command, environment = [*PROGRAM, "sync"], beside(url, file)
    runs = [spent(command, environment) for _ in range(5)]
    return instructions(command, environment), min(run.memory for run in runs[2:])
