"""Two records and one timeline: what both were told stands once in the end, and is never gone."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.identity import FINDING, without_tag
from dd_incident_roles.sync.targets import RemoteChange
from tests.machines import in_postgresql, machine_settings
from tests.sync.entries.timeline_bench import BEGAN, MemoryTimeline, TimelineBench
from tests.sync.machine import RecordsMachine, faults, which
from tests.sync.memory_target import Fault
from tests.sync.record_copies import fresh_record


def two_benches(
    folder: Path, target: MemoryTimeline, *, accounts: bool = False
) -> tuple[TimelineBench, TimelineBench]:
    """A laptop and a job, each with a record of its own, and with keys of its own if it has."""
    made = []
    for name in ("laptop", "job"):
        place = folder / name
        place.mkdir()
        seen = target.seen_by(name) if accounts else target
        made.append(TimelineBench(record=fresh_record(place, lambda: BEGAN), target=seen))
    return made[0], made[1]


def imported(number: int) -> Entry:
    """The entry of a file, which has the same key and time wherever it is imported."""
    return Entry(
        key=EntryKey(f"imported{number}"),
        at=BEGAN,
        created=BEGAN,
        text=f"step {number}",
        author="Ana",
    )


class TwoRecords(RecordsMachine[TimelineBench]):
    """Both records are told the same, and run in each other's way; ``ours`` is what is known."""

    rounds = 5
    ours: bool | None = None
    accounts = False

    @initialize()
    def begin(self) -> None:
        place = self.begin_in()
        self.target = MemoryTimeline(ours=self.ours)
        self.desks = [*two_benches(place, self.target, accounts=self.accounts)]
        self.numbers = count()
        self.texts: set[str] = set()
        self.arrived: set[str] = set()

    @rule()
    def import_on_both(self) -> None:
        """Two people import the same notes."""
        entry = imported(next(self.numbers))
        self.texts.add(entry.text)
        for bench in self.desks:
            bench.put(entry)

    @rule(on=which)
    def add(self, on: int) -> None:
        """One person adds a note."""
        entry = imported(next(self.numbers))
        self.texts.add(entry.text)
        self.desk(on).put(entry)

    @rule(on=which)
    def sync_while_the_other_syncs(self, on: int) -> None:
        """Both have looked before either writes."""
        bench, other = self.desk(on), self.desk(on + 1)
        bench.target.before_write = lambda _change: other.sync()
        bench.sync()
        bench.target.before_write = None

    @rule(on=which, faults=faults)
    def faulty_sync(self, on: int, faults: list[Fault | None]) -> None:
        """A run some of whose writes fail, or land without an answer."""
        bench = self.desk(on)
        bench.target.faults = list(faults)
        bench.sync()
        bench.target.faults.clear()

    @rule(on=which, commits=st.integers(0, 8))
    def killed_sync(self, on: int, commits: int) -> None:
        """A run that is killed at some durable step."""
        self.desk(on).killed_sync(commits)

    def time_passes(self) -> None:
        for bench in self.desks:
            bench.wait()

    @invariant()
    def nothing_is_gone(self) -> None:
        """What has once stood in Datadog stands there at every moment."""
        if hasattr(self, "target"):
            now = {cell.text for cell in self.target.cells.values()}
            assert not self.arrived - now, f"gone: {self.arrived - now}"
            self.arrived |= now

    def written(self) -> int:
        return len(self.target.writes)

    def check_agreement(self) -> None:
        """In the end Datadog has each text once, and so has each record."""
        there = Counter(cell.text for cell in self.target.cells.values())
        assert there == Counter(self.texts)
        for bench in self.desks:
            assert Counter(without_tag(entry.text).text for entry in bench.live) == there


class TwoRecordsOfOneAccount(TwoRecords):
    """Datadog says that our account wrote the entries of both."""

    ours = True


class TwoRecordsOfTwoAccounts(TwoRecords):
    """Datadog names the author of each entry, and each record has an account of its own."""

    accounts = True


TestTwoRecords = TwoRecords.TestCase
TestTwoRecords.settings = machine_settings(steps=14)
TestTwoRecordsOfOneAccount = TwoRecordsOfOneAccount.TestCase
TestTwoRecordsOfOneAccount.settings = machine_settings(steps=14)
TestTwoRecordsOfTwoAccounts = TwoRecordsOfTwoAccounts.TestCase
TestTwoRecordsOfTwoAccounts.settings = machine_settings(steps=14)
TestTwoRecordsOfTwoAccountsInPostgresql = in_postgresql(TwoRecordsOfTwoAccounts, steps=14)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("ours", [None, True])
def test_ten_entries_of_two_records_stay_ten(tmp_path: Path, ours: bool | None) -> None:
    """Both wrote all of them in the same second, and each then sees the copies of the other."""
    target = MemoryTimeline(ours=ours)
    laptop, job = two_benches(tmp_path, target)
    for number in range(10):
        laptop.put(imported(number))
        job.put(imported(number))

    def act(_change: RemoteChange) -> None:
        job.sync()

    target.before_write = act
    laptop.sync()
    assert len(target.cells) == 20
    target.before_write = act
    laptop.sync()
    for _ in range(2):
        laptop.sync()
        job.sync()
    wanted = sorted(f"step {number}" for number in range(10))
    assert laptop.texts() == job.texts() == (wanted, wanted)
    laptop.record.close()
    job.record.close()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("ours", "accounts"), [(None, False), (True, False), (None, True)])
def test_two_jobs_note_one_finding_once(tmp_path: Path, ours: bool | None, accounts: bool) -> None:
    """They look at two moments, so that their texts differ in times; the older one stands."""
    laptop, job = two_benches(tmp_path, MemoryTimeline(ours=ours), accounts=accounts)
    for minutes, bench in enumerate((laptop, job), start=7):
        at = BEGAN + timedelta(minutes=minutes)
        text = f"Nobody is Scribe, for {minutes} minutes now. (IR010)"
        key = EntryKey("finding-0a1b2c")
        bench.put(Entry(key=key, at=at, created=at, text=text, kind=FINDING))

    laptop.target.before_write = lambda _change: job.sync()
    laptop.sync()
    assert len(laptop.target.cells) == 2
    for _ in range(3):
        laptop.sync()
        job.sync()
    [cell] = laptop.target.cells.values()
    assert cell.text == "Nobody is Scribe, for 8 minutes now. (IR010)"
    assert laptop.texts() == job.texts() == ([cell.text], [cell.text])
    written = len(laptop.target.writes)
    for bench in (laptop, job):
        bench.wait()
        bench.settle()
        bench.record.close()
    assert len(laptop.target.writes) == written
