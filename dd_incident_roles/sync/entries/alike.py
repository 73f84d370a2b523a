"""Whether the target holds what we wrote, as far as it can hold it."""

from __future__ import annotations

from dd_incident_roles.model import Entry
from dd_incident_roles.sync.entries.canon import canonical_text
from dd_incident_roles.sync.entries.listing import RemoteEntry
from dd_incident_roles.sync.entries.pair import local_digest


def holds_text(remote: RemoteEntry, entry: Entry) -> bool:
    """Whether the target shows the whole text."""
    return canonical_text(remote.text) == canonical_text(entry.text)


def holds_what_it_can(remote: RemoteEntry, entry: Entry) -> bool:
    """Whether the target shows our entry, but for what it has no place for.

    A target without times of events shows when an entry was written instead, one without marks
    shows none, and one with a limit shows the beginning. None of that is somebody's edit.
    """
    if remote.digest == local_digest(entry):
        return True
    shown, wanted = canonical_text(remote.text), canonical_text(entry.text)
    cut = bool(shown) and wanted.startswith(shown.rstrip("\u2026. "))
    timeless = remote.at == remote.created or _second(remote) == _second_of(entry)
    unmarked = not remote.important or remote.important == entry.important
    return (shown == wanted or cut) and timeless and unmarked


def _second(remote: RemoteEntry) -> int:
    return int(remote.at.timestamp())


def _second_of(entry: Entry) -> int:
    return int(entry.at.timestamp())
