"""Entries written into a timeline: once, after another look, and confirmed."""

from __future__ import annotations

from collections.abc import Callable

from dd_incident_roles.datadog.timeline import Timeline
from dd_incident_roles.datadog.timeline_dialect import Dialect, Dialects, Note
from dd_incident_roles.datadog.timeline_entries import TimelineEntries
from dd_incident_roles.datadog.timeline_offer import TimelineOffer
from dd_incident_roles.datadog.wire.timeline import WrittenCell
from dd_incident_roles.errors import (
    DatadogError,
    Forbidden,
    NotFound,
    Refused,
    UnexpectedAnswer,
    WriteNotConfirmed,
)
from dd_incident_roles.model import NOTE, Entry, EntryKey, IncidentId
from dd_incident_roles.sync.changes import Outdated, Unsupported
from dd_incident_roles.sync.entries.canon import Digest, digest_of
from dd_incident_roles.sync.entries.changes import Removed, Written
from dd_incident_roles.sync.entries.listing import RemoteEntry
from dd_incident_roles.sync.entries.tag import with_tag

EntryOutcome = Written | Removed | Outdated | Unsupported
"""What came of a write of an entry that did not fail."""

_GONE = "the entry is not in Datadog's timeline any more"
_CHANGED = "somebody changed the entry in Datadog just now"


class EntryWriter:
    """Creates, replaces and removes entries of one timeline at a time."""

    def __init__(
        self,
        timeline: Timeline,
        entries: TimelineEntries,
        dialects: Dialects,
        offer: TimelineOffer,
    ) -> None:
        self._timeline = timeline
        self._entries = entries
        self._dialects = dialects
        self._offer = offer

    def create(self, incident_id: IncidentId, entry: Entry) -> EntryOutcome:
        """Write an entry for the first time, with our tag.

        Only a clear refusal of its layout is followed by another one, and only when no entry with
        the tag is there. Raises WriteNotConfirmed when it cannot be found afterwards.
        """
        note = _note(entry)

        def already() -> RemoteEntry | None:
            return self._tagged(incident_id, entry.key)

        try:
            written = self._in_some_dialect(
                lambda dialect: self._timeline.create(incident_id, note, dialect), already
            )
        except (Forbidden, NotFound, Refused) as error:
            if error.status not in {403, 404, 405, 501}:
                raise
            # A 404 can also be about the incident: then reading fails too, and says so.
            self._entries.read(incident_id)
            return Unsupported(reason=self._offer.writing_declined(incident_id, error))
        if isinstance(written, RemoteEntry):
            return Written(entry=written)
        self._offer.writing_works()
        shown = self._shown(incident_id, written, entry.key)
        if shown is None:
            raise _not_confirmed("Datadog took the entry and does not show it")
        return Written(entry=shown)

    def update(
        self, incident_id: IncidentId, entry: Entry, remote_id: str, seen: Digest
    ) -> EntryOutcome:
        """Replace an entry that still says what was seen.

        Raises Refused when Datadog keeps it for its author, WriteNotConfirmed when it shows the old
        text afterwards.
        """
        before = self._find(incident_id, remote_id)
        wanted = digest_of(text=entry.text, at=entry.at, important=entry.important)
        if before is None:
            return Outdated(found=_GONE)
        if before.digest != seen:
            return Written(entry=before) if before.digest == wanted else Outdated(found=_CHANGED)
        _check_ours(before)
        note = _note(entry)

        def moved() -> RemoteEntry | None:
            now = self._find(incident_id, remote_id)
            return None if now is not None and now.digest == seen else now or before

        try:
            written = self._in_some_dialect(
                lambda dialect: self._timeline.update(incident_id, remote_id, note, dialect), moved
            )
        except (Forbidden, NotFound, Refused) as error:
            self._check_gone(incident_id, remote_id, error)
            return Outdated(found=_GONE)
        if isinstance(written, RemoteEntry):
            return Outdated(found=_CHANGED)
        self._offer.writing_works()
        if written.cell is not None:
            return Written(entry=self._entries.entry(written.cell))
        shown = self._find(incident_id, remote_id)
        if shown is None:
            return Outdated(found=_GONE)
        if shown.digest == seen and shown.digest != wanted and shown.modified == before.modified:
            raise _not_confirmed("Datadog took the new text of the entry and shows the old one")
        return Written(entry=shown)

    def delete(
        self, incident_id: IncidentId, remote_id: str, seen: Digest, *, beside: str | None = None
    ) -> EntryOutcome:
        """Remove an entry that still says what was seen; one that is gone is no error.

        A copy is removed only while the entry ``beside`` it stands, older and saying the same.
        """
        before = self._find(incident_id, remote_id)
        if before is None:
            return Removed(already=True)
        if before.digest != seen:
            return Outdated(found=_CHANGED)
        if beside and not _stands_for(self._find(incident_id, beside), before):
            return Outdated(found=_GONE)
        _check_ours(before)
        try:
            self._timeline.delete(incident_id, remote_id)
        except (Forbidden, NotFound, Refused) as error:
            self._check_gone(incident_id, remote_id, error)
            return Removed(already=True)
        return Removed()

    def _in_some_dialect(
        self,
        send: Callable[[Dialect], WrittenCell],
        landed: Callable[[], RemoteEntry | None],
    ) -> WrittenCell | RemoteEntry:
        """Send in the known layout, and after a refusal of it in another, each once.

        ``landed`` looks whether the refused write is there all the same, and ends it then.
        """
        dialect = self._dialects.known()
        tried: set[Dialect] = set()
        first: Refused | None = None
        while True:
            tried.add(dialect)
            try:
                written = send(dialect)
            except Refused as error:
                first = first or error
                other = dialect.instead(error)
                if other is None or other in tried:
                    raise first from None
            else:
                self._dialects.accepted(dialect)
                return written
            if found := landed():
                return found
            dialect = other

    def _check_gone(self, incident_id: IncidentId, remote_id: str, error: DatadogError) -> None:
        """Raise what was declined, unless it was because the entry is not there any more."""
        if error.status == 403:
            raise _kept_for_its_author(error.message)
        if error.status != 404 or self._find(incident_id, remote_id) is not None:
            raise error

    def _shown(
        self, incident_id: IncidentId, written: WrittenCell, key: EntryKey
    ) -> RemoteEntry | None:
        if written.cell is not None:
            return self._entries.entry(written.cell)
        if written.id is None:
            return self._tagged(incident_id, key)
        return self._find(incident_id, written.id)

    def _find(self, incident_id: IncidentId, remote_id: str) -> RemoteEntry | None:
        """The entry of an id, None where a listing without doubt lacks it."""
        listed = self._entries.read(incident_id)
        found = next((entry for entry in listed.entries if entry.id == remote_id), None)
        if found is None and not listed.complete:
            raise UnexpectedAnswer("Datadog's listing of the timeline has an entry without an id.")
        return found

    def _tagged(self, incident_id: IncidentId, key: EntryKey) -> RemoteEntry | None:
        """The entry with our tag, unless Datadog says that somebody else wrote it."""
        listed = self._entries.read(incident_id).entries
        tagged = (each for each in listed if each.tagged == key and each.ours is not False)
        return next(tagged, None)


def _stands_for(first: RemoteEntry | None, copy: RemoteEntry) -> bool:
    if first is None or first.digest != copy.digest:
        return False
    return (first.created, first.id) < (copy.created, copy.id)


def _note(entry: Entry) -> Note:
    text = with_tag(entry.text, key=entry.key, author=entry.author)
    return Note(text=text, at=entry.at, important=entry.important)


def _check_ours(entry: RemoteEntry) -> None:
    if entry.ours is False or entry.kind != NOTE:
        raise _kept_for_its_author(f"The entry of {entry.author or 'somebody else'} was not sent.")


def _kept_for_its_author(message: str) -> Refused:
    return Refused(
        message,
        hint="Datadog lets nobody change an entry but its author: change it in Datadog.",
        status=403,
        declines_write=True,
    )


def _not_confirmed(what: str) -> WriteNotConfirmed:
    return WriteNotConfirmed(
        f"{what}.", hint="Run `dd-incident-roles sync`, which looks again.", ambiguous=True
    )
