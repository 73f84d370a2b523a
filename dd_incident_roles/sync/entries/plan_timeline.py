"""The plan for the timeline of one incident: base, record and listing in, changes out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain

from dd_incident_roles.model import Person
from dd_incident_roles.sync.entries.own_entries import without_own_role_changes
from dd_incident_roles.sync.entries.pair import TOMBSTONE_GRACES, pair
from dd_incident_roles.sync.entries.plan_entry import EntryPlanner
from dd_incident_roles.sync.plan import (
    Corrected,
    EntryEffect,
    EntryPlan,
    KeptBoth,
    PlanOptions,
    TimelineEffect,
)
from dd_incident_roles.sync.state import Drop, Edit, EntryState, Tombstone
from dd_incident_roles.sync.targets import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryChange,
    EntryListing,
    UpdateEntry,
)
from dd_incident_roles.words import count_of

_NAMED = 3


def plan_timeline(
    state: EntryState, listing: EntryListing, people: Collection[Person], options: PlanOptions
) -> EntryPlan:
    """Decide everything that brings the record's timeline and one target's together.

    By the ``people`` of the incident the target's own entries about our role changes are known.
    Where the target cannot be written, its side is taken in and ours waits.
    """
    pairs = pair(
        state, listing.entries, now=options.now, grace=options.grace, complete=listing.complete
    )
    # After pairing, so that an entry which is linked already is never left out.
    parts = [EntryPlanner(each, options).plan() for each in without_own_role_changes(pairs, people)]
    writes = tuple(chain.from_iterable(part.writes for part in parts))
    return EntryPlan(
        edits=(
            *_drop_old_tombstones(state, options),
            *chain.from_iterable(part.edits for part in parts),
        ),
        effects=tuple(sorted(chain.from_iterable(part.effects for part in parts), key=_when)),
        # Additions before removals, so that being cut off leaves more and not less.
        writes=tuple(sorted(writes, key=_rank)) if listing.writable else (),
        notices=(
            *chain.from_iterable(part.notices for part in parts),
            *_read_only(listing, writes),
            *_unread(listing),
        ),
    )


def _when(effect: TimelineEffect) -> tuple[datetime, str]:
    """By when it happened."""
    match effect:
        case EntryEffect(entry=entry) | KeptBoth(ours=entry) | Corrected(note=entry):
            return entry.at, entry.key


def _read_only(listing: EntryListing, writes: tuple[EntryChange, ...]) -> tuple[str, ...]:
    if listing.writable or not writes:
        return ()
    reason = f" ({listing.reason})" if listing.reason else ""
    wait = "waits" if len(writes) == 1 else "wait"
    waiting = count_of(len(writes), "change")
    return (f"Datadog's timeline can only be read{reason}; {waiting} {wait} here.",)


def _unread(listing: EntryListing) -> Iterator[str]:
    unread = [each.id for each in listing.entries if not each.readable]
    if unread:
        count = count_of(len(unread), "entry", "entries")
        named = ", ".join(unread[:_NAMED])
        yield f"Datadog shows {count} of the timeline in a form that cannot be read: {named}."
    if not listing.complete:
        yield "Datadog shows an entry of the timeline without an id; none is taken for deleted."


def _drop_old_tombstones(state: EntryState, options: PlanOptions) -> Iterator[Edit]:
    """Forget the removed entries that no listing can show any more."""
    for each in state.tombstones:
        if options.is_settled(each.since, graces=TOMBSTONE_GRACES):
            yield Drop(Tombstone, each.remote_id)


def _rank(write: EntryChange) -> tuple[int, str, str]:
    match write:
        case CreateEntry(entry=entry):
            return 0, entry.at.isoformat(), entry.key
        case UpdateEntry(entry=entry):
            return 1, entry.at.isoformat(), entry.key
        case DeleteSpare(key=key, remote_id=remote_id) | DeleteEntry(key=key, remote_id=remote_id):
            return 2, key, remote_id
