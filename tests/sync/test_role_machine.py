"""Random stories of roles and of streams: people, faults and crashes, over the real engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Assignment, PersonKey, RoleKey
from tests.machines import in_postgresql, machine_settings
from tests.sync.bench import Bench
from tests.sync.machine import SyncMachine, faults
from tests.sync.memory_target import INCIDENT, SHARED, SINGLE_HOLDER_ROLES, Fault

PEOPLE = [PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol")]
ROLES = [*SINGLE_HOLDER_ROLES, *SHARED]
people = st.sampled_from(PEOPLE)
roles = st.sampled_from(ROLES)


class RoleMachine(SyncMachine[Bench]):
    """People change roles on both sides while runs fail in every known way."""

    def make(self, folder: Path) -> Bench:
        return Bench.at_rest(folder)

    @rule(role=roles, person=people)
    def assign(self, role: RoleKey, person: PersonKey) -> None:
        """Somebody types ``assign``."""
        with suppress(UsageError):
            self.bench.assign(role, person)

    @rule(role=roles, person=people)
    def unassign(self, role: RoleKey, person: PersonKey) -> None:
        """Somebody types ``unassign``."""
        with suppress(UsageError):
            self.bench.unassign(role, person)

    @rule(role=roles, person=st.none() | people)
    def choose_in_datadog(self, role: RoleKey, person: PersonKey | None) -> None:
        """Somebody changes a role in Datadog."""
        if role in SINGLE_HOLDER_ROLES or person:
            self.bench.target.choose(role, person)

    @rule(role=roles, person=people)
    def sync_while_somebody_acts(self, role: RoleKey, person: PersonKey) -> None:
        """A human changes a role in Datadog between the plan and the write."""
        self.bench.target.before_write = lambda _: self.bench.target.choose(role, person)
        self.bench.sync()
        self.bench.target.before_write = None

    def check_agreement(self) -> None:
        held = {role: self.bench.held(role) for role in ROLES}
        assert held == self.bench.target.roles

    @rule(role=roles, first=people, second=people, faults=faults, commits=st.integers(0, 6))
    def last_word_here_holds(
        self,
        role: RoleKey,
        first: PersonKey,
        second: PersonKey,
        faults: list[Fault | None],
        commits: int,
    ) -> None:
        """With nobody else at work, what was typed last is what both sides show in the end."""
        self.quiet()
        for person in (first, second):
            self.bench.assign(role, person)
            self.faulty_sync(faults)
            self.killed_sync(commits, faults)
            self.stale_sync()
        self.quiet()
        assert second in self.bench.target.roles[role]
        assert role in SHARED or self.bench.target.roles[role] == {second}

    @rule(role=roles, person=people, faults=faults)
    def last_word_there_holds(
        self, role: RoleKey, person: PersonKey, faults: list[Fault | None]
    ) -> None:
        """With nobody at work here, what was chosen in Datadog is what both sides show."""
        self.quiet()
        self.bench.target.choose(role, person)
        chosen = set(self.bench.target.roles[role])
        self.faulty_sync(faults)
        self.stale_sync()
        self.quiet()
        assert self.bench.target.roles[role] == chosen

    @rule(role=roles, person=people, faults=faults, commits=st.integers(0, 6))
    def giving_up_holds(
        self, role: RoleKey, person: PersonKey, faults: list[Fault | None], commits: int
    ) -> None:
        """With nobody else at work, a role that was given up stays given up."""
        self.quiet()
        self.bench.assign(role, person)
        self.faulty_sync(faults)
        self.bench.unassign(role, person)
        self.killed_sync(commits, faults)
        self.stale_sync()
        self.quiet()
        assert person not in self.bench.target.roles[role]

    @invariant()
    @precondition(lambda self: hasattr(self, "bench"))
    def intervals_of_a_seat_never_overlap(self) -> None:
        """A role for one person has one holder at a time in the record, at every moment."""
        rows = self.bench.record.assignments(INCIDENT.id)
        for role in SINGLE_HOLDER_ROLES:
            own = sorted((row for row in rows if row.role == role), key=lambda row: row.since)
            for earlier, later in pairwise(own):
                assert earlier.until is not None
                assert earlier.until <= later.since


TestRoleMachine = RoleMachine.TestCase
TestRoleMachine.settings = machine_settings(steps=12)
TestRoleMachineInPostgresql = in_postgresql(RoleMachine, steps=12)


[TECH_LEAD] = SHARED
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
