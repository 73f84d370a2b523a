"""The plan for the timeline of one incident: base, record and listing in, changes out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain

from dd_incident_roles.model import Person
from dd_incident_roles.sync import targets
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
from dd_incident_roles.sync.state import Drop, EntryState, Tombstone
from dd_incident_roles.words import count_of

_NAMED = 3


def plan_timeline(
    state: EntryState,
    listing: targets.EntryListing,
    people: Collection[Person],
    options: PlanOptions,
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
            # No listing is old enough any more to show these.
            *(
                Drop(Tombstone, each.remote_id)
                for each in state.tombstones
                if options.is_settled(each.since, graces=TOMBSTONE_GRACES)
            ),
            *chain.from_iterable(part.edits for part in parts),
        ),
        effects=tuple(sorted(chain.from_iterable(part.effects for part in parts), key=_when)),
        # Additions before removals, so that being cut off leaves more and not less.
        writes=tuple(sorted(writes, key=_rank)) if listing.writable else (),
        notices=(
            *chain.from_iterable(part.notices for part in parts),
            *_notices(listing, len(writes)),
        ),
    )


def _when(effect: TimelineEffect) -> tuple[datetime, str]:
    """By when it happened."""
    match effect:
        case EntryEffect(entry=entry) | KeptBoth(ours=entry) | Corrected(note=entry):
            return entry.at, entry.key


def _notices(listing: targets.EntryListing, planned: int) -> Iterator[str]:
    if planned and not listing.writable:
        reason = f" ({listing.reason})" if listing.reason else ""
        waiting = f"{count_of(planned, 'change')} {'waits' if planned == 1 else 'wait'}"
        yield f"Datadog's timeline can only be read{reason}; {waiting} here."
    unread = [each.id for each in listing.entries if not each.readable]
    if unread:
        count = count_of(len(unread), "entry", "entries")
        named = ", ".join(unread[:_NAMED])
        yield f"Datadog shows {count} of the timeline in a form that cannot be read: {named}."
    if not listing.complete:
        yield "Datadog shows an entry of the timeline without an id; none is taken for deleted."


def _rank(write: targets.EntryChange) -> tuple[int, str, str]:
    match write:
        case targets.CreateEntry(entry=entry):
            return 0, entry.at.isoformat(), entry.key
        case targets.UpdateEntry(entry=entry):
            return 1, entry.at.isoformat(), entry.key
        case targets.DeleteSpare() | targets.DeleteEntry():
            return 2, write.key, write.remote_id
