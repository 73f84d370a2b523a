"""Every scenario, killed at every durable step and with every answer lost: the end is the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from dd_incident_roles.model import EntryKey
from tests.sync.entries.timeline_bench import TimelineBench
from tests.sync.memory_target import Fault

KEY, OTHER = EntryKey("key-1"), EntryKey("key-2")
STEPS, CALLS = 9, 3


def linked(bench: TimelineBench) -> None:
    bench.add(KEY, "first")
    bench.add(OTHER, "second")
    bench.target.write_note("theirs")
    bench.settle()


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


SCENARIOS = [added, edited, deleted, conflicted, crossed]
Scenario = Callable[[TimelineBench], None]


def told(scenario: Scenario, disturb: Callable[[TimelineBench], None]) -> object:
    """Tell a scenario, disturb the first run after it, and return how both sides end."""
    with tempfile.TemporaryDirectory(prefix="sweep-") as folder:
        bench = TimelineBench.at_rest(Path(folder))
        try:
            linked(bench)
            scenario(bench)
            disturb(bench)
            bench.target.faults.clear()
            bench.wait()
            bench.settle()
            written = len(bench.target.writes)
            bench.sync()
            assert len(bench.target.writes) == written
            return bench.texts()
        finally:
            bench.record.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_kill_at_any_step_changes_nothing_in_the_end(scenario: Scenario) -> None:
    """A run killed before any of its commits is made good by the runs that follow."""
    undisturbed = told(scenario, lambda bench: bench.settle())
    for step in range(STEPS):
        assert told(scenario, _killed(step)) == undisturbed, f"killed before commit {step}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_lost_answer_of_any_call_changes_nothing_in_the_end(scenario: Scenario) -> None:
    """Calls that land unheard, or do not land, are made good by the runs that follow."""
    undisturbed = told(scenario, lambda bench: bench.settle())
    for faults in product(
        [None, Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.NOT_SENT], repeat=CALLS
    ):
        assert told(scenario, _with(faults)) == undisturbed, f"answers: {faults}"


def _killed(step: int) -> Callable[[TimelineBench], None]:
    def disturb(bench: TimelineBench) -> None:
        bench.killed_sync(step)

    return disturb


def _with(faults: tuple[Fault | None, ...]) -> Callable[[TimelineBench], None]:
    def disturb(bench: TimelineBench) -> None:
        bench.target.faults = list(faults)
        bench.sync()

    return disturb
