"""Checking closed incidents of a growing record: the CPU of the command must grow with them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.benchmarks.closed_incidents import write_closed
from tests.benchmarks.measuring import PROGRAM, Measure, beside, processor, quickest

INCIDENTS = (375, 750, 1_500)
PEOPLE = 2_000
GOAL_SECONDS = 2.5


def measures() -> Iterator[Measure]:
    """A row for each number of incidents; a Datadog answers that shows none of them."""
    with RunningSandbox(Sandbox(clock=lambda: datetime.now(UTC))) as running:
        for number in INCIDENTS:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "record.db"
                write_closed(file, incidents=number, people=PEOPLE)
                environment = beside(running.url, file)
                run = quickest([*PROGRAM, "check", "--since", "30"], environment, runs=3)
            goal = GOAL_SECONDS if number == INCIDENTS[-1] else None
            yield processor(f"check --since 30 of {number:,}, {PEOPLE:,} people", *run, goal)
