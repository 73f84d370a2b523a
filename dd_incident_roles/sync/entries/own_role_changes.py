"""Datadog's own entries about role changes that we made and wrote an entry about ourselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from dd_incident_roles.model import Entry
from dd_incident_roles.sync.entries.listing import RemoteEntry

ROLE_CHANGE = "role_change"
"""The kind of an entry that says who took over a role."""

NEAR = timedelta(minutes=10)
"""How far apart the two entries about one change can be: ours is written before the sync."""


def without_own_role_changes(
    entries: Collection[Entry], listed: Collection[RemoteEntry], names: frozenset[str]
) -> tuple[RemoteEntry, ...]:
    """Leave out the target's entries about changes that one of ours tells already.

    Both must be about the same people and near each other in time. ``names`` are the e-mails and
    names of the incident's people, case-folded.
    """
    ours = [entry for entry in entries if entry.kind == ROLE_CHANGE and entry.origin == "cli"]
    told = [(entry.at, _named(entry.text, names)) for entry in ours]

    def is_told(remote: RemoteEntry) -> bool:
        if remote.kind != ROLE_CHANGE or remote.tagged is not None:
            return False
        people = _named(remote.text, names)
        return any(people & about and abs(remote.at - at) <= NEAR for at, about in told)

    return tuple(remote for remote in listed if not is_told(remote))


def _named(text: str, names: frozenset[str]) -> frozenset[str]:
    plain = text.casefold()
    return frozenset(name for name in names if name in plain)
