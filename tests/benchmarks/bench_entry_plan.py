"""Planning a timeline of growing length: the time and memory of one quiet plan."""

from __future__ import annotations

import time
import tracemalloc
from datetime import UTC, datetime, timedelta

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.entries.plan_timeline import plan_timeline
from dd_incident_roles.sync.plan import PlanOptions
from dd_incident_roles.sync.state import EntryLink, EntryState
from dd_incident_roles.sync.targets import EntryListing, RemoteEntry

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TERMS = PlanOptions(
    now=BEGAN + timedelta(days=2), grace=timedelta(minutes=5), new_id=lambda: "unused"
)


def main() -> None:
    """Print one row for each length."""
    print("planning a quiet timeline:")
    for number in (100, 1_000, 10_000):
        state, listing = timeline(number)
        began = time.perf_counter()
        plan = plan_timeline(state, listing, (), TERMS)
        took = time.perf_counter() - began
        tracemalloc.start()
        plan_timeline(state, listing, (), TERMS)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        idle = not (plan.edits or plan.writes)
        print(
            f"  {number:>6} entries {took * 1000:8.1f} ms, {took / number * 1e6:5.1f} µs each, "
            f"{peak / 2**20:5.1f} MiB, nothing to do: {idle}"
        )


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


if __name__ == "__main__":
    main()
