"""Random stories of people, faults and crashes, over the real engine and the real record."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import PersonKey, RoleKey
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
