"""Entries for the tests, with only what matters said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dd_incident_roles.model import NOTE, Entry, EntryKey
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.state import EntryIntent, EntryLink, EntryState

NOW = datetime(2026, 1, 31, 15, tzinfo=UTC)
HAPPENED = NOW - timedelta(hours=1)


def an_entry(
    key: str = "abcdefghij",
    *,
    text: str = "paged",
    at: datetime = HAPPENED,
    author: str | None = "Ana",
    origin: str = "cli",
    kind: str = NOTE,
    deleted_at: datetime | None = None,
) -> Entry:
    """An entry that was written down when it happened."""
    return Entry(
        key=EntryKey(key),
        at=at,
        created=at,
        text=text,
        author=author,
        origin=origin,
        kind=kind,
        deleted_at=deleted_at,
    )


def a_link(entry: Entry, *, ours: bool = True) -> EntryLink:
    """Both sides agree on an entry."""
    digest = local_digest(entry)
    return EntryLink(
        key=entry.key, remote_id="cell", local_digest=digest, remote_digest=digest, ours=ours
    )


def holding(
    *entries: Entry, links: tuple[EntryLink, ...] = (), intents: tuple[EntryIntent, ...] = ()
) -> EntryState:
    """A timeline that has these entries."""
    return EntryState(entries=entries, links=links, intents=intents)
