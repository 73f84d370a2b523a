"""The timeline as it is shown: in order, and as it would be once the record had caught up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Drop,
    EntryLink,
    IncidentState,
    Put,
    PutEntry,
    Tombstone,
    replay,
)
from dd_incident_roles.timeline.change_entry import in_order
from tests.timeline.samples import HAPPENED, NOW, a_link, an_entry, holding

FIRST = an_entry("zzzz", at=HAPPENED - timedelta(minutes=5))
WRITTEN_LATE = replace(an_entry("aaaa"), created=NOW)
SECOND = an_entry("bbbb")
THIRD = an_entry("cccc")


def test_entries_stand_by_when_it_happened() -> None:
    """Then by when they were written down, then by key; never by how they arrived."""
    for entries in permutations([FIRST, SECOND, THIRD, WRITTEN_LATE]):
        assert in_order(entries) == (FIRST, SECOND, THIRD, WRITTEN_LATE)


def test_what_is_wished_away_is_not_shown() -> None:
    """A deletion is seen at once, also where Datadog does not know of it yet."""
    assert in_order([FIRST, replace(SECOND, deleted_at=NOW)]) == (FIRST,)


def test_replaying_shows_what_a_commit_would_leave() -> None:
    """Entries and links come, are replaced and go; the state that was read stays as it was."""
    state = holding(FIRST, SECOND, links=(a_link(FIRST), a_link(SECOND)))
    changed = replace(FIRST, text="changed")
    replayed = replay(
        IncidentState(version=1, timeline=state),
        [
            PutEntry(entry=changed),
            PutEntry(entry=THIRD),
            Put(a_link(THIRD)),
            ArchiveEntry(key=SECOND.key, at=NOW),
            Drop(EntryLink, SECOND.key),
            Drop(Tombstone, "other"),
        ],
    ).timeline
    assert set(replayed.entries) == {changed, THIRD}
    assert {link.key for link in replayed.links} == {FIRST.key, THIRD.key}
    assert state.entries == (FIRST, SECOND)
