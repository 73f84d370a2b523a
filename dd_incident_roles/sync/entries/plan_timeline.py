"""The plan for the timeline of one incident: base, record and listing in, changes out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import assert_never

from dd_incident_roles.model import NOTE, Entry, EntryKey, Person, birthplace_of
from dd_incident_roles.sync import state as rows
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.decide import Copy, Step, decide_entry
from dd_incident_roles.sync.entries.identity import Digest, kind_of_own, without_tag
from dd_incident_roles.sync.entries.pair import (
    TOMBSTONE_GRACES,
    Pair,
    copy_key,
    correction_of,
    holds_text,
    local_digest,
    pair,
    sides_of,
    without_own_role_changes,
)
from dd_incident_roles.sync.plan import (
    Corrected,
    EntryEffect,
    EntryNews,
    EntryPlan,
    KeptBoth,
    PlanOptions,
    TimelineEffect,
)
from dd_incident_roles.words import count_of

_NAMED = 3


def plan_timeline(
    state: rows.EntryState,
    listing: targets.EntryListing,
    people: Collection[Person],
    options: PlanOptions,
) -> EntryPlan:
    """Decide everything that brings the record's timeline and one target's together.

    By the ``people`` of the incident the target's own entries about our role changes are known.
    Where the target cannot be written, its side is taken in and ours waits.
    """
    pairs = pair(
        state, listing.entries, now=options.now, grace=options.grace, complete=listing.complete
    )
    # After pairing, so that an entry which is linked already is never left out.
    if listing.dialect == targets.DATADOG:
        pairs = without_own_role_changes(pairs, people)
    else:
        pairs = tuple(each for each in pairs if _is_shared(each))
    parts = [
        _EntryPlanner(each, listing.dialect, options, state).plan()
        # What gives way first: the target's entry has one name at a time.
        for each in sorted(pairs, key=lambda each: not each.renamed)
    ]
    writes = tuple(chain.from_iterable(part.writes for part in parts))
    return EntryPlan(
        edits=(
            # No listing is old enough any more to show these.
            *(
                rows.Drop(rows.Tombstone, each.remote_id)
                for each in state.tombstones
                if options.is_settled(each.since, graces=TOMBSTONE_GRACES)
            ),
            *chain.from_iterable(part.edits for part in parts),
        ),
        effects=tuple(sorted(chain.from_iterable(part.effects for part in parts), key=_when)),
        # Additions before removals, so that being cut off leaves more and not less.
        writes=tuple(sorted(writes, key=_rank)) if listing.writable else (),
        notices=(
            *chain.from_iterable(part.notices for part in parts),
            *_notices(listing, len(writes)),
        ),
    )


def _is_shared(pair: Pair) -> bool:
    """Whether an entry is kept in agreement with a target that shows comments.

    What people wrote is, and what was once; what systems did, messages copied from a chat, and our
    own entries about roles stay where they are. So does what has our tag and came without proof of
    it: the record that wrote it brings it here itself.
    """
    if pair.remote or pair.link or pair.intents:
        return pair.remote is None or pair.remote.kind == NOTE
    return pair.local is not None and is_for_comments(pair.local)


def is_for_comments(entry: Entry) -> bool:
    """Whether an entry is what a person wrote: no copy from a chat, or of another record's."""
    is_note = entry.kind == NOTE and entry.origin not in MIRRORS
    return is_note and without_tag(entry.text).key is None


def _when(effect: TimelineEffect) -> tuple[datetime, str]:
    """By when it happened."""
    match effect:
        case EntryEffect(entry=entry) | KeptBoth(ours=entry) | Corrected(note=entry):
            return entry.at, entry.key


def _notices(listing: targets.EntryListing, planned: int) -> Iterator[str]:
    title = listing.dialect.title
    if planned and not listing.writable:
        reason = f" ({listing.reason})" if listing.reason else ""
        waiting = count_of(planned, "change waits", "changes wait")
        yield f"{title}'s timeline is read-only{reason}; {waiting} here."
    if unread := [each.id for each in listing.entries if not each.readable]:
        count = count_of(len(unread), "entry", "entries")
        named = ", ".join(unread[:_NAMED])
        yield f"{title} shows {count} of the timeline that cannot be read: {named}."
    if not listing.complete:
        yield f"{title} shows a timeline entry without an id, so no entry is treated as deleted."


def _rank(write: targets.EntryChange) -> tuple[int, str, str]:
    match write:
        case targets.CreateEntry(entry=entry):
            return 0, entry.at.isoformat(), entry.key
        case targets.UpdateEntry(entry=entry):
            return 1, entry.at.isoformat(), entry.key
        case targets.DeleteSpare() | targets.DeleteEntry():
            return 2, write.key, write.remote_id


MIRRORS = frozenset({"slack", "microsoft_teams"})
"""Sources from which the target itself copies messages; they are imported and never sent on.

Datadog copies those of two chats (unreleased specification).
"""


def pull_entry(pair: Pair, dialect: targets.Dialect = targets.DATADOG) -> Entry:
    """The target's copy as an entry of the record; what the record knew besides is kept."""
    remote, local = pair.remote, pair.local
    if remote is None:
        raise ValueError("only an entry that the target shows can be pulled")
    # Only of our own account's entries does a tag prove anything.
    signed = remote.signed if pair.ours else None
    tagged = remote.tagged if pair.ours else None
    kind, source = remote.kind, (remote.source or "").casefold()
    origin = source if source in MIRRORS else dialect.name
    if tagged is not None:
        # The target keeps ours as notes: what they are is known here, or shown by their keys.
        kind, origin = kind_of_own(tagged), birthplace_of(tagged)
    if local:
        kind, origin = local.kind if tagged is not None else kind, local.origin
    # A plain target knows nothing of when it happened, nor whether it matters.
    knows_less = dialect.is_plain and local is not None
    return Entry(
        key=pair.key,
        at=local.at if local and knows_less else remote.at,
        created=local.created if local else remote.created,
        text=remote.text,
        author=_author(pair, signed),
        important=local.important if local and knows_less else remote.important,
        kind=kind,
        origin=origin,
        statement=remote.statement if pair.ours else local.statement if local else None,
        written_by=local.written_by if local and knows_less else remote.written_by,
    )


def _author(pair: Pair, signed: str | None) -> str | None:
    """Who wrote it: by the tag of ours, by the target, or as it is recorded.

    A copy that we wrote of somebody else's entry names our account in the target, also where nobody
    knows who that was.
    """
    remote, local = pair.remote, pair.local
    known = local.author if local else None
    if pair.ours and local is not None:
        return signed or known
    return signed or (remote.author if remote else None) or known


def altered_notice(entry: Entry, title: str = "Datadog") -> str:
    """Say that the target holds something else than what was sent."""
    return (
        f"{title} shows the entry {entry.key} differently from what was written; the "
        "full text is kept here."
    )


class _EntryPlanner:
    """One entry with everything that its plan is made from."""

    def __init__(
        self, pair: Pair, dialect: targets.Dialect, options: PlanOptions, state: rows.EntryState
    ) -> None:
        self.pair = pair
        self.elsewhere = pair.key in state.linked_elsewhere
        self.missing_elsewhere = pair.key in state.missing_elsewhere
        self.dialect = dialect
        self.key: EntryKey = pair.key
        self.local = pair.local
        self.remote = pair.remote
        self.link = pair.link
        self.options = options

    def plan(self) -> EntryPlan:  # noqa: PLR0912 - one row for each step of the table
        """Plan the entry by the table; beside a second copy of ours, only how that one goes.

        Nothing follows from an entry that may exist and cannot be read.
        """
        if self.pair.spares:
            return EntryPlan(writes=tuple(self._delete_spares()))
        if self.pair.unknown:
            return EntryPlan(edits=self._see_again())
        if self.pair.renamed and self.remote is None:
            # It goes on under that one: nothing was lost in the target.
            return EntryPlan(edits=(rows.Drop(rows.EntryLink, self.key), *self._let_go()))
        sides = sides_of(self.pair, self.options, self.dialect, copy=self._copy())
        step = decide_entry(sides)
        match step:
            case Step.NO_OP:
                return EntryPlan(edits=self._see_again())
            case Step.CREATE if self._was_born_there() or self._may_be_deleted():
                return EntryPlan()
            case Step.CREATE:
                create = targets.CreateEntry(entry=self._ours())
                return EntryPlan(edits=tuple(self._bury()), writes=(create,))
            case Step.PULL:
                entry = pull_entry(self.pair, self.dialect)
                news = EntryNews.UPDATED if self.local else EntryNews.CREATED
                return EntryPlan(
                    edits=(
                        rows.PutEntry(entry=entry),
                        self._link(local_digest(entry, self.dialect)),
                        *self._clear_intents(),
                    ),
                    effects=(EntryEffect(news=news, entry=entry),),
                )
            case Step.LINK_ONLY:
                return self._link_only()
            case Step.ADOPT_THEN_PUSH:
                # The base first: if the push is lost too, both attempts can still be distinguished.
                return EntryPlan(edits=(self._adopt(),), writes=(self._update(),))
            case Step.PUSH:
                return EntryPlan(writes=(self._update(),))
            case Step.CORRECT:
                return self._keep_theirs(self._ours(), is_correction=True)
            case Step.KEEP_BOTH if self._is_copy_of_another_targets():
                return self._keep_ours()
            case Step.KEEP_BOTH:
                return self._keep_theirs(self._ours())
            case Step.DELETE_REMOTE:
                remote = self._theirs()
                delete = targets.DeleteEntry(key=self.key, remote_id=remote.id, seen=remote.digest)
                return EntryPlan(edits=() if self.link else (self._adopt(),), writes=(delete,))
            case Step.DELETE_LOCAL:
                gone = EntryEffect(news=EntryNews.DELETED, entry=self._ours())
                return EntryPlan(edits=tuple(self._forget()), effects=(gone,))
            case Step.FORGET:
                return EntryPlan(edits=tuple(self._forget()))
            case Step.AWAIT_CONFIRMATION:
                return EntryPlan(edits=tuple(self._note_absence()))
            case _:
                assert_never(step)

    def _copy(self) -> Copy | None:
        """Whether the target shows a copy as a record wrote it of what Datadog tells all of."""
        remote, options = self.remote, self.options
        if remote is None or not remote.untouched or not self.elsewhere:
            return None
        # By the tracker's clock: one that is off makes this wait for less, and for no more.
        written = options.is_settled(remote.modified or remote.created)
        return Copy.OLD if options.is_current and written else Copy.NEW

    def _was_born_there(self) -> bool:
        """Whether the target made an entry that it does not show, and that was never seen there.

        Whoever saw it there deleted it, and this record heard of it elsewhere.
        """
        return self._was_never_there() and self.key.startswith(f"{self.dialect.prefix}:")

    def _may_be_deleted(self) -> bool:
        """Whether another target lacks what was never shown here: it waits until that is sure."""
        return self._was_never_there() and self.missing_elsewhere

    def _was_never_there(self) -> bool:
        return self.link is None and not self.pair.intents

    def _theirs(self) -> targets.RemoteEntry:
        if self.remote is None:
            raise AssertionError("the step is only taken for an entry that the target shows")
        return self.remote

    def _ours(self) -> Entry:
        if self.local is None:
            raise AssertionError("the step is only taken for an entry that the record has")
        return self.local

    def _link(self, local: Digest, *, altered: bool = False) -> rows.Put:
        remote = self._theirs()
        return rows.Put(
            rows.EntryLink(
                key=self.key,
                remote_id=remote.id,
                local_digest=local,
                remote_digest=remote.digest,
                remote_modified=remote.modified,
                ours=self.pair.ours,
                altered=altered,
            )
        )

    def _adopt(self) -> rows.Put:
        """What the target shows becomes the base of both sides."""
        return self._link(self._theirs().digest)

    def _clear_intents(self) -> tuple[rows.Edit, ...]:
        return (rows.Drop(rows.EntryIntent, self.key),) if self.pair.intents else ()

    def _see_again(self) -> tuple[rows.Edit, ...]:
        """An entry that had been missing for a moment is there again, or another copy of it."""
        link: tuple[rows.Edit, ...] = ()
        moved = self.link and self.remote and self.link.remote_id != self.remote.id
        if self.link and (self.link.missing_since or moved):
            link = (rows.Put(self._move(self.link)),)
        intents = tuple(
            rows.Put(replace(intent, missing_since=None))
            for intent in self.pair.intents
            if intent.missing_since
        )
        return (*link, *intents)

    def _move(self, link: rows.EntryLink) -> rows.EntryLink:
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

    def _update(self) -> targets.UpdateEntry:
        remote = self._theirs()
        return targets.UpdateEntry(entry=self._ours(), remote_id=remote.id, seen=remote.digest)

    def _link_only(self) -> EntryPlan:
        remote, local = self._theirs(), self._ours()
        is_new = self.link is None
        altered = not holds_text(remote, local)
        is_news = altered and is_new
        notices = (altered_notice(local, self.dialect.title),) if is_news else ()
        landed = remote.digest in {intent.digest for intent in self.pair.intents}
        old = all(self.options.is_settled(each.since) for each in self.pair.intents)
        if not (is_new or landed or old):
            # What was attempted may still arrive: a listing that old says nothing about it.
            return EntryPlan(edits=self._see_again(), notices=notices)
        link = self._link(local_digest(local, self.dialect), altered=altered)
        return EntryPlan(
            edits=(link, *self._clear_intents()),
            effects=(EntryEffect(news=EntryNews.LINKED, entry=local),) if is_new else (),
            notices=notices,
        )

    def _keep_theirs(self, ours: Entry, *, is_correction: bool = False) -> EntryPlan:
        """Theirs keeps its place; ours becomes a new entry, which the next run pushes."""
        theirs = pull_entry(self.pair, self.dialect)
        key = copy_key(self.key, self._ours())
        if not self.pair.ours:
            ours = replace(ours, text=correction_of(theirs, ours.text), kind=NOTE)
        # What it states belongs to its key, under which theirs goes on.
        ours = replace(ours, key=key, origin="cli", created=self.options.now, statement=None)
        kept = KeptBoth(theirs=theirs, ours=ours)
        return EntryPlan(
            edits=(
                rows.PutEntry(entry=theirs),
                rows.PutEntry(entry=ours),
                self._link(local_digest(theirs, self.dialect)),
                *self._clear_intents(),
            ),
            effects=(Corrected(theirs=theirs, note=ours) if is_correction else kept,),
        )

    def _is_copy_of_another_targets(self) -> bool:
        """Whether the target shows our copy of what another one has.

        A record that begins anew meets the text of Datadog first, and that keeps the place.
        """
        begins_anew = self.dialect.is_plain and self.link is None
        is_copy = self._was_born_elsewhere() or begins_anew
        return self.pair.ours and self.elsewhere and is_copy

    def _was_born_elsewhere(self) -> bool:
        return birthplace_of(self.key) not in {"cli", self.dialect.name}

    def _keep_ours(self) -> EntryPlan:
        """Ours keeps its place, as the other target shows it; theirs becomes a new entry."""
        local, theirs = self._ours(), pull_entry(self.pair, self.dialect)
        new = replace(
            theirs,
            key=copy_key(self.key, theirs),
            text=correction_of(local, theirs.text) if self._was_born_elsewhere() else theirs.text,
            kind=NOTE,
            origin="cli",
            created=self.options.now,
            statement=None,
        )
        return EntryPlan(
            edits=(rows.PutEntry(entry=new), self._adopt()),
            effects=(KeptBoth(theirs=local, ours=new),),
            writes=(self._update(),),
        )

    def _delete_spares(self) -> Iterator[targets.DeleteSpare]:
        for spare in self.pair.spares:
            yield targets.DeleteSpare(
                key=self.key,
                remote_id=spare.id,
                seen=spare.digest,
                stays=self._theirs().id,
                link=self._move(self.link) if self.link else None,
            )

    def _bury(self) -> Iterator[rows.Edit]:
        """The copy that the target lost is never taken for news when an old listing shows it."""
        if self.link:
            yield rows.Drop(rows.EntryLink, self.key)
            yield rows.Put(rows.Tombstone(remote_id=self.link.remote_id, since=self.options.now))

    def _forget(self) -> Iterator[rows.Edit]:
        yield from self._bury()
        yield from self._let_go()

    def _let_go(self) -> Iterator[rows.Edit]:
        yield from self._clear_intents()
        if self.local:
            yield from archived(self.local, at=self.options.now, elsewhere=self.elsewhere)

    def _note_absence(self) -> Iterator[rows.Edit]:
        """Note when it was first seen to be missing, and wait for a second listing."""
        noted = (self.link, *self.pair.intents)
        for row in noted:
            if row and not self.options.noted(row.missing_since):
                yield rows.Put(replace(row, missing_since=self.options.now))


def archived(entry: Entry, *, at: datetime, elsewhere: bool) -> tuple[rows.Edit, ...]:
    """Take an entry out; where another target still has it, it is to be deleted there first."""
    if not elsewhere:
        return (rows.ArchiveEntry(key=entry.key, at=at),)
    return () if entry.deleted_at else (rows.PutEntry(entry=replace(entry, deleted_at=at)),)
