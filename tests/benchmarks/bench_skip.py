"""What a job that runs every minute asks of Datadog while nothing happens: the mean of ten runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sync.skip import ChangeKind, Part
from tests.benchmarks.bench_many_incidents import staff
from tests.benchmarks.measuring import Measure
from tests.learned import EVERY_KIND, trust
from tests.product import Product, reaching

RUNS = 10
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROLES = [kind for kind in EVERY_KIND if kind.part is Part.ROLES]
LEARNED = (("all trusted", EVERY_KIND, 110), ("entries not trusted", ROLES, 252), ("new", (), None))
"""What was learned, and the most requests of a run that looks at 200 incidents."""

WITHOUT = 604
"""How many there were when each incident was read in each run."""


def measures() -> Iterator[Measure]:
    """Requests of a run, by what was learned before."""
    for name, kinds, goal in LEARNED:
        yield Measure(
            what=f"quiet sync of 200, {name}, requests a run",
            figure=_mean_of_runs(200, kinds),
            goal=goal,
            anchor=f"{WITHOUT} without skipping",
        )


@dataclass(slots=True)
class Minutes:
    """A clock on which a run takes no time, as if a scheduler began each to the second."""

    at: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.at


def _mean_of_runs(incidents: int, kinds: Iterable[ChangeKind]) -> float:
    clock = Minutes()
    datadog = Sandbox(clock=clock)
    staff(datadog, incidents)
    clock.at += timedelta(hours=1)
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(datadog) as running:
        store = Path(folder) / "record.db"
        product = Product(store=store, settings=reaching(running.url, store), clock=clock)
        # The first runs take in, and find that both sides agree.
        _run(product, clock, runs=3)
        trust(product, clock(), kinds)
        # One round of readings, after which they are spread over the runs.
        _run(product, clock, runs=8)
        datadog.forget_requests()
        _run(product, clock, runs=RUNS)
        return len(datadog.requests.entries) / RUNS


def _run(product: Product, clock: Minutes, *, runs: int) -> None:
    for _ in range(runs):
        clock.at += timedelta(minutes=1)
        ran = product.run("sync")
        assert ran.exit_code == 0, ran.said
