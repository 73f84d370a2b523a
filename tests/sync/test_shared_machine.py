"""Several records on one incident come to one picture through what their entries say.

Not claimed, because no entry can tell it: what was recorded on a machine and lost with its disk
before it was sent; and the stream, the beginning and the end of a holding that people changed in
the target itself, where each record knows only what it saw when it looked.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import EntryKey, PersonKey, RoleKey
from dd_incident_roles.roles.ledger import HandoffOutcome
from tests.machines import in_postgresql, machine_settings
from tests.sync.entries.timeline_bench import MemoryTimeline
from tests.sync.machine import RecordsMachine, faults, which
from tests.sync.memory_target import Fault
from tests.sync.shared_bench import LEAD, MANAGER, UNSHOWN, Desk, SharedTarget, World

ROLES = (MANAGER, LEAD, UNSHOWN)
people = st.sampled_from([PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol")])
roles = st.sampled_from(ROLES)
streams = st.sampled_from([None, "db", "api"])
looks = st.booleans()


class SharedPicture(RecordsMachine[Desk]):
    """Commands on every record, people in the target, runs that fail, and disks that are lost."""

    # A write whose answer was lost is sent again by the round after; then two are enough.
    rounds = 3
    ours: bool | None = None
    accounts = False

    @initialize(number=st.integers(2, 4))
    def begin(self, number: int) -> None:
        place = self.begin_in()
        self.target = SharedTarget(notes=MemoryTimeline(ours=self.ours))
        self.world = World(target=self.target)
        self.desks = [
            Desk(place / str(each), self.world, f"job-{each}" if self.accounts else None)
            for each in range(number)
        ]
        self.touched: set[RoleKey] = set()
        self.stated: set[EntryKey | None] = set()

    @rule(on=which, role=roles, person=people, stream=streams, by=people, looks=looks)
    def assign(
        self,
        on: int,
        role: RoleKey,
        person: PersonKey,
        stream: str | None,
        by: PersonKey,
        looks: bool,
    ) -> None:
        """Somebody gives a role, with a stream or without."""
        named = stream if role == LEAD else None
        with suppress(UsageError):
            self.desk(on).assign(role, person, named, by=by, looks=looks)

    @rule(on=which, role=roles, person=people, stream=streams, by=people, looks=looks)
    def unassign(
        self,
        on: int,
        role: RoleKey,
        person: PersonKey,
        stream: str | None,
        by: PersonKey,
        looks: bool,
    ) -> None:
        """Somebody takes a role."""
        named = stream if role == LEAD else None
        with suppress(UsageError):
            self.desk(on).unassign(role, person, named, by=by, looks=looks)

    @rule(on=which, role=roles, person=people, stream=streams, by=people, looks=looks)
    def propose(
        self,
        on: int,
        role: RoleKey,
        person: PersonKey,
        stream: str | None,
        by: PersonKey,
        looks: bool,
    ) -> None:
        """Somebody asks a person to take a role over."""
        named = stream if role == LEAD else None
        with suppress(UsageError):
            self.desk(on).propose(role, person, named, by=by, looks=looks)

    @rule(on=which, role=roles, by=people, looks=looks)
    def accept(self, on: int, role: RoleKey, by: PersonKey, looks: bool) -> None:
        """Somebody accepts; only the receiver can."""
        with suppress(UsageError):
            self.desk(on).accept(role, by=by, looks=looks)

    @rule(on=which, role=roles, by=people, looks=looks)
    def decline(self, on: int, role: RoleKey, by: PersonKey, looks: bool) -> None:
        """Somebody declines, or takes back what they proposed."""
        self.desk(on).decline(role, by=by, looks=looks)

    @rule(on=which, is_single=st.booleans(), by=people, looks=looks)
    def devise(self, on: int, is_single: bool, by: PersonKey, looks: bool) -> None:
        """Somebody devises a role, or devises it anew."""
        self.desk(on).devise(is_single=is_single, by=by, looks=looks)

    @rule(on=which, person=people, by=people, looks=looks)
    def correct(self, on: int, person: PersonKey, by: PersonKey, looks: bool) -> None:
        """Somebody says who really held a role."""
        self.desk(on).correct(person, by=by, looks=looks)

    @rule(role=st.sampled_from([MANAGER, LEAD]), person=people)
    def choose_in_target(self, role: RoleKey, person: PersonKey) -> None:
        """Somebody changes a role in the target itself."""
        self.touched.add(role)
        self.target.roles.choose(role, person)

    @rule(on=which, faults=faults)
    def faulty_sync(self, on: int, faults: list[Fault | None]) -> None:
        """A run some of whose writes fail, or land without an answer."""
        target = self.desk(on).target
        target.notes.faults = target.roles.faults = list(faults)
        self.desk(on).sync()
        target.notes.faults = []
        target.roles.faults = []

    @rule(on=which, commits=st.integers(0, 8))
    def killed_sync(self, on: int, commits: int) -> None:
        """A run that is killed at some durable step."""
        self.desk(on).killed_sync(commits)

    @rule(on=which)
    def sync_while_another_syncs(self, on: int) -> None:
        """Two have looked before either writes."""
        target = self.desk(on).target
        target.before_write = self.desk(on + 1).sync
        self.desk(on).sync()
        target.before_write = None

    @rule(on=which)
    def lose(self, on: int) -> None:
        """A disk is gone."""
        self.desk(on).lose()

    @rule(on=which)
    def back_up(self, on: int) -> None:
        """Somebody keeps a copy of a record."""
        self.desk(on).back_up()

    @rule(on=which)
    def put_back(self, on: int) -> None:
        """An old copy takes the place of a record."""
        self.desk(on).put_back()

    def time_passes(self) -> None:
        self.world.wait()

    def written(self) -> int:
        return self.target.written

    @invariant()
    def nothing_that_was_stated_is_gone(self) -> None:
        """What a record said in the timeline stands there at every later moment."""
        if hasattr(self, "target"):
            now = {cell.tagged for cell in self.target.notes.cells.values()}
            assert not self.stated - now
            self.stated |= now

    def check_agreement(self) -> None:
        """What every record knows in the end, and the target shows."""
        states = [desk.state for desk in self.desks]
        keys = Counter(cell.tagged for cell in self.target.notes.cells.values() if cell.tagged)
        assert not keys or max(keys.values()) == 1, f"told twice: {keys}"
        told = [
            (
                sorted(state.handoffs, key=lambda each: each.id),
                state.corrections,
                state.devised,
            )
            for state in states
        ]
        for each in told[1:]:
            assert each == told[0]
        for handoff in told[0][0]:
            if handoff.outcome in {HandoffOutcome.ACCEPTED, HandoffOutcome.DECLINED}:
                assert handoff.decided_by == handoff.receiver
        for state in states:
            for role, shown in self.target.roles.roles.items():
                held = {row.person for row in state.assignments if row.is_open and row.role == role}
                assert held == shown
        held_by = [
            {(row.role, row.person) for row in state.assignments if row.is_open} for state in states
        ]
        assert all(each == held_by[0] for each in held_by)
        rows = [
            {
                (row.role, row.stream, row.person, row.since, row.until, row.set_by)
                for row in state.assignments
                if row.role not in self.touched
            }
            for state in states
        ]
        assert all(each == rows[0] for each in rows)


class SharedPictureOfOneAccount(SharedPicture):
    """The target says that our account wrote the entries of all."""

    ours = True


class SharedPictureOfSeveralAccounts(SharedPicture):
    """The target names the author of each entry, and each record writes by a job of its own."""

    accounts = True


TestSharedPicture = SharedPicture.TestCase
TestSharedPicture.settings = machine_settings(steps=12)
TestSharedPictureOfOneAccount = SharedPictureOfOneAccount.TestCase
TestSharedPictureOfOneAccount.settings = machine_settings(steps=12)
TestSharedPictureOfSeveralAccounts = SharedPictureOfSeveralAccounts.TestCase
TestSharedPictureOfSeveralAccounts.settings = machine_settings(steps=12)
TestSharedPictureOfSeveralAccountsInPostgresql = in_postgresql(
    SharedPictureOfSeveralAccounts, steps=12
)
