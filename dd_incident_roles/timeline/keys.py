"""The keys of new entries, and finding an entry by the beginning of its key."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Entry, EntryKey, IncidentId
from dd_incident_roles.sync.entries.canon import canonical_text

KEY_CHARACTERS = 10
SHORTEST_PREFIX = 4
"""Fewer characters of a key than this are more likely a slip than a name."""

_LISTED = 10


def new_key(identity: str) -> EntryKey:
    """A key short enough to be typed, from an id that nobody else makes."""
    return _key(identity)


def imported_key(
    incident_id: IncidentId, *, at: datetime, text: str, author: str | None
) -> EntryKey:
    """The key of an entry from a file: the same entry gets the same key each time."""
    moment = at.astimezone(UTC).replace(microsecond=0).isoformat()
    return _key("\x1f".join([incident_id, moment, canonical_text(text), author or ""]))


def named_entry(entries: Sequence[Entry], typed: str) -> Entry:
    """The entry with this key, or the only one whose key begins so.

    Raises UsageError where none or several do.
    """
    wanted = typed.strip().casefold()
    for entry in entries:
        if entry.key.casefold() == wanted:
            return entry
    if len(wanted) < SHORTEST_PREFIX:
        raise UsageError(
            f"{typed!r} is too little of an entry's key.",
            hint=f"Give at least {SHORTEST_PREFIX} characters, as timeline list shows them.",
        )
    found = [entry for entry in entries if entry.key.casefold().startswith(wanted)]
    if not found:
        raise UsageError(
            f"The timeline has no entry {typed!r}.", hint="timeline list shows what there is."
        )
    if len(found) > 1:
        keys = [entry.key for entry in found[:_LISTED]]
        more = ["\u2026"] if len(found) > _LISTED else []
        raise UsageError(
            f"{len(found)} entries begin with {typed!r}.",
            hint=f"Give more of one of these keys: {', '.join([*keys, *more])}.",
        )
    return found[0]


def shown_keys(keys: Sequence[EntryKey]) -> dict[EntryKey, str]:
    """The beginning of each key by which it can be named, no longer than it has to be."""
    ordered = sorted(keys, key=str.casefold)
    shown = {}
    for place, key in enumerate(ordered):
        beside = [*ordered[max(place - 1, 0) : place], *ordered[place + 1 : place + 2]]
        needed = max((_common(key, other) + 1 for other in beside), default=0)
        shown[key] = key[: max(needed, KEY_CHARACTERS)]
    return shown


def _common(one: str, other: str) -> int:
    pairs = zip(one.casefold(), other.casefold(), strict=False)
    return next(
        (place for place, (left, right) in enumerate(pairs) if left != right),
        min(len(one), len(other)),
    )


def _key(identity: str) -> EntryKey:
    digest = hashlib.sha256(identity.encode("utf-8", "replace")).digest()
    return EntryKey(base64.b32encode(digest).decode("ascii").lower()[:KEY_CHARACTERS])
