"""What every machine of sync does: runs fail in every known way, on one record or on several."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, Protocol, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.plan import SyncResult
from dd_incident_roles.sync.state import IncidentState
from tests.sync.bench import AnyBench
from tests.sync.memory_target import Fault


class HasRecord(Protocol):
    """One of several records on one target."""

    record: SqlRecord

    @property
    def state(self) -> IncidentState: ...

    def sync(self) -> SyncResult: ...


B = TypeVar("B", bound=AnyBench[Any])
R = TypeVar("R", bound=HasRecord)
which = st.integers(0, 5)
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
        state = self.bench.state
        assert (*state.intents, *state.timeline.intents) == (), "something was left in doubt"
        self.listed_before = target.snapshot()


class RecordsMachine(RuleBasedStateMachine, Generic[R]):
    """Several records whose runs get in each other's way, until nothing disturbs any more."""

    desks: list[R]
    rounds: int

    def begin_in(self) -> Path:
        """A folder for the records, which are gone with it in the end."""
        self.folder = TemporaryDirectory(prefix="machine-")
        return Path(self.folder.name)

    def teardown(self) -> None:
        if not hasattr(self, "desks"):
            return
        try:
            self.come_to_rest()
        finally:
            for desk in self.desks:
                desk.record.close()
            self.folder.cleanup()

    def desk(self, number: int) -> R:
        """One of the records that there are."""
        return self.desks[number % len(self.desks)]

    def written(self) -> int:
        """How many writes had an effect anywhere."""
        raise NotImplementedError

    def check_agreement(self) -> None:
        """What holds for all sides once they were left alone."""
        raise NotImplementedError

    @rule()
    def time_passes(self) -> None:
        """Every old listing is gone, and an absence is believed."""
        raise NotImplementedError

    @rule(on=which)
    def sync(self, on: int) -> None:
        """A run that nothing disturbs."""
        self.desk(on).sync()

    @rule()
    def come_to_rest(self) -> None:
        """When nothing disturbs, all come to agree, and then nothing moves any more."""
        for _ in range(self.rounds):
            self.time_passes()
            for desk in self.desks:
                desk.sync()
        self.check_agreement()
        written, before = self.written(), [desk.state for desk in self.desks]
        for desk in self.desks:
            desk.sync()
        assert self.written() == written, "a quiet run wrote something"
        assert [desk.state for desk in self.desks] == before, "a quiet run changed a record"
