"""Cells as entries: whose they are, what they say without our tag, and of which kind."""

from __future__ import annotations

from datetime import timedelta

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.system_entries import kind_of, readable
from dd_incident_roles.datadog.timeline import Timeline
from dd_incident_roles.datadog.wire.timeline import Cell
from dd_incident_roles.datadog.wire.users import User
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.entries.listing import EntryListing, RemoteEntry
from dd_incident_roles.sync.entries.tag import Tagged, without_tag

NAME_LIFETIME = timedelta(days=7)
"""How long a name is believed that had to be asked for on its own."""

MIRRORED = frozenset({"slack", "microsoft_teams"})
"""Sources of what people wrote in a chat and Datadog copied (unreleased specification)."""


class TimelineEntries:
    """Reads timelines as entries."""

    def __init__(self, timeline: Timeline, directory: Directory, cache: Cache) -> None:
        self._timeline = timeline
        self._directory = directory
        self._cache = cache

    def read(self, incident_id: IncidentId) -> EntryListing:
        """Read a whole timeline; raises DatadogError rather than returning a part unsaid."""
        listed = self._timeline.list(incident_id)
        entries = tuple(self.entry(cell) for cell in listed.cells)
        return EntryListing(entries=entries, complete=listed.complete)

    def entry(self, cell: Cell) -> RemoteEntry:
        """Say what one cell says in the words of the sync."""
        tagged = without_tag(cell.text) if cell.is_note else Tagged(text=_noted(cell))
        return RemoteEntry(
            id=cell.id,
            at=cell.display_time or cell.created,
            created=cell.created,
            text=tagged.text,
            modified=cell.modified,
            author=cell.author_name if cell.author is None else self._name(cell.author),
            important=cell.important,
            kind=kind_of(cell.cell_type),
            source=cell.source,
            tagged=tagged.key,
            signed=tagged.author,
            whole=cell.text if tagged.key else None,
            ours=self._is_ours(cell, tagged),
            readable=cell.readable,
        )

    def _is_ours(self, cell: Cell, tagged: Tagged) -> bool | None:
        """Whether our account wrote it, None when nothing tells.

        A person who lent us their keys still writes by hand: of theirs, ours is what has our tag.
        """
        if (cell.source or "").casefold() in MIRRORED:
            return False
        if cell.author is None:
            return None
        current = self._directory.current
        if current is None:
            return None
        if cell.author.id != current.id:
            return False
        if not cell.is_note or self._directory.own is not None:
            return True
        return tagged.key is not None

    def _name(self, user: User) -> str | None:
        if user.name or user.email or user.handle:
            return self._directory.label(user)
        kept = self._cache.cached("timeline_author", user.id)
        if kept is None:
            person = self._directory.behind([user.id], {})[user.id]
            kept = person.name or person.email or person.handle or ""
            self._cache.keep("timeline_author", user.id, kept, lifetime=NAME_LIFETIME)
        return kept or None


def _noted(cell: Cell) -> str:
    if not cell.readable:
        return "Datadog shows this entry in a form that cannot be read."
    return readable(cell.cell_type, cell.facts)
