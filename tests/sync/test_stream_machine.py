"""Random stories of streams: what no sync may do to them, whatever happens around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Assignment, PersonKey
from tests.machines import in_postgresql, machine_settings
from tests.sync.bench import Bench
from tests.sync.machine import SyncMachine
from tests.sync.memory_target import INCIDENT, SHARED

[TECH_LEAD] = SHARED
PEOPLE = [PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol")]
people = st.sampled_from(PEOPLE)
streams = st.sampled_from([None, "database", "network"])


class StreamMachine(SyncMachine[Bench]):
    """People move between streams here and come and go in Datadog while runs fail."""

    def make(self, folder: Path) -> Bench:
        return Bench.at_rest(folder)

    @rule(person=people, stream=streams)
    def assign(self, person: PersonKey, stream: str | None) -> None:
        """Somebody types ``assign``, with a stream or without."""
        with suppress(UsageError):
            self.bench.assign_stream(TECH_LEAD, person, stream)

    @rule(person=people, stream=streams)
    def unassign(self, person: PersonKey, stream: str | None) -> None:
        """Somebody types ``unassign``; without a stream the person leaves all of them."""
        with suppress(UsageError):
            self.bench.unassign(TECH_LEAD, person, stream)

    @rule(person=people)
    def choose_in_datadog(self, person: PersonKey) -> None:
        """Somebody is given the role in Datadog, or it is taken from them."""
        self.bench.target.choose(TECH_LEAD, person)

    @rule(person=people)
    def sync_while_somebody_acts(self, person: PersonKey) -> None:
        """A human changes the role in Datadog between the plan and the write."""
        self.bench.target.before_write = lambda _: self.bench.target.choose(TECH_LEAD, person)
        self.watch(self.bench.sync)
        self.bench.target.before_write = None

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
        self.watch(self.bench.sync)
        assert len(self.bench.target.writes) == written, "a stream is nothing that Datadog has"
        after = Counter(row.stream for row in self._open() if row.person == person)
        assert after == Counter({*(before.keys() - {None}), stream})

    def check_agreement(self) -> None:
        assert self.bench.held(TECH_LEAD) == self.bench.target.roles[TECH_LEAD]

    def watch(self, run: Callable[[], object]) -> None:
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
TestStreamMachineInPostgresql = in_postgresql(StreamMachine, steps=12)
