"""Entries as people type and name them, in order, and what a command does to one of them."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import NOTE, Entry, EntryKey, IncidentId
from dd_incident_roles.sync.entries.identity import canonical_text, without_tag
from dd_incident_roles.sync.entries.pair import copy_key, correction_of
from dd_incident_roles.sync.state import ArchiveEntry, EntryLink, EntryState, PutEntry
from dd_incident_roles.values import frozen
from dd_incident_roles.words import count_of, did_you_mean

LONGEST_TEXT = 10_000
LONGEST_NOTE = 2000
"""A note or a reason is read in the middle of an incident; more than this nobody reads."""

_KEPT = frozenset("\n\t")
_JOINERS = frozenset("\u200c\u200d")
"""Invisible, and yet part of how emoji and several scripts are written."""


@frozen
class EntryText:
    """A text that can be kept; ``stripped`` is how many control characters were left out."""

    text: str
    stripped: int = 0

    @property
    def notices(self) -> tuple[str, ...]:
        """What to say about it."""
        if not self.stripped:
            return ()
        left_out = count_of(self.stripped, "control character was", "control characters were")
        return (f"{left_out} left out of the text.",)


def entry_text(typed: str) -> EntryText:
    """Make what was typed fit to be kept; raises UsageError for nothing and for too much."""
    lines = unix_lines(typed)
    text = without_controls(lines)
    said = text.strip()
    if not said:
        raise UsageError("The text of the entry is empty.", hint="Say what happened.")
    if len(said) > LONGEST_TEXT:
        raise UsageError(
            f"The text has {len(said)} characters; an entry can have {LONGEST_TEXT}.",
            hint="Attach long output elsewhere, and put a link into the timeline.",
        )
    return EntryText(text=said, stripped=len(lines) - len(text))


def typed_line(typed: str | None, *, what: str = "note") -> str | None:
    """A note, a reason or the like on one line; None where nothing is said.

    Raises UsageError for one that is too long.
    """
    said = on_one_line(typed or "")
    if len(said) > LONGEST_NOTE:
        raise UsageError(
            f"The {what} has {len(said)} characters; it can have {LONGEST_NOTE}.",
            hint=f"Write an entry with timeline add, and mention it in the {what}.",
        )
    return said or None


def unix_lines(text: str) -> str:
    """The text with one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without_controls(text: str) -> str:
    """Leave out control characters, but for line breaks and tabs, and halves of characters."""
    return "".join(_kept(character) for character in text)


def visible_text(text: str) -> str:
    """A text from outside as it can go into a file: nothing in it that nobody sees."""
    plain = without_controls(unix_lines(text))
    seen = (each for each in plain if unicodedata.category(each) != "Cf" or each in _JOINERS)
    return canonical_text("".join(seen)).strip()


def readable_text(text: str) -> str:
    """The text without what its footer says for programs; who signed it stays.

    Datadog may name no author, and then an entry of another record keeps its footer as its text.
    """
    tagged = without_tag(text)
    if tagged.key is None:
        return text
    return f"{tagged.text}\n\u2014 {tagged.author}" if tagged.author else tagged.text


def on_one_line(text: str) -> str:
    """A name or a title, without anything that would break its line."""
    return " ".join(visible_text(text).split())


def _kept(character: str) -> str:
    if character in _KEPT:
        return character
    match unicodedata.category(character):
        case "Cc":
            return ""
        case "Cs":
            # Half a character cannot be written as UTF-8, and would stop every later reader.
            return "\N{REPLACEMENT CHARACTER}"
        case _:
            return character


CLOCKS_DIFFER = timedelta(minutes=1)
"""How far ahead of ours a clock may be before a time is taken for a slip."""

FIRST_YEAR = 2000
"""An earlier time is a slip, and the earliest of all cannot be said in other zones."""

# Fifty bits, in base 32, which has neither 0 nor 1 to be taken for a letter.
KEY_CHARACTERS = 10
SHORTEST_PREFIX = 4
"""Fewer characters of a key than this are more likely a slip than a name."""

_LISTED = 10


class Act(Enum):
    """What a command did to the timeline."""

    ADDED = auto()
    EDITED = auto()
    CORRECTED = auto()
    """The entry of another person stays, and one of ours says what is wrong with it."""
    DELETED = auto()
    RESTORED = auto()


@frozen
class TimelineChange:
    """The edits that a command asks for; none where the record already says so.

    ``entry`` is ours, as it then is; ``theirs`` is the entry of another person that it corrects.
    """

    act: Act
    entry: Entry
    edits: tuple[PutEntry | ArchiveEntry, ...]
    theirs: Entry | None = None


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that nobody wished away, by when it happened and never by when they arrived."""
    kept = [each for each in entries if each.deleted_at is None]
    return tuple(sorted(kept, key=lambda entry: (entry.at, entry.created, entry.key)))


def refuse_slip(at: datetime, now: datetime) -> None:
    """Raise UsageError for a time that has yet to come, and for one before there was Datadog."""
    if at.year < FIRST_YEAR:
        raise UsageError(f"{at:%Y-%m-%d %H:%M} is before {FIRST_YEAR}.", hint="Check the year.")
    if at > now + CLOCKS_DIFFER:
        raise UsageError(
            f"{at:%Y-%m-%d %H:%M %Z} is in the future.",
            hint="Give a time in the past; without a zone it is in UTC.",
        )


def add_entry(entry: Entry) -> TimelineChange:
    """Put a new entry into the timeline."""
    return TimelineChange(act=Act.ADDED, entry=entry, edits=(PutEntry(entry=entry),))


def edit_entry(
    state: EntryState, typed: str, text: str, *, now: datetime, author: str
) -> TimelineChange:
    """Replace the text of an entry of ours; one of another person stays, and gets a correction.

    Raises UsageError for an entry that is not there, and for one that a system made.
    """
    entry = named_entry(in_order(state.entries), typed)
    _refuse_system(entry, "changed")
    if is_ours(entry, _link(state, entry)):
        changed = replace(entry, text=text)
        edits = () if changed == entry else (PutEntry(entry=changed),)
        return TimelineChange(act=Act.EDITED, entry=changed, edits=edits)
    return _corrected(state, entry, text, now=now, author=author)


def delete_entry(state: EntryState, typed: str, *, now: datetime) -> TimelineChange:
    """Take an entry of ours out of the timeline; the archive keeps it.

    One that was never sent anywhere goes at once, any other when a sync has carried the wish to the
    other side. Raises UsageError for an entry that is not there, or that is not ours to delete.
    """
    # One that was wished away is found too: to delete it again is no mistake.
    entry = named_entry(state.entries, typed)
    _refuse_system(entry, "deleted")
    if entry.deleted_at is not None:
        return TimelineChange(act=Act.DELETED, entry=entry, edits=())
    link = _link(state, entry)
    if not is_ours(entry, link):
        writer = entry.author or "somebody else"
        raise UsageError(
            f"The entry {entry.key} was written by {writer} in Datadog and is not ours to delete.",
            hint=f"{writer[0].upper()}{writer[1:]}, or an administrator, can delete it in Datadog; "
            "the next sync takes it out here.",
        )
    gone = replace(entry, deleted_at=now)
    # An intent may have arrived although its answer was lost, so that only a sync can tell.
    if link is None and all(intent.key != entry.key for intent in state.intents):
        archive = ArchiveEntry(key=entry.key, at=now)
        return TimelineChange(act=Act.DELETED, entry=gone, edits=(archive,))
    return TimelineChange(act=Act.DELETED, entry=gone, edits=(PutEntry(entry=gone),))


def restore_entry(state: EntryState, old: Entry, *, now: datetime, author: str) -> TimelineChange:
    """Bring an entry back as it was: into the timeline, or its text before it was changed.

    Where it is gone on the other side it comes back under another key, the same in every record, so
    that nothing still waiting for the deletion takes it away again. Raises UsageError for one that
    a system made.
    """
    _refuse_system(old, "restored")
    known = {entry.key: entry for entry in state.entries}
    present = known.get(old.key)
    if present and present.deleted_at is None:
        return edit_entry(state, old.key, old.text, now=now, author=author)
    if present and all(intent.key != old.key for intent in state.intents):
        again = replace(present, deleted_at=None)
        return TimelineChange(act=Act.RESTORED, entry=again, edits=(PutEntry(entry=again),))
    again = replace(
        old,
        key=new_key(f"restored {old.key} {old.at.isoformat()} {old.text}"),
        created=now,
        origin="cli",
        deleted_at=None,
        statement=None,
        written_by=None,
    )
    twin = known.get(again.key)
    is_there = twin is not None and twin.deleted_at is None
    edits = () if is_there else (PutEntry(entry=again),)
    return TimelineChange(act=Act.RESTORED, entry=again, edits=edits)


def is_ours(entry: Entry, link: EntryLink | None) -> bool:
    """Whether the entry was written here, and by our own account on the other side."""
    return entry.origin == "cli" and (link is None or link.ours)


def _corrected(
    state: EntryState, theirs: Entry, text: str, *, now: datetime, author: str
) -> TimelineChange:
    wanted = replace(theirs, text=text)
    if wanted == theirs:
        return TimelineChange(act=Act.CORRECTED, entry=theirs, edits=(), theirs=theirs)
    note = Entry(
        key=copy_key(theirs.key, wanted),
        at=theirs.at,
        created=now,
        text=correction_of(theirs, text),
        author=author,
        important=theirs.important,
    )
    known = next((each for each in in_order(state.entries) if each.key == note.key), None)
    edits = () if known else (PutEntry(entry=note),)
    return TimelineChange(act=Act.CORRECTED, entry=known or note, edits=edits, theirs=theirs)


def _refuse_system(entry: Entry, done: str) -> None:
    if entry.kind != NOTE:
        raise UsageError(
            f"The entry {entry.key} ({entry.kind}) was not written by a person "
            f"and cannot be {done}.",
            hint="Add an entry of your own about it: timeline add.",
        )


def _link(state: EntryState, entry: Entry) -> EntryLink | None:
    return next((link for link in state.links if link.key == entry.key), None)


def new_key(identity: str) -> EntryKey:
    """A key short enough to be typed, from an id that nobody else makes."""
    digest = hashlib.sha256(identity.encode("utf-8", "replace")).digest()
    return EntryKey(base64.b32encode(digest).decode("ascii").lower()[:KEY_CHARACTERS])


def imported_key(
    incident_id: IncidentId, *, at: datetime, text: str, author: str | None
) -> EntryKey:
    """The key of an entry from a file: the same entry gets the same key each time."""
    # A file may have less than seconds; the same entry must come to the same key all the same.
    moment = at.astimezone(UTC).replace(microsecond=0).isoformat()
    return new_key("\x1f".join([incident_id, moment, canonical_text(text), author or ""]))


def named_entry(
    entries: Sequence[Entry], typed: str, *, place: str = "timeline", lists: str = "list"
) -> Entry:
    """The entry with this key, or the only one whose key begins so.

    Raises UsageError where none or several do.
    """
    wanted = typed.strip().casefold()
    # The key of a copy begins with that of its entry, which has to have a name all the same.
    for entry in entries:
        if entry.key.casefold() == wanted:
            return entry
    if len(wanted) < SHORTEST_PREFIX:
        raise UsageError(
            f"{typed!r} is too short for the key of an entry.",
            hint=f"Give at least {SHORTEST_PREFIX} characters, as timeline {lists} shows them.",
        )
    found = [entry for entry in entries if _name(entry.key).startswith(wanted)]
    found = found or [entry for entry in entries if entry.key.casefold().startswith(wanted)]
    if not found:
        near = did_you_mean(wanted, {entry.key[: len(wanted)]: entry.key for entry in entries})
        hint = f"{near} timeline {lists} shows what there is.".strip()
        raise UsageError(f"The {place} has no entry {typed!r}.", hint=hint)
    if len(found) > 1:
        keys = [entry.key for entry in found[:_LISTED]]
        more = ["\u2026"] if len(found) > _LISTED else []
        raise UsageError(
            f"{len(found)} entries begin with {typed!r}.",
            hint=f"Give more of one of these keys: {', '.join([*keys, *more])}.",
        )
    return found[0]


def _name(key: EntryKey) -> str:
    """What tells a key apart: not that it is Datadog's, or which entry it is a copy of."""
    return re.split("[:~]", key.casefold())[-1]


def shown_keys(keys: Sequence[EntryKey]) -> dict[EntryKey, str]:
    """The beginning of each key's name that is no other's, so that it can be typed for the key."""
    ordered = sorted(keys, key=_name)
    names = [_name(key) for key in ordered]
    shown = {}
    for place, key in enumerate(ordered):
        # In this order, no other name has more of its beginning in common than a neighbour.
        beside = [*names[max(place - 1, 0) : place], *names[place + 1 : place + 2]]
        needed = max([SHORTEST_PREFIX, *(_common(names[place], other) + 1 for other in beside)])
        # Two keys of one name have to be typed as a whole.
        shown[key] = names[place][:needed] if needed <= len(names[place]) else key
    return shown


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    unlike = (place for place, (left, right) in pairs if left != right)
    return next(unlike, min(len(one), len(other)))
