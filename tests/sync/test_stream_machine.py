"""Random stories of streams: what no sync may do to them, whatever happens around it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Assignment, PersonKey, Source
from dd_incident_roles.roles.assign import assign, unassign
from dd_incident_roles.roles.ledger import LedgerChange
from tests.machines import machine_settings
from tests.sync.bench import CATALOGUE, Bench
from tests.sync.memory_target import INCIDENT, SHARED, Fault

[TECH_LEAD] = SHARED
ROLE = CATALOGUE.role(TECH_LEAD)
PEOPLE = [PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol")]
people = st.sampled_from(PEOPLE)
streams = st.sampled_from([None, "database", "network"])
faults = st.lists(st.sampled_from([None, *Fault]), max_size=4)


class StreamMachine(RuleBasedStateMachine):
    """People move between streams here and come and go in Datadog while runs fail."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="machine-")
        self.bench = Bench.at_rest(Path(self.folder.name))
        self.listed_before = self.bench.target.snapshot()

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            try:
                self.quiet()
            finally:
                self.bench.record.close()
                self.folder.cleanup()

    @rule(person=people, stream=streams)
    def assign(self, person: PersonKey, stream: str | None) -> None:
        """Somebody types ``assign``, with a stream or without."""
        self._type(
            lambda rows: assign(
                rows,
                role=ROLE,
                stream=stream,
                person=person,
                now=self.bench.clock(),
                set_by="scribe",
                source=Source.CLI,
                new_id=self.bench.new_id,
            )
        )

    @rule(person=people, stream=streams)
    def unassign(self, person: PersonKey, stream: str | None) -> None:
        """Somebody types ``unassign``; without a stream the person leaves all of them."""
        self._type(
            lambda rows: unassign(
                rows,
                role=ROLE,
                person=person,
                stream=stream,
                now=self.bench.clock(),
                set_by="scribe",
                source=Source.CLI,
            )
        )

    @rule(person=people)
    def choose_in_datadog(self, person: PersonKey) -> None:
        """Somebody is given the role in Datadog, or it is taken from them."""
        self.bench.target.choose(TECH_LEAD, person)

    @rule()
    def time_passes(self) -> None:
        """The grace goes by, and with it every old listing."""
        self.bench.wait()
        self.listed_before = self.bench.target.snapshot()

    @rule(faults=faults, is_old=st.booleans())
    def sync(self, faults: list[Fault | None], is_old: bool) -> None:
        """A run, perhaps with an old listing and with writes that fail or lose their answer."""
        self.bench.target.stale = self.listed_before if is_old else None
        self.bench.target.faults = list(faults)
        self._looked_at(self.bench.sync)
        self.bench.target.faults.clear()
        self.bench.target.stale = None

    @rule(commits=st.integers(0, 8))
    def killed_sync(self, commits: int) -> None:
        """A run that is killed at some durable step."""
        self._looked_at(lambda: self.bench.killed_sync(commits))

    @rule(person=people)
    def sync_while_somebody_acts(self, person: PersonKey) -> None:
        """A human changes the role in Datadog between the plan and the write."""
        self.bench.target.before_write = [(TECH_LEAD, person)]
        self._looked_at(self.bench.sync)
        self.bench.target.before_write.clear()

    @rule(person=people, stream=st.sampled_from(["database", "network"]))
    def moving_writes_nothing(self, person: PersonKey, stream: str) -> None:
        """Once both sides agree, another stream for somebody who holds the role stays here."""
        self.quiet()
        others = {row.person for row in self._open() if row.stream == stream} - {person}
        if others or person not in self.bench.target.roles[TECH_LEAD]:
            return
        written = len(self.bench.target.writes)
        before = Counter(row.stream for row in self._open() if row.person == person)
        self.assign(person, stream)
        self._looked_at(self.bench.sync)
        assert len(self.bench.target.writes) == written, "a stream is nothing that Datadog has"
        after = Counter(row.stream for row in self._open() if row.person == person)
        assert after == Counter({*(before.keys() - {None}), stream})

    @rule()
    def quiet(self) -> None:
        """When nothing disturbs, both sides come to name the same people."""
        self.bench.target.stale = None
        self.bench.wait()
        for _ in range(4):
            self._looked_at(self.bench.sync)
            self.bench.wait()
        assert self.bench.held(TECH_LEAD) == self.bench.target.roles[TECH_LEAD]
        self.listed_before = self.bench.target.snapshot()

    def _type(self, decide: Callable[[tuple[Assignment, ...]], LedgerChange]) -> None:
        state = self.bench.record.state(INCIDENT.id, self.bench.target.name)
        try:
            change = decide(state.assignments)
        except UsageError:
            return
        self.bench.record.commit(INCIDENT.id, self.bench.target.name, change.edits)

    def _looked_at(self, run: Callable[[], object]) -> None:
        """Let a run go about it, and see what it did to the intervals."""
        before = {row.id: row for row in self.bench.record.assignments(INCIDENT.id)}
        run()
        after = {row.id: row for row in self.bench.record.assignments(INCIDENT.id)}
        assert before.keys() <= after.keys(), "an interval is gone"
        for row_id, row in before.items():
            same = after[row_id]
            assert (same.stream, same.person, same.since) == (row.stream, row.person, row.since)
            assert row.is_open or same == row, "an interval that had ended was changed"
        kept = {row.person for row in before.values() if row.is_open and after[row.id].is_open}
        for row_id in after.keys() - before.keys():
            begun = after[row_id]
            assert begun.stream is None, "a sync cannot know a stream"
            assert begun.person not in kept, "somebody who holds the role was given it again"

    def _open(self) -> list[Assignment]:
        rows = self.bench.record.assignments(INCIDENT.id)
        return [row for row in rows if row.role == TECH_LEAD and row.is_open]

    @invariant()
    @precondition(lambda self: hasattr(self, "bench"))
    def nobody_holds_the_same_twice(self) -> None:
        """One person has at most one open interval in each stream, and in none."""
        held = Counter((row.person, row.stream) for row in self._open())
        assert not held or max(held.values()) == 1

    @invariant()
    @precondition(lambda self: hasattr(self, "bench"))
    def a_stream_has_one_lead(self) -> None:
        """Only people whom Datadog brought can share, and they have no stream."""
        led = Counter(row.stream for row in self._open() if row.stream is not None)
        assert not led or max(led.values()) == 1


TestStreamMachine = StreamMachine.TestCase
TestStreamMachine.settings = machine_settings(steps=12)
