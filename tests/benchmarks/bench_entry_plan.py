"""Planning a timeline of growing length: the time and memory of one quiet plan."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.entries.plan_timeline import plan_timeline
from dd_incident_roles.sync.plan import PlanOptions
from dd_incident_roles.sync.state import EntryLink, EntryState
from dd_incident_roles.sync.targets import EntryListing, RemoteEntry
from tests.benchmarks.measuring import Measure

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TERMS = PlanOptions(
    now=BEGAN + timedelta(days=2), grace=timedelta(minutes=5), new_id=lambda: "unused"
)


def measures() -> Iterator[Measure]:
    """Time for each entry, which must not grow with their number, and memory."""
    for number in (100, 1_000, 10_000):
        state, listing = timeline(number)
        began = time.process_time()
        plan = plan_timeline(state, listing, (), TERMS)
        took = time.process_time() - began
        tracemalloc.start()
        plan_timeline(state, listing, (), TERMS)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert not plan.edits, "a timeline in agreement changes nothing here"
        assert not plan.writes, "nor there"
        what = f"quiet plan of {number:,} entries"
        yield Measure(what=f"{what}, CPU for each", figure=took / number * 1e6, unit="µs")
        yield Measure(what=f"{what}, memory", figure=peak / 2**20, unit="MB")


def timeline(number: int) -> tuple[EntryState, EntryListing]:
    """A timeline of which half was written here and half in Datadog, in agreement."""
    entries = [
        Entry(
            key=EntryKey(f"key-{index}" if index % 2 else f"dd:cell-{index}"),
            at=BEGAN + timedelta(seconds=index),
            created=BEGAN + timedelta(seconds=index),
            text=f"Entry {index}: the database answers again",
        )
        for index in range(number)
    ]
    listed = tuple(
        RemoteEntry(
            id=f"cell-{index}",
            at=entry.at,
            created=entry.created,
            modified=entry.created,
            text=entry.text,
            tagged=entry.key if index % 2 else None,
        )
        for index, entry in enumerate(entries)
    )
    links = tuple(
        EntryLink(
            key=entry.key,
            remote_id=remote.id,
            local_digest=local_digest(entry),
            remote_digest=remote.digest,
            remote_modified=remote.modified,
            ours=remote.tagged is not None,
        )
        for entry, remote in zip(entries, listed, strict=True)
    )
    return EntryState(entries=tuple(entries), links=links), EntryListing(entries=listed)
