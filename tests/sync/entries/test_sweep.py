"""Every scenario, killed at every durable step and with every answer lost: the end is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dd_incident_roles.model import EntryKey
from tests.sync.entries.timeline_bench import TimelineBench
from tests.sync.memory_target import Fault

KEY, OTHER = EntryKey("key-1"), EntryKey("key-2")
CALLS = 3
FATES = (None, Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.NOT_SENT)


def cell_of(bench: TimelineBench, key: EntryKey) -> str:
    return next(cell.id for cell in bench.target.cells.values() if cell.tagged == key)


def added(bench: TimelineBench) -> None:
    bench.add(EntryKey("key-3"), "third")
    bench.target.write_note("fourth")


def edited(bench: TimelineBench) -> None:
    bench.edit(KEY, "first, edited")
    bench.target.edit(cell_of(bench, OTHER), "second, edited there")


def deleted(bench: TimelineBench) -> None:
    bench.delete(KEY)
    del bench.target.cells[cell_of(bench, OTHER)]


def conflicted(bench: TimelineBench) -> None:
    bench.edit(KEY, "ours")
    bench.target.edit(cell_of(bench, KEY), "theirs now")


def crossed(bench: TimelineBench) -> None:
    bench.delete(KEY)
    bench.target.edit(cell_of(bench, KEY), "edited there")
    bench.edit(OTHER, "edited here")
    del bench.target.cells[cell_of(bench, OTHER)]


Scenario = Callable[[TimelineBench], None]
EACH = pytest.mark.parametrize("scenario", [added, edited, deleted, conflicted, crossed])


@contextmanager
def told(scenario: Scenario) -> Iterator[TimelineBench]:
    """A bench on which both sides agreed, and then the scenario happened."""
    with TemporaryDirectory(prefix="sweep-") as folder:
        bench = TimelineBench.at_rest(Path(folder))
        try:
            bench.add(KEY, "first")
            bench.add(OTHER, "second")
            bench.target.write_note("theirs")
            bench.settle()
            scenario(bench)
            yield bench
        finally:
            bench.record.close()


def end_of(bench: TimelineBench) -> tuple[list[str], list[str]]:
    """How both sides end once nothing disturbs any more, and nothing is written then."""
    bench.target.faults.clear()
    bench.wait()
    bench.settle()
    written = len(bench.target.writes)
    bench.sync()
    assert len(bench.target.writes) == written
    return bench.texts()


def undisturbed_end(scenario: Scenario) -> tuple[list[str], list[str]]:
    with told(scenario) as bench:
        bench.settle()
        return end_of(bench)


@pytest.mark.usefixtures("home")
@EACH
def test_a_kill_at_any_step_changes_nothing_in_the_end(scenario: Scenario) -> None:
    """A run killed before any of its commits is made good by the runs that follow."""
    expected = undisturbed_end(scenario)
    for step in count():
        with told(scenario) as bench:
            is_killed = bench.killed_sync(step)
            assert end_of(bench) == expected, f"killed before commit {step}"
        if not is_killed:
            return


@EACH
def test_a_lost_answer_of_any_call_changes_nothing_in_the_end(scenario: Scenario) -> None:
    """Calls that land unheard, or do not land, are made good by the runs that follow."""
    expected = undisturbed_end(scenario)
    met: set[tuple[Fault | None, ...]] = set()
    for faults in product(FATES, repeat=CALLS):
        # Fewer calls than that were made before, and they met the same.
        if any(faults[:calls] in met for calls in range(CALLS)):
            continue
        with told(scenario) as bench:
            bench.target.faults = list(reversed(faults))
            for _ in range(CALLS):
                bench.sync()
            met.add(faults[: CALLS - len(bench.target.faults)])
            assert end_of(bench) == expected, f"answers: {faults}"
