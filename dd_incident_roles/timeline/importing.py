"""A timeline as a file has it, and which of its entries the record lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.errors import ConfigurationError, UnreadableFile, UsageError
from dd_incident_roles.model import NOTE, Entry, IncidentId
from dd_incident_roles.sync.entries.canon import Digest, digest_of
from dd_incident_roles.sync.entries.tag import without_tag
from dd_incident_roles.sync.state import EntryState, PutEntry
from dd_incident_roles.timeline.change_entry import refuse_slip
from dd_incident_roles.timeline.entry_text import EntryText, entry_text, on_one_line, visible_text
from dd_incident_roles.timeline.keys import imported_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """The entries that a file adds, in its order, and how many are there already.

    ``system`` counts those that a system made, which are nobody's to write again, and ``stripped``
    the control characters that were left out.
    """

    new: tuple[Entry, ...]
    known: int
    system: int = 0
    stripped: int = 0

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

    An entry that was imported before and deleted since stays deleted. Raises ConfigurationError,
    which names the place, for a time that has yet to come and for a text that cannot be kept.
    """
    digests = {digest for entry in state.entries for digest in _digests(entry)}
    keys = {entry.key for entry in state.entries}
    new: list[Entry] = []
    stripped = 0
    notes = [each for each in listed if each.kind == NOTE]
    for each in notes:
        _refuse_slip(each, now)
        shown = visible_text(each.text)
        signed = on_one_line(each.author) if each.author else None
        key = imported_key(incident_id, at=each.at, text=shown, author=signed)
        digest = digest_of(text=shown, at=each.at, important=each.important)
        if key in keys or digest in digests:
            continue
        said = _fit(each)
        keys.add(key)
        digests.add(digest)
        stripped += said.stripped
        new.append(
            Entry(
                key=key,
                at=each.at,
                created=now,
                text=said.text,
                author=signed or author,
                important=each.important,
            )
        )
    return Import(
        new=tuple(new),
        known=len(notes) - len(new),
        system=len(listed) - len(notes),
        stripped=stripped,
    )


def _digests(entry: Entry) -> Iterator[Digest]:
    """An entry of Datadog's is known again although a file has less of it, such as no tag."""
    for text in {entry.text, visible_text(entry.text), without_tag(entry.text).text}:
        yield digest_of(text=text, at=entry.at, important=entry.important)


def _fit(each: FileEntry) -> EntryText:
    try:
        return entry_text(each.text)
    except UsageError as error:
        raise ConfigurationError(error.message, file=each.place, hint=error.hint) from error


def _refuse_slip(each: FileEntry, now: datetime) -> None:
    try:
        refuse_slip(each.at, now)
    except UsageError as error:
        raise ConfigurationError(error.message, file=each.place, hint=error.hint) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """What a file says happened, and where it says so, such as ``notes.md:3``."""

    at: datetime
    text: str
    place: str
    author: str | None = None
    important: bool = False
    kind: str = NOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTimeline:
    """The entries of a file, and the incident that it says it is about, if it says so.

    ``incident`` is ``IR-1001`` or a UUID.
    """

    entries: tuple[FileEntry, ...]
    incident: str | None = None


def refuse_all(
    problems: Sequence[ConfigurationError], *, file: str, hint: str | None = None
) -> None:
    """Raise what is wrong with a file, all of it at once; one problem is raised as it is."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise UnreadableFile(problems, file=file, hint=hint)
