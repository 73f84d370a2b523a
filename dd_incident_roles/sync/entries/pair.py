"""Which entry of the target is which entry of the record, settled before anything is decided."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from dd_incident_roles.model import NOTE, Entry, EntryKey, Person, PersonKey
from dd_incident_roles.sync.entries.decide import BaseSide, Copy, EntrySides, LocalSide, SameText
from dd_incident_roles.sync.entries.identity import (
    FINDING,
    ROLE_CHANGE,
    Digest,
    canonical_text,
    digest_of,
    digest_of_text,
    kind_of_own,
    without_times,
)
from dd_incident_roles.sync.plan import PlanOptions
from dd_incident_roles.sync.state import EntryIntent, EntryLink, EntryState
from dd_incident_roles.sync.targets import DATADOG, Dialect, RemoteEntry
from dd_incident_roles.values import frozen

TOMBSTONE_GRACES = 2
"""For how many graces a removed entry stays hidden; a later listing is not an old one."""


@frozen
class Pair:
    """One entry with everything that the three sides hold of it.

    ``spares`` are copies in the target that our account wrote and nobody changed, beside an older
    one that says the same and is ``remote``. It is ``unknown`` where the listing shows no entry
    that could be read, and is no proof that there is none, and ``renamed`` where the target's entry
    is known under another key by now.
    """

    key: EntryKey
    local: Entry | None = None
    link: EntryLink | None = None
    remote: RemoteEntry | None = None
    intents: tuple[EntryIntent, ...] = ()
    spares: tuple[RemoteEntry, ...] = ()
    unknown: bool = False
    renamed: bool = False

    @property
    def ours(self) -> bool:
        """Whether our account wrote it in the target: by the target's word, or by our own writes.

        What Datadog once declined to let us change stays somebody else's, whoever it names.
        """
        remote, link = self.remote, self.link
        if remote is None:
            return link is not None and link.ours
        if remote.ours is False or remote.kind != NOTE:
            return False
        if link is not None and link.remote_id == remote.id:
            return link.ours
        return remote.ours is True or (link is None and bool(self.intents))


def is_copy(key: EntryKey, one: RemoteEntry, other: RemoteEntry) -> bool:
    """Whether two entries of one key say the same; two jobs tell a finding at two moments."""
    return one.digest == other.digest or _tell_one_finding(key, one.text, other.text)


def is_older_copy(key: EntryKey, one: RemoteEntry, other: RemoteEntry) -> bool:
    """Whether the first says the same as the second, and was there before it."""
    return is_copy(key, one, other) and _oldest_first(one) < _oldest_first(other)


def _tell_one_finding(key: EntryKey, one: str, other: str) -> bool:
    return kind_of_own(key) == FINDING and without_times(one) == without_times(other)


def local_digest(entry: Entry, dialect: Dialect = DATADOG) -> Digest:
    """The fingerprint of what the record says, as far as the target can show it."""
    if dialect.is_plain:
        return digest_of_text(entry.text)
    return digest_of(text=entry.text, at=entry.at, important=entry.important)


def copy_key(key: EntryKey, local: Entry) -> EntryKey:
    """The key of what is kept beside an entry; the same text always gets the same key."""
    return EntryKey(f"{key.partition('~')[0].replace(':', '-')}~{local_digest(local)[:10]}")


def correction_of(theirs: Entry, text: str) -> str:
    """What an entry of ours says about somebody else's; every record says the same."""
    return f"Correction to the entry of {theirs.author or 'somebody else'}: {text}"


def holds_text(remote: RemoteEntry, entry: Entry) -> bool:
    """Whether the target shows the whole text."""
    return canonical_text(remote.text) == canonical_text(entry.text)


def holds_what_it_can(remote: RemoteEntry, entry: Entry) -> bool:
    """Whether the target shows our entry, but for what it has no place for.

    A target without times of events shows when an entry was written instead, one without marks
    shows none, and one with a limit shows the beginning. None of that is somebody's edit.
    """
    if remote.digest == local_digest(entry, remote.dialect):
        return True
    # A cut text may end in an ellipsis of the target's own.
    shown, wanted = canonical_text(remote.text), canonical_text(entry.text)
    cut = bool(shown) and wanted.startswith(shown.rstrip("\u2026. "))
    timeless = remote.at == remote.created or int(remote.at.timestamp()) == int(
        entry.at.timestamp()
    )
    unmarked = not remote.important or remote.important == entry.important
    return (shown == wanted or cut) and timeless and unmarked


def pair(
    state: EntryState,
    listed: Collection[RemoteEntry],
    *,
    now: datetime,
    grace: timedelta,
    complete: bool = True,
) -> tuple[Pair, ...]:
    """Pair the entries of both sides, each key once and each remote entry once.

    An entry is known by its link, else by its tag where something besides the tag speaks for it,
    else it is a stranger under a key of its own, with its tag as part of its text. Of several
    copies the oldest stands, so that any number of records choose the same one. A copy that people
    changed becomes an entry of its own, so that nothing they wrote is lost. The result does not
    depend on the order of what is given.
    """
    hidden = {
        tombstone.remote_id
        for tombstone in state.tombstones
        if abs(now - tombstone.since) < grace * TOMBSTONE_GRACES
    }
    visible = {remote.id: remote for remote in listed if remote.id not in hidden}
    return tuple(_Pairing(state, visible, complete=complete).pairs())


class _Pairing:
    def __init__(
        self, state: EntryState, visible: Mapping[str, RemoteEntry], *, complete: bool
    ) -> None:
        self.complete = complete
        self.dialect = next((each.dialect for each in visible.values()), DATADOG)
        self.elsewhere = state.elsewhere
        self.entries = {entry.key: entry for entry in state.entries}
        self.links = {link.key: link for link in state.links}
        self.intents: dict[EntryKey, list[EntryIntent]] = defaultdict(list)
        for intent in state.intents:
            self.intents[intent.key].append(intent)
        unread = {each.id for each in visible.values() if not each.readable}
        self.unread = {link.remote_id for link in state.links} & unread
        self.unread_news = unread - self.unread
        self.chosen: dict[EntryKey, RemoteEntry] = {}
        self.spares: dict[EntryKey, RemoteEntry] = {}
        for key, claimants in self._claims(visible).items():
            self._choose(key, claimants)

    def pairs(self) -> Iterator[Pair]:
        keys = {*self.entries, *self.links, *self.intents, *self.chosen}
        known_as = {remote.id: key for key, remote in self.chosen.items()}
        for key in sorted(keys):
            link = self.links.get(key)
            yield Pair(
                key=key,
                local=self.entries.get(key),
                link=link,
                remote=self.chosen.get(key),
                intents=tuple(self.intents.get(key, ())),
                spares=(self.spares[key],) if key in self.spares else (),
                unknown=key not in self.chosen and self._is_unknown(key),
                renamed=link is not None and known_as.get(link.remote_id, key) != key,
            )

    def _is_unknown(self, key: EntryKey) -> bool:
        """Whether the entry may exist although it was not read; a new unread one may be ours."""
        link = self.links.get(key)
        if link is None and key not in self.intents:
            return False
        unread = link.remote_id in self.unread if link else bool(self.unread_news)
        return unread or not self.complete

    def _claims(self, visible: Mapping[str, RemoteEntry]) -> dict[EntryKey, list[RemoteEntry]]:
        """The entries that may have a key, oldest first; an entry of others has its own key."""
        linked = {link.remote_id: key for key, link in self.links.items()}
        claims: dict[EntryKey, list[RemoteEntry]] = defaultdict(list)
        # The oldest first, so that any number of records choose the same one.
        for remote in sorted(visible.values(), key=_oldest_first):
            if remote.id in self.unread:
                # It exists, but its text is not known: nothing follows for its link.
                continue
            key = linked.get(remote.id)
            if key is None or self._is_known_by_now(key, remote):
                key = self._key_by_tag(remote) or key
            if key is None or (key == remote.own_key != remote.tagged):
                claims[remote.own_key].append(remote.as_shown())
            else:
                claims[key].append(remote)
        return claims

    def _is_known_by_now(self, key: EntryKey, remote: RemoteEntry) -> bool:
        """Whether what was taken for a stranger's came from another target under its tag since.

        A record that is begun anew may see the copy before it sees what it is a copy of.
        """
        tagged, local = remote.tagged, self.entries.get(key)
        return (
            key == remote.own_key
            # What people changed here under that key is kept.
            and (local is None or local_digest(local) == self.links[key].local_digest)
            and tagged is not None
            and tagged in self.entries
            and tagged not in self.links
            and not self.intents.get(tagged)
        )

    def _key_by_tag(self, remote: RemoteEntry) -> EntryKey | None:
        """The key in a tag, if the target, a write of ours or the text itself bears it out."""
        key = remote.tagged
        if key is None or key in self.elsewhere or remote.kind != NOTE:
            return None
        if remote.ours:
            return key
        # Another record may have written what ours did, or is about to: then one stands for both.
        tried = key in self.intents and remote.ours is None
        return key if tried or self._says_the_same(key, remote) else None

    def _says_the_same(self, key: EntryKey, remote: RemoteEntry) -> bool:
        local = self.entries.get(key)
        if local is not None and (
            # Whoever heard of it from a target without times tells another time.
            holds_what_it_can(remote, local)
            or holds_text(remote, local)
            or _tell_one_finding(key, remote.text, local.text)
        ):
            return True
        return remote.digest in self._written(key)

    def _written(self, key: EntryKey) -> set[Digest | None]:
        """What this record wrote under a key, or is about to write."""
        written = {intent.digest for intent in self.intents.get(key, ())}
        link, local = self.links.get(key), self.entries.get(key)
        if link:
            written |= {link.local_digest, link.remote_digest}
        if local:
            written.add(local_digest(local, self.dialect))
        return written

    def _choose(self, key: EntryKey, claimants: list[RemoteEntry]) -> None:
        """Choose one entry for a key; copies with the same text are not separate entries."""
        written = self._written(key)
        link = self.links.get(key)
        own = next((each for each in claimants if link and each.id == link.remote_id), None)
        first = own or next((each for each in claimants if each.digest in written), claimants[0])
        # What says something else is no copy, and becomes an entry of its own.
        copies = [each for each in claimants if is_copy(key, each, first)]
        for other in claimants:
            if other not in copies:
                self.chosen[other.own_key] = other.as_shown()
        # The oldest stands, whoever wrote it; each account takes back only what it wrote itself.
        oldest, *younger = copies
        mine = [each for each in younger if each.ours is not False]
        spare = None
        if link is None and key in self.intents and len(mine) == 1:
            # Which of two is ours may be unknown, and the younger one may be.
            spare = mine[0] if mine[0].digest in written else None
        elif link and link.ours and own in mine:
            spare = own
        elif key not in self.intents:
            # The record that wrote it may be lost: then any other of the same account sees to it.
            spare = next((each for each in mine if each.ours), None)
        if spare:
            self.spares[key] = spare
        self.chosen[key] = own if own and not spare else oldest


def _oldest_first(remote: RemoteEntry) -> tuple[datetime, str]:
    return remote.created, remote.id


NEAR = timedelta(minutes=10)
"""How far apart the two entries about one change can be."""

# Datadog's words for the role that is called Incident Manager here.
_COMMAND = frozenset({"commander", "incident commander"})
_MANAGER = "incident manager"


@frozen(kw_only=False)
class _OwnChange:
    """One role change that an entry of ours is about."""

    text: str
    people: frozenset[PersonKey]
    moments: tuple[datetime, ...]


def without_own_role_changes(
    pairs: Collection[Pair], people: Collection[Person]
) -> tuple[Pair, ...]:
    """Leave out the target's entries about changes that one of ours is about already.

    Both must be about the same role and people, and near each other in time: near the change here,
    or near the moment at which our own entry about it arrived there. Ours is what this record
    wrote or our account did by Datadog's word, and a change that Datadog says somebody else made is
    always shown. One that the record already took over stays as it is.
    """
    own = [each for pair in pairs if (each := _own_change(pair, people))]
    return tuple(pair for pair in pairs if not _is_known(pair, own, people))


def _is_known(pair: Pair, own: Collection[_OwnChange], people: Collection[Person]) -> bool:
    remote = pair.remote
    if remote is None or remote.kind != ROLE_CHANGE or remote.ours is False or pair.link:
        return False
    named = _people_in(remote.text, people)
    return bool(named) and any(_is_about(remote, named, each) for each in own)


def _own_change(pair: Pair, people: Collection[Person]) -> _OwnChange | None:
    """What an entry of ours is about; also one that a lost record finds again beside Datadog's."""
    local, remote = pair.local, pair.remote
    if (remote or pair.link) and not pair.ours:
        return None
    moments = tuple(
        at for at in (local.at if local else None, remote.created if remote else None) if at
    )
    if local and local.kind == ROLE_CHANGE and local.origin == "cli":
        text = local.text
    elif local is None and remote and kind_of_own(pair.key) == ROLE_CHANGE:
        text = remote.text
    else:
        return None
    # Below the first line comes a brief, which names other roles and people too.
    headline = text.partition("\n")[0]
    return _OwnChange(_fold(headline), _people_in(headline, people), moments)


def _is_about(remote: RemoteEntry, named: frozenset[PersonKey], own: _OwnChange) -> bool:
    role = _fold(remote.text.partition(":")[0])
    same_role = role in own.text or (role in _COMMAND and _MANAGER in own.text)
    near = any(abs(remote.created - moment) <= NEAR for moment in own.moments)
    return same_role and near and named <= own.people


def _people_in(text: str, people: Collection[Person]) -> frozenset[PersonKey]:
    plain = _fold(text)
    return frozenset(
        person.key
        for person in people
        if any(
            _is_named(label, plain)
            for name in (person.email, person.name, person.shown)
            if (label := _fold(name or ""))
        )
    )


def _fold(text: str) -> str:
    """As both sides have it in common: ours leaves out breaks and what nobody sees in a name."""
    visible = (each if each.isprintable() else " " if each.isspace() else "" for each in text)
    return " ".join("".join(visible).casefold().split())


def _is_named(label: str, text: str) -> bool:
    """As whole words: the word manager does not name Ana."""
    return re.search(rf"(?<![\w@.]){re.escape(label)}(?![\w@])", text) is not None


def sides_of(
    pair: Pair, options: PlanOptions, dialect: Dialect = DATADOG, *, copy: Copy | None = None
) -> EntrySides:
    """Show a pair as base, record and target; ``copy`` is what is known of the target's."""
    link, local, remote = pair.link, pair.local, pair.remote
    missing = [row.missing_since for row in (link, *pair.intents) if row]
    return EntrySides(
        base=BaseSide(local=link.local_digest, remote=link.remote_digest) if link else None,
        local=_local_side(pair, local, dialect) if local else None,
        remote=remote.digest if remote else None,
        attempted=frozenset(intent.digest for intent in pair.intents),
        absence_believed=bool(missing) and all(map(options.believes_absence, missing)),
        ours=pair.ours,
        system=_is_a_systems(pair),
        older=_is_older(pair),
        same_text=_same_text(pair),
        copy=copy,
    )


def _same_text(pair: Pair) -> SameText | None:
    """Which side knows more, where both say the same; every record comes to the same."""
    local, remote = pair.local, pair.remote
    if local is None or remote is None or not holds_text(remote, local):
        return None
    knows_more = (not local.important, local.at) < (not remote.important, remote.at)
    return SameText.LOCAL if knows_more else SameText.REMOTE


def _local_side(pair: Pair, local: Entry, dialect: Dialect) -> LocalSide:
    digest = local_digest(local, dialect)
    # An entry of ours that was never linked counts as what the target can show of it.
    if pair.link is None and pair.remote and holds_what_it_can(pair.remote, local):
        digest = pair.remote.digest
    return LocalSide(digest=digest, deleted=local.deleted_at is not None)


def _is_a_systems(pair: Pair) -> bool:
    """Made by a system: by the target's now, or when the target last showed it."""
    if pair.remote is not None:
        return pair.remote.kind != NOTE
    kind = pair.local.kind if pair.local else NOTE
    return pair.link is not None and not pair.link.ours and kind != NOTE


def _is_older(pair: Pair) -> bool:
    if not (pair.remote and pair.link and pair.remote.id == pair.link.remote_id):
        return False
    shown, seen = pair.remote.modified, pair.link.remote_modified
    # Both are the target's own times: nothing follows from comparing them with ours.
    return shown is not None and seen is not None and shown < seen
