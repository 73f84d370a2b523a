"""Many threads and programs at once, over one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from threading import Barrier

import pytest

from dd_incident_roles.errors import RecordChanged, RecordError
from dd_incident_roles.model import EntryKey, IncidentId, Person, PersonKey
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.opening import open_database, open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.entries.identity import Digest
from dd_incident_roles.sync.state import Drop, Edit, EntryIntent
from tests.store.samples import (
    ANA,
    BO,
    K1,
    ONE,
    START,
    clock,
    entry_intent,
    entry_link,
    incident,
    intent,
    link,
    minutes,
    opening,
    put,
)
from tests.store.samples import closing as ending

THREADS = 8
ROUNDS = 10
TURNS = 40


def work_on(record: SqlRecord, barrier: Barrier, number: int) -> None:
    """What a sync does with one incident, again and again."""
    mine = IncidentId(f"incident-{number}")
    barrier.wait()
    for turn in range(ROUNDS):
        version = record.state(mine, "datadog").version
        assert version == 2 * turn
        seen = incident(mine, public_id=number, title=f"turn {turn}")
        record.remember(seen, {ANA: Person(key=ANA, name=f"{number}.{turn}")}, START)
        identity = f"{number}.{turn}"
        record.commit(mine, "datadog", [opening(identity), intent()], expected_version=version)
        record.commit(mine, "datadog", [ending(identity), link()], expected_version=version + 1)


def test_threads_work_on_incidents_of_their_own(record: SqlRecord) -> None:
    """Eight threads on eight incidents never disturb each other, and lose nothing."""
    barrier = Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work_on, record, barrier, number) for number in range(THREADS)]:
            done.result()
    assert len(record.incidents()) == THREADS
    for number in range(THREADS):
        assert len(record.assignments(IncidentId(f"incident-{number}"))) == ROUNDS


def test_of_many_who_saw_the_same_version_one_wins(record: SqlRecord) -> None:
    """Eight threads that each mean to take a role on the state they saw: one does."""
    barrier = Barrier(THREADS)

    def take(number: int) -> bool:
        barrier.wait()
        try:
            record.commit(
                ONE,
                "datadog",
                [opening(f"a{number}", person=PersonKey(f"p{number}"))],
                expected_version=0,
            )
        except RecordChanged:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(take, range(THREADS))) == 1
    assert len(record.assignments(ONE)) == 1


def test_first_starts_at_the_same_moment_share_one_record(store: str, location: Path) -> None:
    """Eight first starts end with one record that has what all eight wrote."""
    barrier = Barrier(THREADS)

    def start(number: int) -> None:
        barrier.wait()
        with open_record(store, clock=clock) as record:
            record.put_cached("kind", str(number), "here")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(start, range(THREADS)))
    with open_record(store, clock=clock) as record:
        assert [record.cached("kind", str(number)) for number in range(THREADS)] == [
            "here"
        ] * THREADS
    if store == str(location):
        assert [each.name for each in location.parent.iterdir()] == ["record.db"]


def test_reading_goes_on_while_another_program_writes(store: str, record: SqlRecord) -> None:
    """A writer elsewhere keeps nobody from opening the record and reading what was there before."""
    record.commit(ONE, "datadog", [opening()])
    with closing(open_database(store)) as other, other.write(ONE) as connection:
        connection.exec_driver_sql("UPDATE assignments SET person = 'somebody'")
        assert record.assignments(ONE)[0].person == ANA
        with open_record(store, clock=clock, busy_seconds=0) as reader:
            assert reader.assignments(ONE)[0].person == ANA
    assert record.assignments(ONE)[0].person == "somebody"


class Interrupted(list[Edit]):
    """Edits in the middle of which somebody else tries to write."""

    def __init__(self, edits: Iterable[Edit], others: Callable[[], None]) -> None:
        super().__init__(edits)
        self.others = others

    def __iter__(self) -> Iterator[Edit]:
        self.others()
        return super().__iter__()


def test_nothing_is_written_between_the_reading_and_the_change(
    store: str, record: SqlRecord
) -> None:
    """Another program that would write while a commit is under way is the one who must wait."""
    record.commit(ONE, "datadog", [opening()])
    with open_record(store, clock=clock, busy_seconds=0) as other:

        def overtake() -> None:
            with pytest.raises(RecordError, match="locked"):
                other.commit(ONE, "datadog", [opening("b1", person=BO)])

        record.commit(ONE, "datadog", Interrupted([ending()], overtake), expected_version=1)
        other.commit(ONE, "datadog", [opening("b1", person=BO)], expected_version=2)
    assert [(row.id, row.is_open) for row in record.assignments(ONE)] == [
        ("a1", False),
        ("b1", True),
    ]


def test_a_record_that_stays_locked_is_a_plain_error(store: str) -> None:
    """When another program does not let go in time, nothing is written, and the error says why."""
    with (
        open_record(store, clock=clock, busy_seconds=0) as record,
        closing(open_database(store)) as other,
    ):
        with (
            other.write(ONE),
            pytest.raises(RecordError, match="Another program keeps the record"),
        ):
            record.commit(ONE, "datadog", [opening()])
        record.commit(ONE, "datadog", [opening(person=BO)])
        assert len(record.assignments(ONE)) == 1


def test_a_short_wait_is_waited_out(store: str) -> None:
    """A writer that comes while another program writes gets its turn afterwards."""
    with (
        open_record(store, clock=clock) as record,
        closing(open_database(store)) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        with other.write(ONE):
            waiting = pool.submit(record.commit, ONE, "datadog", [opening()])
            assert not waiting.done()
        waiting.result()
        assert record.state(ONE, "datadog").version == 1


def test_a_connection_in_use_is_closed_when_it_comes_back(database: Database) -> None:
    """A command that fails leaves threads behind that still read: they leave no connection open."""
    with database.read() as connection:
        database.close()
        driver = connection.connection.dbapi_connection
        assert driver is not None
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    with pytest.raises(Exception, match="closed"):
        driver.cursor().execute("SELECT 1")


def test_a_record_that_was_taken_away_is_not_begun_by_chance(location: Path) -> None:
    """A file that is gone when it is opened again is an error; nothing unsafe takes its place."""
    with open_record(str(location), clock=clock) as record:
        record.close()
        location.unlink()
        with pytest.raises(RecordError, match="cannot be opened"):
            record.put_cached("kind", "key", "value")
    assert list(location.parent.iterdir()) == []


def test_of_many_who_edit_an_entry_nobody_overwrites_unseen(record: SqlRecord) -> None:
    """Eight threads that each add a line to what they saw: every line is there at the end."""
    record.commit(ONE, "datadog", [put(text="")])
    barrier = Barrier(THREADS)

    def add(number: int) -> None:
        barrier.wait()
        while True:
            state = record.state(ONE, "datadog")
            entry = record.entry(ONE, K1)
            assert entry is not None
            with suppress(RecordChanged):
                record.commit(
                    ONE,
                    "datadog",
                    [put(text=f"{entry.text}{number}\n"), put(EntryKey(f"k-{number}"))],
                    expected_version=state.version,
                )
                return

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(add, range(THREADS)))
    final = record.entry(ONE, K1)
    assert final is not None
    assert sorted(final.text.split()) == [str(number) for number in range(THREADS)]
    assert len(record.entries(ONE)) == THREADS + 1
    assert len({each.entry.text for each in record.archived(ONE)}) == THREADS
    assert record.state(ONE, "datadog").version == THREADS + 1


def test_threads_add_entries_without_having_looked(record: SqlRecord) -> None:
    """Those who only add need no version: every entry of eight threads is there, once."""
    barrier = Barrier(THREADS)

    def add(number: int) -> None:
        barrier.wait()
        for turn in range(10):
            record.commit(ONE, "datadog", [put(EntryKey(f"{number}.{turn}"))])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(add, range(THREADS)))
    assert len(record.entries(ONE)) == THREADS * 10
    assert record.archived(ONE) == ()
    assert record.state(ONE, "datadog").version == THREADS * 10


def test_one_state_is_one_moment(record: SqlRecord) -> None:
    """What a state says of roles, entries, what was agreed and the version was true together."""
    barrier = Barrier(2)

    def write() -> None:
        barrier.wait()
        for turn in range(TURNS):
            since, name = minutes(turn), str(turn)
            edits: list[Edit] = [
                *(opening(name, since=since), link(remote_id=name), put(text=name)),
                *(Drop(EntryIntent, K1), entry_intent(digest=Digest(name)), entry_link(K1, name)),
            ]
            record.commit(ONE, "datadog", edits)
            record.commit(ONE, "datadog", [ending(name, until=since)])

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        barrier.wait()
        while not writing.done():
            state = record.state(ONE, "datadog")
            newest = [str((state.version - 1) // 2)] if state.version else []
            assert [row.id for row in state.assignments][-1:] == newest
            assert [each.remote_id for each in state.links] == newest
            assert [each.text for each in state.timeline.entries] == newest
            assert [each.remote_id for each in state.timeline.links] == newest
            assert [each.digest for each in state.timeline.intents] == newest
        writing.result()
