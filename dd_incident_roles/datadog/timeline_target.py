"""Datadog's timeline as a side of the sync: read whole, written one entry at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.timeline import Timeline
from dd_incident_roles.datadog.timeline_dialect import Dialects
from dd_incident_roles.datadog.timeline_entries import TimelineEntries
from dd_incident_roles.datadog.timeline_offer import TimelineOffer
from dd_incident_roles.datadog.write_entry import EntryOutcome, EntryWriter
from dd_incident_roles.errors import Forbidden, NotFound, Refused
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.changes import Unsupported
from dd_incident_roles.sync.entries.changes import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryChange,
    UpdateEntry,
)
from dd_incident_roles.sync.entries.listing import EntryListing


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTimeline:
    """Datadog shows no timeline; nothing follows from that about any entry."""

    reason: str


class TimelineTarget:
    """The timelines of incidents in one Datadog."""

    def __init__(self, timeline: Timeline, directory: Directory, cache: Cache) -> None:
        self._entries = TimelineEntries(timeline, directory, cache)
        self._offer = TimelineOffer(cache)
        self._writer = EntryWriter(timeline, self._entries, Dialects(cache), self._offer)

    def probe_again(self) -> None:
        """Ask once more for what was refused."""
        self._offer.probe_again()

    def read(self, incident_id: IncidentId) -> EntryListing | NoTimeline:
        """Read a whole timeline; raises DatadogError rather than returning a part.

        The incident must have been read just before, so that a 404 is about the endpoint.
        """
        if why := self._offer.why_unreadable():
            return NoTimeline(reason=why)
        try:
            listing = self._entries.read(incident_id)
        except (NotFound, Forbidden, Refused) as error:
            return NoTimeline(reason=self._offer.reading_declined(error))
        self._offer.reading_works()
        read_only = self._offer.why_read_only(incident_id)
        return replace(listing, writable=read_only is None, reason=read_only)

    def perform(self, incident_id: IncidentId, change: EntryChange) -> EntryOutcome:
        """Look again at what the change touches, write it once, and confirm it."""
        if why := self._offer.why_read_only(incident_id):
            return Unsupported(reason=why)
        match change:
            case CreateEntry(entry=entry):
                return self._writer.create(incident_id, entry)
            case UpdateEntry(entry=entry, remote_id=remote_id, seen=seen):
                return self._writer.update(incident_id, entry, remote_id, seen)
            case DeleteEntry(remote_id=remote_id, seen=seen):
                return self._writer.delete(incident_id, remote_id, seen)
            case DeleteSpare(remote_id=remote_id, seen=seen, stays=stays):
                return self._writer.delete(incident_id, remote_id, seen, beside=stays)
