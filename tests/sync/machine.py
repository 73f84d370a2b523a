"""What every machine of sync does: one bench, on which runs fail in every known way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.sync.bench import AnyBench
from tests.sync.memory_target import INCIDENT, Fault

B = TypeVar("B", bound=AnyBench[Any])
faults = st.lists(st.sampled_from([None, *Fault]), max_size=4)


class SyncMachine(RuleBasedStateMachine, Generic[B]):
    """Runs that fail, are killed or are given an old listing, until nothing disturbs any more."""

    bench: B

    def make(self, folder: Path) -> B:
        """The bench, where both sides are empty."""
        raise NotImplementedError

    def watch(self, run: Callable[[], object]) -> None:
        """Let a run go about it, and see what it did."""
        run()

    def check_agreement(self) -> None:
        """What holds for both sides once they were left alone."""
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory(prefix="machine-")
        self.bench = self.make(Path(self.folder.name))
        self.listed_before = self.bench.target.snapshot()

    def teardown(self) -> None:
        if not hasattr(self, "bench"):
            return
        try:
            self.quiet()
        finally:
            self.bench.record.close()
            self.folder.cleanup()

    @rule(faults=faults)
    def faulty_sync(self, faults: list[Fault | None]) -> None:
        """A run some of whose writes fail, or land without an answer."""
        self.bench.target.faults = list(faults)
        self.watch(self.bench.sync)
        self.bench.target.faults.clear()

    @rule(commits=st.integers(0, 8), faults=faults)
    def killed_sync(self, commits: int, faults: list[Fault | None]) -> None:
        """A run that is killed at some durable step."""
        self.bench.target.faults = list(faults)
        self.watch(lambda: self.bench.killed_sync(commits))
        self.bench.target.faults.clear()

    @rule()
    def stale_sync(self) -> None:
        """A run that is given a listing from before the last runs' writes."""
        self.bench.target.stale = self.listed_before
        self.watch(self.bench.sync)
        self.bench.target.stale = None

    @rule()
    def time_passes(self) -> None:
        """The grace goes by, and with it every old listing."""
        self.bench.wait()
        self.listed_before = self.bench.target.snapshot()

    @rule()
    def quiet(self) -> None:
        """When nothing disturbs, both sides come to agree, and then nothing moves any more."""
        target = self.bench.target
        target.faults.clear()
        target.stale = target.before_write = None
        self.bench.wait()
        for _ in range(4):
            self.watch(self.bench.sync)
            self.bench.wait()
        self.check_agreement()
        written = len(target.writes)
        [result] = self.bench.sync().incidents
        assert len(target.writes) == written, "a quiet run wrote to Datadog"
        changed = (*result.effects, *result.timeline_effects)
        assert not changed, "a quiet run changed the record"
        state = self.bench.record.state(INCIDENT.id, target.name)
        assert (*state.intents, *state.timeline.intents) == (), "something was left in doubt"
        self.listed_before = target.snapshot()
