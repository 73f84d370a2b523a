"""Which entry of the target is which entry of the record, settled before anything is decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.canon import Digest, digest_of
from dd_incident_roles.sync.entries.listing import RemoteEntry
from dd_incident_roles.sync.entries.state import EntryIntent, EntryLink, EntryState

TOMBSTONE_GRACES = 2
"""For how many graces a removed entry stays hidden; beyond that a listing is no old one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One entry with everything that the three sides hold of it.

    ``spares`` are further copies in the target that we wrote ourselves and nobody changed.
    """

    key: EntryKey
    local: Entry | None = None
    link: EntryLink | None = None
    remote: RemoteEntry | None = None
    intents: tuple[EntryIntent, ...] = ()
    spares: tuple[RemoteEntry, ...] = ()


def local_digest(entry: Entry) -> Digest:
    """The fingerprint of what the record says."""
    return digest_of(text=entry.text, at=entry.at, important=entry.important)


def foreign_key(remote: RemoteEntry) -> EntryKey:
    """The key of an entry that was born in the target."""
    return EntryKey(f"dd:{remote.id}")


def pair(
    state: EntryState, listed: Collection[RemoteEntry], *, now: datetime, grace: timedelta
) -> tuple[Pair, ...]:
    """Pair the entries of both sides, each key once and each remote entry once.

    An entry is known by its link, else by our tag, else it is a stranger under a key of its own. A
    copy of ours that people changed becomes an entry of its own, so that nothing they wrote is
    lost. The result does not depend on the order of what is given.
    """
    hidden = {
        tombstone.remote_id
        for tombstone in state.tombstones
        if abs(now - tombstone.since) < grace * TOMBSTONE_GRACES
    }
    visible = {remote.id: remote for remote in listed if remote.id not in hidden}
    return tuple(_Pairing(state, visible).pairs())


class _Pairing:
    def __init__(self, state: EntryState, visible: Mapping[str, RemoteEntry]) -> None:
        self.entries = {entry.key: entry for entry in state.entries}
        self.links = {link.key: link for link in state.links}
        self.intents: dict[EntryKey, list[EntryIntent]] = defaultdict(list)
        for intent in state.intents:
            self.intents[intent.key].append(intent)
        self.remotes, self.spares = self._joined(visible)

    def pairs(self) -> Iterator[Pair]:
        keys = {*self.entries, *self.links, *self.intents, *self.remotes}
        for key in sorted(keys):
            yield Pair(
                key=key,
                local=self.entries.get(key),
                link=self.links.get(key),
                remote=self.remotes.get(key),
                intents=tuple(self.intents.get(key, ())),
                spares=tuple(self.spares.get(key, ())),
            )

    def _joined(
        self, visible: Mapping[str, RemoteEntry]
    ) -> tuple[dict[EntryKey, RemoteEntry], dict[EntryKey, list[RemoteEntry]]]:
        linked = {link.remote_id: key for key, link in self.links.items()}
        claims: dict[EntryKey, list[RemoteEntry]] = defaultdict(list)
        for remote in sorted(visible.values(), key=_oldest_first):
            claims[linked.get(remote.id) or remote.tagged or foreign_key(remote)].append(remote)
        chosen: dict[EntryKey, RemoteEntry] = {}
        spares: dict[EntryKey, list[RemoteEntry]] = defaultdict(list)
        for key, claimants in claims.items():
            first = self._rightful(key, claimants)
            chosen[key] = first
            for other in claimants:
                if other is first:
                    continue
                if self._is_only_ours(key, other):
                    spares[key].append(other)
                else:
                    chosen[foreign_key(other)] = other
        return chosen, spares

    def _rightful(self, key: EntryKey, claimants: list[RemoteEntry]) -> RemoteEntry:
        link = self.links.get(key)
        by_link = [each for each in claimants if link and each.id == link.remote_id]
        return by_link[0] if by_link else claimants[0]

    def _is_only_ours(self, key: EntryKey, remote: RemoteEntry) -> bool:
        """Whether a second copy says only what we once wrote, and nobody else may have written."""
        if remote.ours is False:
            return False
        written = {intent.digest for intent in self.intents.get(key, ())}
        link, local = self.links.get(key), self.entries.get(key)
        if link:
            written |= {link.local_digest, link.remote_digest}
        if local:
            written.add(local_digest(local))
        return remote.digest in written


def _oldest_first(remote: RemoteEntry) -> tuple[datetime, str]:
    return remote.created, remote.id
