"""Which entries of a file a timeline lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import Entry, IncidentId
from dd_incident_roles.sync.entries.canon import digest_of
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.entries.state import EntryState, PutEntry
from dd_incident_roles.timeline.change_entry import refuse_future
from dd_incident_roles.timeline.entry_text import entry_text
from dd_incident_roles.timeline.file_entry import FileEntry
from dd_incident_roles.timeline.keys import imported_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """The entries that a file adds, in its order, and how many are there already."""

    new: tuple[Entry, ...]
    known: int

    @property
    def edits(self) -> tuple[PutEntry, ...]:
        """What puts them into the timeline."""
        return tuple(PutEntry(entry=entry) for entry in self.new)


def missing_entries(
    state: EntryState,
    incident_id: IncidentId,
    listed: Sequence[FileEntry],
    *,
    now: datetime,
    author: str,
) -> Import:
    """Pick what the timeline lacks; what says the same at the same second is there already.

    An entry that was imported before and deleted since stays deleted. Raises UsageError for a time
    that has yet to come, and for a text that cannot be kept.
    """
    digests = {local_digest(entry) for entry in state.entries}
    keys = {entry.key for entry in state.entries}
    new: list[Entry] = []
    for each in listed:
        refuse_future(each.at, now)
        text = entry_text(each.text).text
        key = imported_key(incident_id, at=each.at, text=text, author=each.author)
        digest = digest_of(text=text, at=each.at, important=each.important)
        if key in keys or digest in digests:
            continue
        keys.add(key)
        digests.add(digest)
        new.append(
            Entry(
                key=key,
                at=each.at,
                created=now,
                text=text,
                author=each.author or author,
                important=each.important,
            )
        )
    return Import(new=tuple(new), known=len(listed) - len(new))
