"""Entries and what is known of them, with only what matters written out."""

from __future__ import annotations

from datetime import datetime

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.canon import Digest, digest_of
from dd_incident_roles.sync.state import EntryIntent, EntryLink, Put, PutEntry, Tombstone
from tests.store.samples import START, minutes

K1, K2, K3 = EntryKey("k1"), EntryKey("dd:k2"), EntryKey("k3~ü")
D1, D2 = Digest("d1"), Digest("d2")


def entry(key: EntryKey = K1, text: str = "It broke.", **others: object) -> Entry:
    parts: dict[str, object] = {"at": START, "created": minutes(1), "author": "ana@corp.example"}
    return Entry(key=key, text=text, **{**parts, **others})  # type: ignore[arg-type]  # a builder: only the differing parts are given


def put(key: EntryKey = K1, text: str = "It broke.", **others: object) -> PutEntry:
    return PutEntry(entry=entry(key, text, **others))


def agreed(written: Entry, remote_id: str = "r1", **others: object) -> Put:
    """The base row of an entry that both sides have as it is."""
    digest = digest_of(text=written.text, at=written.at, important=written.important)
    return entry_link(written.key, remote_id, local_digest=digest, **others)


def entry_link(key: EntryKey = K1, remote_id: str = "r1", **others: object) -> Put:
    parts: dict[str, object] = {"local_digest": D1, "remote_digest": D2}
    return Put(
        EntryLink(key=key, remote_id=remote_id, **{**parts, **others})  # type: ignore[arg-type]  # a builder: only the differing parts are given
    )


def entry_intent(
    key: EntryKey = K1,
    digest: Digest | None = D1,
    since: datetime = START,
    missing_since: datetime | None = None,
) -> Put:
    return Put(EntryIntent(key=key, digest=digest, since=since, missing_since=missing_since))


def tombstone(remote_id: str = "r1", since: datetime = START) -> Put:
    return Put(Tombstone(remote_id=remote_id, since=since))
