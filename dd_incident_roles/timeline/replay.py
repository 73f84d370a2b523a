"""What the timeline would be once some edits were committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dd_incident_roles.sync.entries.state import (
    ArchiveEntry,
    DropEntryLink,
    EntryState,
    PutEntry,
    PutEntryLink,
)
from dd_incident_roles.sync.state import Edit


def replay_entries(state: EntryState, edits: Sequence[Edit]) -> EntryState:
    """Show the entries and their links as they would be; whatever else is noted stays as it is."""
    entries = {entry.key: entry for entry in state.entries}
    links = {link.key: link for link in state.links}
    for edit in edits:
        match edit:
            case PutEntry(entry=entry):
                entries[entry.key] = entry
            case ArchiveEntry(key=key):
                entries.pop(key, None)
            case PutEntryLink(link=link):
                links[link.key] = link
            case DropEntryLink(key=key):
                links.pop(key, None)
            case _:
                pass
    return replace(state, entries=tuple(entries.values()), links=tuple(links.values()))
