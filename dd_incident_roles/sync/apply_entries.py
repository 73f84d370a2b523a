"""What is noted in the record before and after a write of an entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.changes import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryChange,
    Removed,
    UpdateEntry,
    Written,
)
from dd_incident_roles.sync.entries.listing import RemoteEntry
from dd_incident_roles.sync.entries.pair import holds_text, local_digest
from dd_incident_roles.sync.entries.state import (
    ArchiveEntry,
    ClearEntryIntents,
    DropEntryLink,
    EntryIntent,
    EntryLink,
    PutEntryIntent,
    PutEntryLink,
    PutTombstone,
    Tombstone,
)
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.state import Edit


def entry_intent(write: EntryChange, now: datetime) -> tuple[Edit, ...]:
    """The note that an entry is about to be written; a second copy of one needs none."""
    if isinstance(write, DeleteSpare):
        return ()
    intent = EntryIntent(key=_key(write), digest=_digest_after(write), since=now)
    return (PutEntryIntent(intent=intent),)


def entry_learned(
    write: EntryChange, outcome: Written | Removed, now: datetime
) -> tuple[Edit, ...]:
    """The new base after a write that the target confirmed."""
    match write, outcome:
        case ((CreateEntry(entry=entry) | UpdateEntry(entry=entry)), Written(entry=shown)):
            return (_linked(entry, shown), ClearEntryIntents(key=entry.key))
        case DeleteEntry(key=key, remote_id=remote_id), Removed():
            return (
                DropEntryLink(key=key),
                ClearEntryIntents(key=key),
                ArchiveEntry(key=key, at=now),
                PutTombstone(tombstone=Tombstone(remote_id=remote_id, since=now)),
            )
        case DeleteSpare(remote_id=remote_id, link=link), Removed():
            tombstone = PutTombstone(tombstone=Tombstone(remote_id=remote_id, since=now))
            return (tombstone, PutEntryLink(link=link)) if link else (tombstone,)
        case _:
            raise TypeError(f"{type(outcome).__name__} is no answer to {type(write).__name__}")


def entry_withdrawn(plan: Plan, write: EntryChange) -> tuple[Edit, ...]:
    """The entry's intents as they were before: this attempt did not reach the target."""
    if isinstance(write, DeleteSpare):
        return ()
    key = _key(write)
    earlier = [intent for intent in plan.state.timeline.intents if intent.key == key]
    return (ClearEntryIntents(key=key), *(PutEntryIntent(intent=intent) for intent in earlier))


def entry_disowned(plan: Plan, write: EntryChange) -> tuple[Edit, ...]:
    """Datadog declined to let us change an entry: it is somebody else's from then on."""
    links = (link for link in plan.state.timeline.links if link.key == _key(write))
    return tuple(PutEntryLink(link=replace(link, ours=False)) for link in links)


def is_altered(entry: Entry, shown: RemoteEntry) -> bool:
    """Whether the target shows another text than was sent."""
    return not holds_text(shown, entry)


def _linked(entry: Entry, shown: RemoteEntry) -> PutEntryLink:
    return PutEntryLink(
        link=EntryLink(
            key=entry.key,
            remote_id=shown.id,
            local_digest=local_digest(entry),
            remote_digest=shown.digest,
            remote_modified=shown.modified,
            ours=True,
            altered=is_altered(entry, shown),
        )
    )


def _key(write: EntryChange) -> EntryKey:
    match write:
        case CreateEntry(entry=entry) | UpdateEntry(entry=entry):
            return entry.key
        case DeleteEntry(key=key) | DeleteSpare(key=key):
            return key


def _digest_after(write: EntryChange) -> Digest | None:
    match write:
        case CreateEntry(entry=entry) | UpdateEntry(entry=entry):
            return local_digest(entry)
        case DeleteEntry() | DeleteSpare():
            return None
