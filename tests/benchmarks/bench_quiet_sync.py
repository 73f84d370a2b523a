"""A run over many incidents in which nothing happened: what each costs, beside a plain script."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dd_incident_roles.commands.naming import OPEN_INCIDENTS
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.benchmarks.bench_many_incidents import staff
from tests.benchmarks.measuring import (
    PROGRAM,
    Measure,
    Spent,
    beside,
    instructions,
    output,
    spent,
)
from tests.benchmarks.replay import Replay

FEW, MORE, MANY, MOST = 20, 100, 200, 5_000
SYNC = (*PROGRAM, "sync")
SCRIPT = ("-W", "ignore", "-m", "tests.benchmarks.plain_script")
COUNTED = ("-m", "tests.benchmarks.counted")
READ_WHOLE = ("sync", "--query", OPEN_INCIDENTS)
"""Nothing that is searched for by hand is left unread."""

GOAL_TIMES = {0.0: 1.0, 0.05: 10.0}
"""How many times as fast as the script a run should be, by the seconds that each answer takes."""

GOAL_CALLS = 6_000
GOAL_MILLIONS = 9.0
GOAL_STATEMENTS = 25
GOAL_SWITCHES = 10_000
GOAL_MEMORY = 120
RUNS = 3


def measures() -> Iterator[Measure]:
    """The counts of an incident, then the times of a run; with ``--slow`` the memory of a big one.

    What an incident costs is the difference between two runs, so that the start is left out.
    """
    yield from _counts()
    yield from _times()
    if "--slow" in sys.argv:
        with quiet(MOST) as (_, environment):
            memory = spent(SYNC, environment).memory
        what = f"quiet sync of {MOST:,}, memory"
        yield Measure(what=what, figure=memory, unit="MB", goal=GOAL_MEMORY)


@contextmanager
def quiet(number: int) -> Iterator[tuple[Replay, Mapping[str, str]]]:
    """A local Datadog with so many open incidents, and the environment of a synced record."""
    # What was declared a moment ago is not quiet yet.
    datadog = Sandbox(clock=lambda: datetime.now(UTC) - timedelta(hours=1))
    staff(datadog, number)
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningSandbox(datadog) as running,
        Replay(running.url) as replay,
    ):
        environment = beside(replay.url, Path(folder) / "record.db")
        for _ in range(2):
            spent(SYNC, environment)
        yield replay, environment


def _counts() -> Iterator[Measure]:
    with quiet(FEW) as (_, few), quiet(MORE) as (_, more):
        for name, command in (("", ("sync",)), (" read whole", READ_WHOLE)):
            counts = [json.loads(output((*COUNTED, *command), each)) for each in (few, more)]
            calls = (counts[1]["calls"] - counts[0]["calls"]) / (MORE - FEW)
            yield Measure(what=f"quiet incident{name}, Python calls", figure=calls, goal=GOAL_CALLS)
            yield Measure(
                what=f"quiet sync of {MORE}{name}, SQL statements",
                figure=counts[1]["statements"],
                goal=GOAL_STATEMENTS,
                anchor=f"{counts[0]['statements']} of {FEW}",
            )
        script = _slope([instructions(SCRIPT, each) for each in (few, more)])
        for name, command in (("", ("sync",)), (" read whole", READ_WHOLE)):
            ours = _slope([instructions((*PROGRAM, *command), each) for each in (few, more)])
            if ours and script:
                yield Measure(
                    what=f"quiet incident{name}, instructions",
                    figure=ours,
                    unit="M",
                    goal=GOAL_MILLIONS,
                    anchor=f"plain script {script:.1f} M",
                )


def _slope(counts: Sequence[float | None]) -> float | None:
    few, more = counts
    return (more - few) / (MORE - FEW) if more and few else None


def _times() -> Iterator[Measure]:
    with quiet(MANY) as (replay, environment):
        for replay.seconds, times in GOAL_TIMES.items():
            seconds = replay.seconds
            ours, plain = (_quickest(command, environment) for command in (SYNC, SCRIPT))
            what = f"quiet sync of {MANY} at {seconds * 1000:.0f} ms"
            yield _beside(f"{what}, wall", ours.wall, plain.wall, times)
            yield _beside(f"{what}, CPU", ours.cpu, plain.cpu, 1.0)
            if not seconds:
                yield Measure(
                    what=f"{what}, context switches",
                    figure=ours.switches,
                    goal=GOAL_SWITCHES,
                    anchor=f"plain script {plain.switches:,}",
                )


def _quickest(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    runs = [spent(command, environment) for _ in range(RUNS)]
    return min(runs, key=lambda run: run.wall)


def _beside(what: str, ours: float, plain: float, times: float) -> Measure:
    anchor = f"plain script {plain:.2f} s: {plain / ours:.1f} x"
    return Measure(what=what, figure=ours, unit="s", goal=plain / times, anchor=anchor)
