"""Many threads over one timeline: each sees one moment, and nobody overwrites unseen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

from dd_incident_roles.errors import RecordChanged
from dd_incident_roles.model import EntryKey
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.state import Drop, Edit, EntryIntent
from tests.store.entry_samples import K1, entry_intent, entry_link, put
from tests.store.samples import ONE

THREADS = 8
TURNS = 40


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
    """What a state says of entries, base rows, intents and the version was true together."""
    barrier = Barrier(2)

    def write() -> None:
        barrier.wait()
        for turn in range(TURNS):
            known: list[Edit] = [Drop(EntryIntent, K1), entry_link(remote_id=str(turn))]
            known.append(entry_intent(digest=Digest(str(turn))))
            record.commit(ONE, "datadog", [put(text=str(turn)), *known])

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        barrier.wait()
        while not writing.done():
            state = record.state(ONE, "datadog")
            said = [each.text for each in state.timeline.entries]
            assert said == ([str(state.version - 1)] if state.version else [])
            assert [each.remote_id for each in state.timeline.links] == said
            assert [each.digest for each in state.timeline.intents] == said
        writing.result()
