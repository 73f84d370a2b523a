"""The plan for the timeline of one incident: base, record and listing in, changes out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain

from dd_incident_roles.model import Person
from dd_incident_roles.sync.entries.changes import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryChange,
    UpdateEntry,
)
from dd_incident_roles.sync.entries.effects import (
    Corrected,
    EntryEffect,
    KeptBoth,
    TimelineEffect,
)
from dd_incident_roles.sync.entries.entry_plan import EntryPlan
from dd_incident_roles.sync.entries.listing import EntryListing
from dd_incident_roles.sync.entries.own_role_changes import without_own_role_changes
from dd_incident_roles.sync.entries.pair import TOMBSTONE_GRACES, pair
from dd_incident_roles.sync.entries.plan_entry import EntryPlanner
from dd_incident_roles.sync.role_plan import Terms
from dd_incident_roles.sync.state import Drop, Edit, EntryState, Tombstone

_NAMED = 3


def plan_timeline(
    state: EntryState, listing: EntryListing, people: Collection[Person], terms: Terms
) -> EntryPlan:
    """Decide everything that brings the record's timeline and one target's together.

    By the ``people`` of the incident the target's own entries about our role changes are known.
    Where the target cannot be written, its side is taken in and ours waits.
    """
    pairs = pair(
        state, listing.entries, now=terms.now, grace=terms.grace, complete=listing.complete
    )
    parts = [EntryPlanner(each, terms).plan() for each in without_own_role_changes(pairs, people)]
    writes = tuple(chain.from_iterable(part.writes for part in parts))
    return EntryPlan(
        edits=(*_outlived(state, terms), *chain.from_iterable(part.edits for part in parts)),
        effects=tuple(sorted(chain.from_iterable(part.effects for part in parts), key=_when)),
        writes=_in_order(writes) if listing.writable else (),
        notices=(
            *chain.from_iterable(part.notices for part in parts),
            *_read_only(listing, writes),
            *_unread(listing),
        ),
    )


def _when(effect: TimelineEffect) -> tuple[datetime, str]:
    """Told in the order in which it happened."""
    match effect:
        case EntryEffect(entry=entry) | KeptBoth(ours=entry) | Corrected(note=entry):
            return entry.at, entry.key


def _read_only(listing: EntryListing, writes: tuple[EntryChange, ...]) -> tuple[str, ...]:
    if listing.writable or not writes:
        return ()
    reason = f" ({listing.reason})" if listing.reason else ""
    wait = "1 change waits" if len(writes) == 1 else f"{len(writes)} changes wait"
    return (f"Datadog's timeline can only be read{reason}; {wait} here.",)


def _unread(listing: EntryListing) -> Iterator[str]:
    unread = [each.id for each in listing.entries if not each.readable]
    if unread:
        count = "1 entry" if len(unread) == 1 else f"{len(unread)} entries"
        named = ", ".join(unread[:_NAMED])
        yield f"Datadog shows {count} of the timeline in a form that cannot be read: {named}."
    if not listing.complete:
        yield "Datadog shows an entry of the timeline without an id; none is taken for deleted."


def _outlived(state: EntryState, terms: Terms) -> tuple[Edit, ...]:
    """Forget the removed entries that no listing can show any more."""
    return tuple(
        Drop(Tombstone, each.remote_id)
        for each in state.tombstones
        if terms.is_settled(each.since, graces=TOMBSTONE_GRACES)
    )


def _in_order(writes: tuple[EntryChange, ...]) -> tuple[EntryChange, ...]:
    """Additions before changes before removals, so that being cut off leaves more and not less."""
    return tuple(sorted(writes, key=_rank))


def _rank(write: EntryChange) -> tuple[int, str, str]:
    match write:
        case CreateEntry(entry=entry):
            return 0, entry.at.isoformat(), entry.key
        case UpdateEntry(entry=entry):
            return 1, entry.at.isoformat(), entry.key
        case DeleteSpare(key=key, remote_id=remote_id) | DeleteEntry(key=key, remote_id=remote_id):
            return 2, key, remote_id
