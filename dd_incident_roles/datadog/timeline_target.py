"""The timelines of incidents in one Datadog as a target: read whole, written once, confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta

from dd_incident_roles.datadog.failures import MISSING, NOT_OFFERED
from dd_incident_roles.datadog.learned import ApiPart, Cache, CapabilityCache
from dd_incident_roles.datadog.timeline import NOTE_CELL, Timeline, WrittenEntry
from dd_incident_roles.errors import DatadogError, Refused, UnexpectedAnswer, WriteNotConfirmed
from dd_incident_roles.model import NOTE, Entry, IncidentId
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.identity import digest_of, with_tag
from dd_incident_roles.sync.entries.pair import is_older_copy
from dd_incident_roles.sync.targets import Outdated, RemoteEntry, Removed, Unsupported, Written
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause

EntryOutcome = Written | Removed | Outdated | Unsupported
"""What came of a write of an entry that did not fail."""

OTHER_CONTENT_KEY = {"content": "message", "message": "content"}

CONTENT_KEY_LIFETIME = timedelta(days=30)
LEFT_OUT_LIFETIME = timedelta(days=1)

_GONE = Outdated(found="the entry is no longer in Datadog's timeline")
_CHANGED = Outdated(found="someone changed the entry in Datadog just now")


@frozen
class NoTimeline:
    """Datadog shows no timeline; nothing follows from that about any entry."""

    reason: str


class TimelineTarget:
    """The timelines of incidents in one Datadog.

    A refusal of what was seen to work is about one incident; of what never worked, about all.
    """

    def __init__(self, timeline: Timeline, capabilities: CapabilityCache, cache: Cache) -> None:
        self._timeline = timeline
        self._capabilities = capabilities
        self._layouts = NoteLayouts(cache)

    def ask(
        self, incident_id: IncidentId, *, to_the_end: bool = False
    ) -> targets.EntryListing | None:
        """Ask for a whole timeline, unless these keys are known to be given none: then None.

        Raises DatadogError rather than returning a part.
        """
        if self._capabilities.seen(ApiPart.TIMELINE_READING) is False:
            return None
        return self._timeline.read(incident_id, to_the_end=to_the_end)

    def read(
        self,
        incident_id: IncidentId,
        answer: Callable[[], targets.EntryListing | None] | None = None,
    ) -> targets.EntryListing | NoTimeline:
        """Read a whole timeline, be it from an ``answer`` that was asked for; raises DatadogError.

        The incident must have been read, so that a 404 is about the endpoint.
        """
        worked = self._capabilities.seen(ApiPart.TIMELINE_READING)
        try:
            listing = answer() if answer else self.ask(incident_id)
        except NOT_OFFERED as error:
            # What worked before is not written off because of one incident, or one moment.
            if error.status in MISSING and not worked:
                self._capabilities.note_refused(ApiPart.TIMELINE_READING)
            return NoTimeline(reason=f"Datadog does not show the timeline: {clause(error.message)}")
        if listing is None:
            return NoTimeline(reason="Datadog gives these keys no access to the timeline")
        self._capabilities.note_working(ApiPart.TIMELINE_READING)
        read_only = self._why_read_only(incident_id)
        return replace(listing, writable=read_only is None, reason=read_only)

    def perform(self, incident_id: IncidentId, change: targets.EntryChange) -> EntryOutcome:
        """Look again at what the change touches, write it once, and confirm it."""
        if why := self._why_read_only(incident_id):
            return Unsupported(reason=why)
        match change:
            case targets.CreateEntry(entry=entry):
                return self._create(incident_id, entry)
            case targets.UpdateEntry():
                return self._update(incident_id, change)
            case targets.DeleteEntry() | targets.DeleteSpare():
                return self._delete(incident_id, change)

    def _why_read_only(self, incident_id: IncidentId) -> str | None:
        for about in (None, incident_id):
            if self._capabilities.seen(ApiPart.TIMELINE_WRITING, about) is False:
                return "Datadog lets these keys read the timeline but not write to it"
        return None

    def _create(self, incident_id: IncidentId, entry: Entry) -> EntryOutcome:
        """Write an entry for the first time, with our tag.

        Only a clear refusal of its layout is followed by another one, and only when no entry with
        the tag is there. Raises WriteNotConfirmed when it cannot be found afterwards.
        """

        def tagged() -> RemoteEntry | None:
            """The entry with our tag, unless Datadog says that another account wrote it."""
            found, _ = self._search(
                incident_id, lambda each: each.tagged == entry.key and each.ours is not False
            )
            return found

        def landed() -> Written | None:
            return Written(entry=found) if (found := tagged()) else None

        try:
            sent = self._send(
                lambda layout: self._timeline.create(
                    incident_id, layout.attributes(entry, new=True)
                ),
                landed,
            )
        except NOT_OFFERED as error:
            if error.status not in MISSING:
                raise
            # A 404 can also be about the incident: then reading fails too, and says so.
            self._timeline.read(incident_id)
            worked = self._capabilities.seen(ApiPart.TIMELINE_WRITING)
            self._capabilities.note_refused(
                ApiPart.TIMELINE_WRITING, incident_id if worked else None
            )
            return Unsupported(
                reason=f"the timeline can be read but not written: {clause(error.message)}"
            )
        if isinstance(sent, Written | Outdated):
            return sent
        shown = self._find(incident_id, sent) if sent else tagged()
        if shown is None:
            raise _doubt_error("Datadog accepted the entry but does not show it")
        return Written(entry=shown)

    def _update(self, incident_id: IncidentId, change: targets.UpdateEntry) -> EntryOutcome:
        """Replace an entry that still says what was seen.

        Raises Refused when Datadog keeps it for its author, WriteNotConfirmed when it shows the old
        text afterwards.
        """
        entry, remote_id, seen = change.entry, change.remote_id, change.seen
        before = self._find(incident_id, remote_id)
        wanted = digest_of(text=entry.text, at=entry.at, important=entry.important)
        if before is None:
            return _GONE
        if before.digest != seen:
            return Written(entry=before) if before.digest == wanted else _CHANGED
        _check_ours(before)

        def landed() -> Outdated | None:
            now = self._find(incident_id, remote_id)
            return None if now is not None and now.digest == seen else _CHANGED

        try:
            sent = self._send(
                lambda layout: self._timeline.update(
                    incident_id, remote_id, layout.attributes(entry, new=False)
                ),
                landed,
            )
        except NOT_OFFERED as error:
            self._check_gone(incident_id, remote_id, error)
            return _GONE
        if isinstance(sent, Written | Outdated):
            return sent
        shown = self._find(incident_id, remote_id)
        if shown is None:
            return _GONE
        # Where Datadog cuts the text, the same text with a later time is the change.
        if shown.digest == seen and shown.digest != wanted and shown.modified == before.modified:
            raise _doubt_error("Datadog accepted the new text of the entry but shows the old one")
        return Written(entry=shown)

    def _delete(
        self, incident_id: IncidentId, change: targets.DeleteEntry | targets.DeleteSpare
    ) -> EntryOutcome:
        """Remove an entry if its text is unchanged; an entry that is already gone is not an error.

        A copy is removed only beside the entry that stays, older and saying the same.
        """
        before = self._find(incident_id, change.remote_id)
        if before is None:
            return Removed(already=True)
        if before.digest != change.seen:
            return _CHANGED
        beside = change.stays if isinstance(change, targets.DeleteSpare) else None
        if beside:
            stays = self._find(incident_id, beside)
            if stays is None or not is_older_copy(change.key, stays, before):
                return _GONE
        _check_ours(before)
        try:
            self._timeline.delete(incident_id, change.remote_id)
        except NOT_OFFERED as error:
            self._check_gone(incident_id, change.remote_id, error)
            return Removed(already=True)
        return Removed()

    def _send(
        self,
        send: Callable[[NoteLayout], WrittenEntry],
        landed: Callable[[], Written | Outdated | None],
    ) -> Written | Outdated | str | None:
        """Send in the known layout, and after a refusal of it in another, each once.

        ``landed`` looks whether the refused write is there all the same, and ends it then. An
        answer that does not show the entry gives its id, or nothing.
        """
        layout = self._layouts.known()
        tried: set[NoteLayout] = set()
        first: Refused | None = None
        while True:
            tried.add(layout)
            try:
                written = send(layout)
            except Refused as error:
                first = first or error
                other = layout.instead(error)
                # The first refusal is about what we wanted to send, the others are not.
                if other is None or other in tried:
                    raise first from None
            else:
                self._layouts.remember(layout)
                self._capabilities.note_working(ApiPart.TIMELINE_WRITING)
                return Written(entry=written) if isinstance(written, RemoteEntry) else written
            # A gateway may refuse what Datadog took: a second copy would be worse than a look.
            if outcome := landed():
                return outcome
            layout = other

    def _check_gone(self, incident_id: IncidentId, remote_id: str, error: DatadogError) -> None:
        """Raise what was declined, unless it was because the entry is not there any more."""
        if error.status == 403:
            raise _authorship_error(error.message)
        if error.status != 404 or self._find(incident_id, remote_id) is not None:
            raise error

    def _find(self, incident_id: IncidentId, remote_id: str) -> RemoteEntry | None:
        """The entry of an id, None where a listing without doubt lacks it."""
        found, is_complete = self._search(incident_id, lambda each: each.id == remote_id)
        if found is None and not is_complete:
            raise UnexpectedAnswer("Datadog's listing of the timeline has an entry without an id.")
        return found

    def _search(
        self, incident_id: IncidentId, is_it: Callable[[RemoteEntry], bool]
    ) -> tuple[RemoteEntry | None, bool]:
        """The first entry that is meant, and whether the listing told the id of each."""
        listed = self._timeline.read(incident_id)
        found = next(filter(is_it, listed.entries), None)
        if found is None and listed.assumed:
            listed = self._timeline.read(incident_id, to_the_end=True)
            found = next(filter(is_it, listed.entries), None)
        return found, listed.complete


@frozen
class NoteLayout:
    """One layout of a note that Datadog may take.

    Every integration that was found sends ``content.content``; an unreleased specification has
    ``content.message``. Which one is taken today is unverified, and so are the other two.
    """

    content_key: str = "content"
    display_time: bool = True
    important: bool = True

    def attributes(self, entry: Entry, *, new: bool) -> dict[str, object]:
        """Lay an entry out with our tag; a new one says only what differs from the default."""
        text = with_tag(entry.text, key=entry.key, author=entry.author, statement=entry.statement)
        written: dict[str, object] = {
            "cell_type": NOTE_CELL,
            "content": {self.content_key: text},
        }
        if self.display_time:
            moment = entry.at.astimezone(UTC).replace(tzinfo=None)
            written["display_time"] = f"{moment.isoformat(timespec='milliseconds')}Z"
        if self.important and (entry.important or not new):
            written["important"] = entry.important
        return written

    def instead(self, refusal: Refused) -> NoteLayout | None:
        """The layout to try next if a refusal is about this one, else None."""
        if refusal.status not in {400, 422}:
            return None
        said = refusal.message.casefold()
        if "display_time" in said and self.display_time:
            return replace(self, display_time=False)
        if "important" in said and self.important:
            return replace(self, important=False)
        if "content" in said:
            return replace(self, content_key=OTHER_CONTENT_KEY[self.content_key])
        return None


class NoteLayouts:
    """The layout that was accepted last; only a write that was accepted teaches anything."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def known(self) -> NoteLayout:
        """The layout to begin with."""
        key = self._cache.cached("timeline", "content_key")
        return NoteLayout(
            content_key=key if key in OTHER_CONTENT_KEY else "content",
            display_time=self._cache.cached("timeline", "display_time") != "refused",
            important=self._cache.cached("timeline", "important") != "refused",
        )

    def remember(self, layout: NoteLayout) -> None:
        """Remember a layout that Datadog took; what is known already is not written again."""
        known, keep = self.known(), self._cache.keep
        if self._cache.cached("timeline", "content_key") != layout.content_key:
            keep("timeline", "content_key", layout.content_key, lifetime=CONTENT_KEY_LIFETIME)
        if known.display_time and not layout.display_time:
            keep("timeline", "display_time", "refused", lifetime=LEFT_OUT_LIFETIME)
        if known.important and not layout.important:
            keep("timeline", "important", "refused", lifetime=LEFT_OUT_LIFETIME)


def _check_ours(entry: RemoteEntry) -> None:
    if entry.ours is False or entry.kind != NOTE:
        raise _authorship_error(
            f"The entry was not changed: it was written by {entry.author or 'someone else'}."
        )


def _authorship_error(message: str) -> Refused:
    return Refused(
        message,
        hint="Only its author can change an entry: do that in Datadog.",
        status=403,
        declines_write=True,
    )


def _doubt_error(what: str) -> WriteNotConfirmed:
    return WriteNotConfirmed(
        f"{what}.", hint="Run `dd-incident-roles sync`, which looks again.", ambiguous=True
    )
