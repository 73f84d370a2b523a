"""What closed incidents cost a run that is not about them, and what the authors of entries cost."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import AuthorShown
from tests.benchmarks.closed_incidents import write_closed
from tests.benchmarks.measuring import PROGRAM, Measure, beside, instructions, output, spent

CLOSED = 50_000
PEOPLE = 200
GOAL_MILLIONS = 90
"""What runs in 20 ms where importing click takes 39; of two times the difference is noise."""

GOAL_MEMORY = 2
ENTRIES = 10_000
AUTHORS = 50
GOAL_STATEMENTS = 50


def measures() -> Iterator[Measure]:
    """What is added to a quiet sync by closed incidents, and its statements with many authors."""
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
    yield Measure(
        what=f"quiet sync of {ENTRIES:,} entries by {AUTHORS} people, SQL statements",
        figure=_statements(),
        goal=GOAL_STATEMENTS,
    )


def _statements() -> int:
    """The statements of a sync of a long timeline that names its authors, once it is recorded."""
    # What was declared a moment ago is not quiet yet.
    datadog = Sandbox(clock=lambda: datetime.now(UTC) - timedelta(hours=1))
    people = [f"person{number}@corp.example" for number in range(AUTHORS)]
    for email in people:
        datadog.add_person(email, email)
    incident = datadog.declare("Checkout is down", severity="SEV-2", commander=people[0])
    datadog.switch(timeline_authors=AuthorShown.RELATIONSHIP)
    for number in range(ENTRIES):
        datadog.add_note(incident.public_id, people[number % AUTHORS], f"Note {number}")
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(datadog) as running:
        environment = beside(running.url, Path(folder) / "record.db")
        command = ("-m", "tests.benchmarks.counted", "sync", str(incident.public_id))
        counts = [json.loads(output(command, environment)) for _ in range(3)]
    return int(counts[-1]["statements"])


def _quiet_sync(file: Path, closed: int, url: str) -> tuple[float | None, float]:
    """Million instructions and MB, once the first runs have learned what there is."""
    write_closed(file, incidents=closed, people=PEOPLE)
    command, environment = [*PROGRAM, "sync"], beside(url, file)
    runs = [spent(command, environment) for _ in range(5)]
    return instructions(command, environment), min(run.memory for run in runs[2:])
