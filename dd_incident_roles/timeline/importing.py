"""A timeline as a file has it, and which of its entries the record lacks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from dd_incident_roles.configuration.config_file import ConfigFile, parts_of, path_text
from dd_incident_roles.errors import ConfigurationError, UnreadableFile, UsageError
from dd_incident_roles.model import NOTE, Entry, EntryKey, IncidentId
from dd_incident_roles.sync.entries.identity import Digest, digest_of, without_tag
from dd_incident_roles.sync.state import ArchiveEntry, EntryState, PutEntry
from dd_incident_roles.timeline.change_entry import (
    delete_entry,
    entry_text,
    imported_key,
    is_ours,
    on_one_line,
    refuse_slip,
    visible_text,
)
from dd_incident_roles.timeline.stamps import in_zone
from dd_incident_roles.values import frozen

SCHEMA = "dd-incident-roles/timeline/1"
_HINT = 'Give a list of objects such as {"at": "2026-01-31T14:03:00Z", "text": "…"}.'


@frozen
class FileEntry:
    """What a file says happened, and where it says so, such as ``notes.md:3``."""

    at: datetime
    text: str
    place: str
    author: str | None = None
    important: bool = False
    kind: str = NOTE


@frozen
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


@frozen
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
    # What we wrote into Datadog came back with a footer, which an export leaves out.
    digests = {
        digest_of(text=text, at=entry.at, important=entry.important)
        for entry in state.entries
        for text in (entry.text, visible_text(entry.text), without_tag(entry.text).text)
    }
    # Of the wished away too, so that they are not brought back.
    keys = {entry.key for entry in state.entries}
    new: list[Entry] = []
    stripped = 0
    notes = [each for each in listed if each.kind == NOTE]
    for each in notes:
        signed = on_one_line(each.author) if each.author else None
        key, digest = _identity(each, incident_id)
        is_known = key in keys or digest in digests
        try:
            refuse_slip(each.at, now)
            # What is there already may be longer than what can be written here.
            said = None if is_known else entry_text(each.text)
        except UsageError as error:
            raise ConfigurationError(error.message, file=each.place, hint=error.hint) from error
        if said is None:
            continue
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


def _identity(listed: FileEntry, incident_id: IncidentId) -> tuple[EntryKey, Digest]:
    """The key that an import gives an entry, and what it then says."""
    shown = visible_text(listed.text)
    signed = on_one_line(listed.author) if listed.author else None
    return (
        imported_key(incident_id, at=listed.at, text=shown, author=signed),
        digest_of(text=shown, at=listed.at, important=listed.important),
    )


@frozen
class Undoing:
    """The entries that an import added and that are to go again.

    ``kept`` are those that somebody changed since, here or in Datadog; they stay.
    """

    gone: tuple[Entry, ...]
    kept: tuple[Entry, ...]
    edits: tuple[PutEntry | ArchiveEntry, ...]


def undo_import(
    state: EntryState, incident_id: IncidentId, listed: Sequence[FileEntry], *, now: datetime
) -> Undoing:
    """Pick what an import of these entries added, and take it out; nothing of it the second time.

    What the timeline had before the import has another key and stays.
    """
    present = {entry.key: entry for entry in state.entries if entry.deleted_at is None}
    links = {link.key: link for link in state.links}
    gone, kept = [], []
    edits: list[PutEntry | ArchiveEntry] = []
    for each in listed:
        key, digest = _identity(each, incident_id)
        # Taken out, so that what the file has twice counts once.
        entry = present.pop(key, None)
        if entry is None:
            continue
        says = digest_of(text=visible_text(entry.text), at=entry.at, important=entry.important)
        if says != digest or not is_ours(entry, links.get(key)):
            kept.append(entry)
            continue
        gone.append(entry)
        edits += delete_entry(state, key, now=now).edits
    return Undoing(gone=tuple(gone), kept=tuple(kept), edits=tuple(edits))


def read_json(text: str, *, file: str, zone: tzinfo | None) -> FileTimeline:
    """Read a document of ours or a plain list; times without a zone are in ``zone``, else in UTC.

    Raises ConfigurationError that names the file and every entry that cannot be read.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"is not valid JSON: {error}", file=file, hint=_HINT) from None
    if not isinstance(content, dict):
        content = {"entries": content}
    if not isinstance(content.get("entries"), list):
        raise ConfigurationError("has no list of entries", file=file, hint=_HINT)
    reading = ConfigFile(file, parts_of(content))
    is_ours = content.get("schema") == SCHEMA
    # Datadog can show a note without a text, which our own documents then have too.
    read = [
        (loc, reading.read(_Row, loc, zone or UTC))
        for loc in reading.items("entries")
        if not (is_ours and str(reading.value(*loc, "text")).strip() == "")
    ]
    for problem in reading.problems:
        problem.hint = problem.hint or _HINT
    refuse_all(reading.problems, file=file, hint=_HINT)
    incident = content.get("incident") if is_ours else None
    return FileTimeline(
        entries=tuple(row.at_place(f"{file}: {path_text(loc)}") for loc, row in read if row),
        incident=incident if isinstance(incident, str) else None,
    )


def _moment(value: object, info: ValidationInfo) -> datetime:
    zone: Any = info.context
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        # The parser speaks of formats.
        raise ValueError("is not a time") from None
    return in_zone(at.replace(tzinfo=None), None, at.tzinfo or zone)


def _some_text(text: str) -> str:
    if not text.strip():
        raise ValueError("must be text")
    return text.strip()


class _Row(BaseModel):
    # Our own documents say more of an entry than can be imported.
    model_config = ConfigDict(strict=True, extra="ignore")

    at: Annotated[datetime, BeforeValidator(_moment)]
    text: Annotated[str, AfterValidator(_some_text)]
    author: str | None = None
    important: bool = False
    kind: object = NOTE

    def at_place(self, place: str) -> FileEntry:
        return FileEntry(
            at=self.at,
            text=self.text,
            author=self.author or None,
            important=self.important,
            kind=str(self.kind or NOTE),
            place=place,
        )
