"""Entries of the target as entries of the record, and the keys of copies."""

from __future__ import annotations

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.listing import RemoteEntry
from dd_incident_roles.sync.entries.own_kinds import kind_of_own
from dd_incident_roles.sync.entries.pair import Pair, local_digest

MIRRORS = frozenset({"slack", "microsoft_teams"})
"""Sources from which the target itself copies messages; they are imported and never sent on."""


def taken_over(pair: Pair) -> Entry:
    """The target's copy as an entry of the record; what the record knew besides is kept."""
    remote, local = pair.remote, pair.local
    if remote is None:
        raise ValueError("only an entry that the target shows can be taken over")
    return Entry(
        key=pair.key,
        at=remote.at,
        created=local.created if local else remote.created,
        text=remote.text,
        author=_author(pair, remote) or (local.author if local else None),
        important=remote.important,
        kind=_kind(pair, remote),
        origin=local.origin if local else _origin(pair, remote),
    )


def _author(pair: Pair, remote: RemoteEntry) -> str | None:
    """For whom our account wrote it, as its tag says; of a stranger a tag proves nothing."""
    return (remote.signed if pair.ours else None) or remote.author


def _kind(pair: Pair, remote: RemoteEntry) -> str:
    """The target keeps ours as notes: what they are is known here, or told by their keys."""
    if remote.tagged is None or not pair.ours:
        return remote.kind
    return pair.local.kind if pair.local else kind_of_own(remote.tagged)


def _origin(pair: Pair, remote: RemoteEntry) -> str:
    """Where an entry was first written, as far as the target tells."""
    if remote.tagged is not None and pair.ours:
        return "cli"
    source = (remote.source or "").casefold()
    return source if source in MIRRORS else "datadog"


def copy_key(key: EntryKey, local: Entry) -> EntryKey:
    """The key of what is kept beside an entry; the same text always gets the same key."""
    return EntryKey(f"{key.partition('~')[0].replace('dd:', 'dd-')}~{local_digest(local)[:10]}")


def altered_notice(entry: Entry) -> str:
    """Say that the target holds something else than what was sent."""
    return (
        f"Datadog shows the entry {entry.key} otherwise than it was written; "
        "the whole text is kept here."
    )
