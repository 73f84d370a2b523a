"""Random stories of people, faults and crashes, over the real engine and the real record."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import PersonKey, RoleKey
from tests.machines import machine_settings
from tests.sync.bench import Bench
from tests.sync.memory_target import INCIDENT, SEATS, SHARED, Fault

PEOPLE = [PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol")]
ROLES = [*SEATS, *SHARED]
people = st.sampled_from(PEOPLE)
roles = st.sampled_from(ROLES)
faults = st.lists(st.sampled_from([None, *Fault]), max_size=4)


class RoleMachine(RuleBasedStateMachine):
    """People change roles on both sides while runs fail in every known way."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="machine-")
        self.bench = Bench.at_rest(Path(self.folder.name))
        self.listed_before = self.bench.target.snapshot()
        self.disturbed = False

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.bench.target.faults.clear()
            self.bench.target.before_write.clear()
            self.bench.target.stale = None
            try:
                self.quiet()
            finally:
                self.bench.record.close()
                self.folder.cleanup()

    @rule(role=roles, person=people)
    def assign(self, role: RoleKey, person: PersonKey) -> None:
        """Somebody types ``assign``."""
        try:
            self.bench.assign(role, person)
        except UsageError:
            return

    @rule(role=roles, person=people)
    def unassign(self, role: RoleKey, person: PersonKey) -> None:
        """Somebody types ``unassign``."""
        try:
            self.bench.unassign(role, person)
        except UsageError:
            return

    @rule(role=roles, person=st.none() | people)
    def choose_in_datadog(self, role: RoleKey, person: PersonKey | None) -> None:
        """Somebody changes a role in Datadog."""
        if role in SEATS or person:
            self.bench.target.choose(role, person)

    @rule(faults=faults)
    def faulty_sync(self, faults: list[Fault | None]) -> None:
        """A run some of whose writes fail, or land without an answer."""
        self.bench.target.faults = list(faults)
        self.bench.sync()
        self.bench.target.faults.clear()

    @rule(commits=st.integers(0, 8), faults=faults)
    def killed_sync(self, commits: int, faults: list[Fault | None]) -> None:
        """A run that is killed at some durable step."""
        self.bench.target.faults = list(faults)
        self.bench.killed_sync(commits)
        self.bench.target.faults.clear()

    @rule()
    def stale_sync(self) -> None:
        """A run that is given a listing from before the last run's writes."""
        self.bench.target.stale = self.listed_before
        self.bench.sync()
        self.bench.target.stale = None

    @rule(role=roles, person=people)
    def sync_while_somebody_acts(self, role: RoleKey, person: PersonKey) -> None:
        """A human changes a role in Datadog between the plan and the write."""
        self.bench.target.before_write = [(role, person)]
        self.bench.sync()
        self.bench.target.before_write.clear()

    @rule()
    def time_passes(self) -> None:
        """The grace goes by, and with it every old listing."""
        self.bench.wait()
        self.listed_before = self.bench.target.snapshot()

    @rule()
    def quiet(self) -> None:
        """When nothing disturbs, both sides come to agree, and then nothing is written any more."""
        self.bench.wait()
        self.bench.settle()
        for role in SEATS:
            shown = self.bench.target.roles[role]
            assert self.bench.held(role) == shown, f"{role} did not converge"
        for role in SHARED:
            assert self.bench.held(role) == self.bench.target.roles[role], f"{role} diverged"
        written = len(self.bench.target.writes)
        result = self.bench.sync()
        assert len(self.bench.target.writes) == written, "a quiet run wrote to Datadog"
        assert result.incidents[0].effects == (), "a quiet run changed the record"
        state = self.bench.record.state(INCIDENT.id, self.bench.target.name)
        assert state.intents == (), "a quiet run left something in doubt"
        self.listed_before = self.bench.target.snapshot()

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
        for role in SEATS:
            own = sorted((row for row in rows if row.role == role), key=lambda row: row.since)
            for earlier, later in pairwise(own):
                assert earlier.until is not None
                assert earlier.until <= later.since


TestRoleMachine = RoleMachine.TestCase
TestRoleMachine.settings = machine_settings(steps=12)
