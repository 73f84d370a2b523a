"""The part of a plan that one entry contributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from dd_incident_roles.model import NOTE, Entry, EntryKey
from dd_incident_roles.sync.entries.adoption import altered_notice, copy_key, taken_over
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.changes import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    UpdateEntry,
)
from dd_incident_roles.sync.entries.decide import (
    BaseSide,
    EntrySides,
    LocalSide,
    Step,
    decide_entry,
)
from dd_incident_roles.sync.entries.effects import (
    Corrected,
    EntryEffect,
    EntryNews,
    KeptBoth,
    TimelineEffect,
)
from dd_incident_roles.sync.entries.entry_plan import EntryPlan
from dd_incident_roles.sync.entries.listing import RemoteEntry
from dd_incident_roles.sync.entries.pair import Pair, holds_text, holds_what_it_can, local_digest
from dd_incident_roles.sync.role_plan import Terms
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    Put,
    PutEntry,
    Tombstone,
)


class EntryPlanner:
    """One entry with everything that its plan is made from."""

    def __init__(self, pair: Pair, terms: Terms) -> None:
        self.pair = pair
        self.key: EntryKey = pair.key
        self.local = pair.local
        self.remote = pair.remote
        self.link = pair.link
        self.terms = terms

    def plan(self) -> EntryPlan:  # noqa: PLR0912 - one row for each step of the table
        """Plan the entry by the table; beside a second copy of ours, only how that one goes.

        Nothing follows from an entry that may stand and cannot be read.
        """
        if self.pair.spares:
            return EntryPlan(writes=self._spares())
        if self.pair.unknown:
            return EntryPlan(edits=self._seen_again())
        step = decide_entry(sides_of(self.pair, self.terms))
        match step:
            case Step.NOTHING:
                return EntryPlan(edits=self._seen_again())
            case Step.CREATE:
                return self._created()
            case Step.PULL:
                return self._pulled()
            case Step.LINK:
                return self._linked()
            case Step.ADOPT_THEN_PUSH:
                return EntryPlan(edits=(self._based(),), writes=(self._update(),))
            case Step.PUSH:
                return EntryPlan(writes=(self._update(),))
            case Step.CORRECT:
                return self._corrected()
            case Step.KEEP_BOTH:
                return self._kept_both()
            case Step.DELETE_REMOTE:
                remote = self._shown()
                delete = DeleteEntry(key=self.key, remote_id=remote.id, seen=remote.digest)
                edits = () if self.link else (self._based(),)
                return EntryPlan(edits=edits, writes=(delete,))
            case Step.DELETE_LOCAL:
                return self._deleted_here()
            case Step.FORGET:
                return EntryPlan(edits=tuple(self._forgotten()))
            case Step.DOUBT:
                return EntryPlan(edits=self._doubted())
            case _:
                assert_never(step)

    def _shown(self) -> RemoteEntry:
        if self.remote is None:
            raise AssertionError("the step is only taken for an entry that the target shows")
        return self.remote

    def _wanted(self) -> Entry:
        if self.local is None:
            raise AssertionError("the step is only taken for an entry that the record has")
        return self.local

    def _link(self, remote: RemoteEntry, local: Digest, *, altered: bool = False) -> Put:
        return Put(
            EntryLink(
                key=self.key,
                remote_id=remote.id,
                local_digest=local,
                remote_digest=remote.digest,
                remote_modified=remote.modified,
                ours=self.pair.ours,
                altered=altered,
            )
        )

    def _based(self) -> Put:
        """What the target shows becomes the base of both sides: our write of it has landed."""
        remote = self._shown()
        return self._link(remote, remote.digest)

    def _cleared(self) -> tuple[Edit, ...]:
        return (Drop(EntryIntent, self.key),) if self.pair.intents else ()

    def _seen_again(self) -> tuple[Edit, ...]:
        """An entry that had been missing for a moment is there again, or another copy of it."""
        link: tuple[Edit, ...] = ()
        moved = self.link and self.remote and self.link.remote_id != self.remote.id
        if self.link and (self.link.missing_since or moved):
            link = (Put(self._moved(self.link)),)
        intents = tuple(
            Put(replace(intent, missing_since=None))
            for intent in self.pair.intents
            if intent.missing_since
        )
        return (*link, *intents)

    def _moved(self, link: EntryLink) -> EntryLink:
        """The base row on the copy that the target shows, which says what was agreed."""
        if self.remote is None or self.remote.id == link.remote_id:
            return replace(link, missing_since=None)
        return replace(
            link,
            remote_id=self.remote.id,
            remote_modified=self.remote.modified,
            ours=self.pair.ours,
            missing_since=None,
        )

    def _created(self) -> EntryPlan:
        return EntryPlan(edits=tuple(self._buried()), writes=(CreateEntry(entry=self._wanted()),))

    def _update(self) -> UpdateEntry:
        remote = self._shown()
        return UpdateEntry(entry=self._wanted(), remote_id=remote.id, seen=remote.digest)

    def _pulled(self) -> EntryPlan:
        entry, remote = taken_over(self.pair), self._shown()
        news = EntryNews.UPDATED if self.local else EntryNews.CREATED
        return EntryPlan(
            edits=(PutEntry(entry=entry), self._link(remote, remote.digest), *self._cleared()),
            effects=(EntryEffect(news=news, entry=entry),),
        )

    def _linked(self) -> EntryPlan:
        remote, local = self._shown(), self._wanted()
        altered = not holds_text(remote, local)
        link = self._link(remote, local_digest(local), altered=altered)
        new: tuple[TimelineEffect, ...] = ()
        if self.link is None:
            new = (EntryEffect(news=EntryNews.LINKED, entry=local),)
        settled = not self.pair.intents or self._fate_is_known()
        return EntryPlan(
            edits=(link, *self._cleared()) if settled else self._seen_again(),
            effects=new if settled else (),
            notices=(altered_notice(local),) if altered and self.link is None else (),
        )

    def _fate_is_known(self) -> bool:
        """Whether what was attempted has landed, or is old enough to be in every listing."""
        landed = self._shown().digest in {intent.digest for intent in self.pair.intents}
        first = self.link is None
        old = all(self.terms.is_settled(each.since) for each in self.pair.intents)
        return landed or first or old

    def _corrected(self) -> EntryPlan:
        remote, local, theirs = self._shown(), self._wanted(), taken_over(self.pair)
        note = replace(
            local,
            key=copy_key(self.key, local),
            text=f"Correction to the entry of {remote.author or 'somebody else'}: {local.text}",
            origin="cli",
            kind=NOTE,
            created=self.terms.now,
        )
        return EntryPlan(
            edits=(
                PutEntry(entry=theirs),
                PutEntry(entry=note),
                self._link(remote, remote.digest),
                *self._cleared(),
            ),
            effects=(Corrected(theirs=theirs, note=note),),
        )

    def _kept_both(self) -> EntryPlan:
        remote, local, theirs = self._shown(), self._wanted(), taken_over(self.pair)
        ours = replace(local, key=copy_key(self.key, local), origin="cli", created=self.terms.now)
        return EntryPlan(
            edits=(
                PutEntry(entry=theirs),
                PutEntry(entry=ours),
                self._link(remote, remote.digest),
                *self._cleared(),
            ),
            effects=(KeptBoth(theirs=theirs, ours=ours),),
        )

    def _deleted_here(self) -> EntryPlan:
        entry = self._wanted()
        return EntryPlan(
            edits=tuple(self._forgotten()),
            effects=(EntryEffect(news=EntryNews.DELETED, entry=entry),),
        )

    def _spares(self) -> tuple[DeleteSpare, ...]:
        return tuple(
            DeleteSpare(
                key=self.key,
                remote_id=spare.id,
                seen=spare.digest,
                stays=self._shown().id,
                link=self._moved(self.link) if self.link else None,
            )
            for spare in self.pair.spares
        )

    def _buried(self) -> Iterator[Edit]:
        """The copy that the target lost is never taken for news when an old listing shows it."""
        if self.link:
            yield Drop(EntryLink, self.key)
            tombstone = Tombstone(remote_id=self.link.remote_id, since=self.terms.now)
            yield Put(tombstone)

    def _forgotten(self) -> Iterator[Edit]:
        yield from self._buried()
        yield from self._cleared()
        if self.local:
            yield ArchiveEntry(key=self.key, at=self.terms.now)

    def _doubted(self) -> tuple[Edit, ...]:
        """Note when it was first seen to be missing, and wait for a second look."""
        now = self.terms.now
        link: tuple[Edit, ...] = ()
        if self.link and not self.terms.noted(self.link.missing_since):
            link = (Put(replace(self.link, missing_since=now)),)
        intents = tuple(
            Put(replace(intent, missing_since=now))
            for intent in self.pair.intents
            if not self.terms.noted(intent.missing_since)
        )
        return (*link, *intents)


def sides_of(pair: Pair, terms: Terms) -> EntrySides:
    """Show a pair as base, record and target."""
    link, local, remote = pair.link, pair.local, pair.remote
    return EntrySides(
        base=BaseSide(local=link.local_digest, remote=link.remote_digest) if link else None,
        local=_local_side(pair, local) if local else None,
        remote=remote.digest if remote else None,
        attempted=frozenset(intent.digest for intent in pair.intents),
        absence_believed=_absence_believed(pair, terms),
        ours=pair.ours,
        system=_is_a_systems(pair),
        older=_is_older(pair),
    )


def _local_side(pair: Pair, local: Entry) -> LocalSide:
    return LocalSide(digest=_as_shown(pair, local), deleted=local.deleted_at is not None)


def _as_shown(pair: Pair, local: Entry) -> Digest:
    """An entry of ours that was never linked counts as what the target can show of it."""
    if pair.link is None and pair.remote and holds_what_it_can(pair.remote, local):
        return pair.remote.digest
    return local_digest(local)


def _absence_believed(pair: Pair, terms: Terms) -> bool:
    since = [intent.missing_since for intent in pair.intents]
    if pair.link:
        since.append(pair.link.missing_since)
    return bool(since) and all(terms.believes_absence(moment) for moment in since)


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
    return shown is not None and seen is not None and shown < seen
