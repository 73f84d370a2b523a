"""What the record knows about one incident and one target, and the edits that change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from dd_incident_roles.model import Assignment, Entry, EntryKey, PersonKey, RoleKey
from dd_incident_roles.roles.ledger import (
    Close,
    Correct,
    Correction,
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    Locate,
    Open,
    PlaceLink,
    Propose,
    Statement,
)
from dd_incident_roles.sync.entries.identity import Digest
from dd_incident_roles.values import frozen


@frozen(kw_only=False, order=True)
class SingleHolderRole:
    """A role that one person at a time can hold: a register whose value is a person or nobody."""

    role: RoleKey


@frozen(kw_only=False, order=True)
class RoleMember:
    """One person in a role that several may hold: a bit that is set or not."""

    role: RoleKey
    person: PersonKey


@frozen(kw_only=False, order=True)
class IncidentResponder:
    """That a person is among the incident's responders in the target."""

    person: PersonKey


Item = SingleHolderRole | RoleMember | IncidentResponder
"""What of the roles is compared between the record and a target, one at a time."""


@frozen
class Link:
    """A base row: what both sides last agreed on for one item.

    ``holder`` is the agreed holder of a SingleHolderRole, where None means that both sides saw it
    empty; a RoleMember or IncidentResponder that both sides have carries its own person. ``via`` is
    the way in which the target showed it; a base that was seen another way says nothing about an
    absence. ``missing_since`` is when a complete listing first lacked it.
    """

    item: Item
    holder: PersonKey | None
    via: str
    remote_id: str | None = None
    missing_since: datetime | None = None


@frozen
class EntryLink:
    """A base row: what both sides held when they last agreed on one entry.

    The two digests differ where the target cannot hold all of it, such as the time of an event, or
    changed it (``altered``). ``remote_modified`` is the target's own time. ``ours`` says that our
    account wrote it in the target. ``missing_since`` is when a complete listing first lacked it.
    """

    key: EntryKey
    remote_id: str
    local_digest: Digest
    remote_digest: Digest
    remote_modified: datetime | None = None
    ours: bool = False
    altered: bool = False
    missing_since: datetime | None = None


@frozen
class Intent:
    """A write that was about to be made; it stays until a listing shows what became of it.

    ``holder`` is who the item would show afterwards: None for an emptied SingleHolderRole or a
    RoleMember taken away. An item can have several: each attempt adds one, and only linking clears
    them.
    """

    item: Item
    holder: PersonKey | None
    since: datetime


@frozen
class EntryIntent:
    """A write of an entry that was about to be made; ``digest`` is None for a deletion.

    A key can have several: each attempt adds one, and only linking or forgetting clears them.
    """

    key: EntryKey
    digest: Digest | None
    since: datetime
    missing_since: datetime | None = None


@frozen
class RoleTombstone:
    """That a person was shown in a role of the target until it changed a moment ago.

    ``seen`` is when the incident had last been modified in the reading that still showed it: a
    later reading that shows it again was made after the change, and is believed. ``since`` is when
    the change was noted here.
    """

    role: RoleKey
    person: PersonKey
    seen: datetime
    since: datetime


@frozen
class Tombstone:
    """An entry that was removed from the target, which an old listing may still show."""

    remote_id: str
    since: datetime


@frozen
class Conflict:
    """A single-holder role that was changed on both sides; the target's holder counts.

    ``wanted`` is the record's holder that gave way, None if the record had emptied the role.
    """

    role: RoleKey
    wanted: PersonKey | None
    standing: PersonKey | None
    since: datetime


class Attempt(StrEnum):
    """What a write was to do, in the words of the reports."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


FIRST_REST = timedelta(hours=1)
LONGEST_REST = timedelta(hours=24)


def rest_after(tries: int) -> timedelta:
    """How long something rests that was tried in vain: an hour, doubling up to a day."""
    # Ten doublings are far beyond the longest rest, and the number of tries has no bound.
    doubled: int = 2 ** min(max(tries, 1) - 1, 10)
    return min(LONGEST_REST, FIRST_REST * doubled)


@frozen
class RefusedWrite:
    """A write that the target declined, which rests until something about it changes.

    ``about`` names what it was about, and ``fingerprint`` is of what was wanted and what the target
    showed of it. ``role`` is None where it was about an entry, or about a mere responder.
    """

    about: str
    fingerprint: str
    attempt: Attempt
    reason: str
    hint: str | None
    first: datetime
    last: datetime
    tries: int
    role: RoleKey | None = None
    person: PersonKey | None = None
    entry: EntryKey | None = None

    @property
    def is_register(self) -> bool:
        """Whether it was about the one value of a register, which ``about`` names."""
        return self.attempt is Attempt.UPDATE and self.entry is None

    @property
    def next_try(self) -> datetime:
        """When it is sent again although nothing changed."""
        return self.last + rest_after(self.tries)

    def rests(self, now: datetime) -> bool:
        """Whether it is too early for another try; a last try in the future does not count."""
        return self.last <= now < self.next_try


@frozen
class RegisterBase:
    """A base row of a register: what both sides held when they last agreed on its one value.

    ``held`` is the record's side, such as the key of the Incident Manager, and ``shown`` the
    target's, such as a login; None where a side was empty. ``attempted`` are values that were
    about to be written and of which nobody knows whether they landed. ``overwritten`` is how often
    another program has replaced ours since the record's side last changed.
    """

    name: str
    held: str | None
    shown: str | None
    since: datetime
    attempted: tuple[str, ...] = ()
    overwritten: int = 0


Row = (
    Link
    | EntryLink
    | Intent
    | EntryIntent
    | RoleTombstone
    | Tombstone
    | Conflict
    | RefusedWrite
    | RegisterBase
)
"""What is recorded about one target, one table per class."""

Key = Item | str
"""What a row is about: an item of the roles; else the key of an entry, a remote id or a role."""


def key_of(row: Row) -> Key:
    """What a row is about: one row of its class for each, but for intents, which are sets."""
    match row:
        case Link(item=key) | Intent(item=key):
            return key
        case EntryLink(key=key) | EntryIntent(key=key):
            return key
        case RoleTombstone(role=role, person=person):
            # Of a single-holder role too: several may have given way one after another.
            return RoleMember(role, person)
        case Tombstone(remote_id=key) | Conflict(role=key) | RefusedWrite(about=key):
            return key
        case RegisterBase(name=key):
            return key


@frozen
class EntryState:
    """Everything the record holds about the entries of one incident and one target.

    ``elsewhere`` are keys seen in the target's tags that belong to other incidents of the record,
    and ``linked_elsewhere`` those that other targets of the same incident have, or may have. Of
    these ``missing_elsewhere`` are those that such a target did not show when it was last read.
    """

    entries: tuple[Entry, ...] = ()
    links: tuple[EntryLink, ...] = ()
    intents: tuple[EntryIntent, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    elsewhere: frozenset[EntryKey] = frozenset()
    linked_elsewhere: frozenset[EntryKey] = frozenset()
    missing_elsewhere: frozenset[EntryKey] = frozenset()


@frozen
class IncidentState:
    """Everything the record holds about one incident and one target, read at one moment.

    ``version`` moves with every change to the assignments or the entries and with every statement;
    an edit that names an older version is refused, so that a change made meanwhile is never
    overwritten. Handoffs, corrections, devised roles and places are the same for every target.
    """

    version: int
    assignments: tuple[Assignment, ...] = ()
    links: tuple[Link, ...] = ()
    intents: tuple[Intent, ...] = ()
    tombstones: tuple[RoleTombstone, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    refused: tuple[RefusedWrite, ...] = ()
    registers: tuple[RegisterBase, ...] = ()
    timeline: EntryState = field(default_factory=EntryState)
    handoffs: tuple[Handoff, ...] = ()
    corrections: tuple[Correction, ...] = ()
    devised: tuple[DevisedRole, ...] = ()
    places: tuple[PlaceLink, ...] = ()


@frozen
class PutEntry:
    """Write an entry, replacing the one of the same key; what it replaces goes to the archive."""

    entry: Entry


@frozen
class ArchiveEntry:
    """Take an entry out of the timeline and keep it in the archive."""

    key: EntryKey
    at: datetime


@frozen(kw_only=False)
class Put:
    """Write a row in place of the one about the same; of an intent, beside the earlier ones."""

    row: Row


@frozen(kw_only=False)
class Drop:
    """Forget every row of a kind about one thing; to have none is fine."""

    kind: type[Row]
    key: Key


@frozen(kw_only=False)
class Restore:
    """Write a row that the timeline states, replacing a row with the same id."""

    row: Assignment | Handoff | Correction


Edit = Open | Close | PutEntry | ArchiveEntry | Put | Drop | Statement | Restore
"""One change to the record; a sequence of edits is committed whole or not at all."""

Moving = Open | Close | PutEntry | ArchiveEntry | Statement | Restore
"""The edits that move the version: what people see here changes, and not only what was agreed."""


def replay(state: IncidentState, edits: Sequence[Edit]) -> IncidentState:
    """The state once some edits were committed, but for its version.

    An edit that does not fit is not an error here: the commit refuses it.
    """
    if not edits:
        return state
    state = _replay_statements(state, edits)
    held = {row.id: row for row in state.assignments}
    entries = {entry.key: entry for entry in state.timeline.entries}
    noted: dict[tuple[type[Row], Key], dict[str | None, Row]] = {}
    for row in _rows(state):
        noted.setdefault((type(row), key_of(row)), {})[_attempt_of(row)] = row
    for edit in edits:
        match edit:
            case Open(assignment=begun):
                held[begun.id] = begun
            case Close(assignment_id=name) if name in held:
                held[name] = edit.applied_to(held[name])
            case PutEntry(entry=entry):
                entries[entry.key] = entry
            case ArchiveEntry(key=key):
                entries.pop(key, None)
            case Restore(row=Assignment() as interval):
                held[interval.id] = interval
            case Put(row):
                same = noted.setdefault((type(row), key_of(row)), {})
                # What was tried again keeps its first date, by which its fate is judged.
                if not (isinstance(row, Intent) and row.holder in same):
                    same[_attempt_of(row)] = row
            case Drop(kind, about):
                # All of them: an intent is cleared only when the fate of every attempt is known.
                noted.pop((kind, about), None)
            case _:
                pass
    rows = [row for same in noted.values() for row in same.values()]
    return replace(
        state,
        assignments=tuple(held.values()),
        links=tuple(row for row in rows if isinstance(row, Link)),
        intents=tuple(row for row in rows if isinstance(row, Intent)),
        tombstones=tuple(row for row in rows if isinstance(row, RoleTombstone)),
        conflicts=tuple(row for row in rows if isinstance(row, Conflict)),
        refused=tuple(row for row in rows if isinstance(row, RefusedWrite)),
        registers=tuple(row for row in rows if isinstance(row, RegisterBase)),
        timeline=replace(
            state.timeline,
            entries=tuple(entries.values()),
            links=tuple(row for row in rows if isinstance(row, EntryLink)),
            intents=tuple(row for row in rows if isinstance(row, EntryIntent)),
            tombstones=tuple(row for row in rows if isinstance(row, Tombstone)),
        ),
    )


def says_the_same(one: IncidentState, other: IncidentState) -> bool:
    """Whether two states are the same record at one version, in whatever order its rows come."""
    return _contents(one) == _contents(other)


def _contents(state: IncidentState) -> tuple[object, ...]:
    timeline = state.timeline
    return (
        state.version,
        frozenset(state.assignments),
        frozenset(_rows(state)),
        frozenset(timeline.entries),
        timeline.linked_elsewhere,
        frozenset(state.handoffs),
        frozenset(state.corrections),
        frozenset(state.devised),
        frozenset(state.places),
    )


WHERE: Final = "where"
"""The register whose base row says which place all base rows of a target are about."""


def moved_to(state: IncidentState, where: str, now: datetime) -> tuple[Edit, ...]:
    """What makes the base rows be about this place: those of another one count nothing here.

    What another place showed would look like a change that somebody made in this one.
    """
    noted = next((row.held for row in state.registers if row.name == WHERE), None)
    if noted == where:
        return ()
    here = Put(RegisterBase(name=WHERE, held=where, shown=None, since=now))
    old = _rows(state) if noted is not None else ()
    dropped = dict.fromkeys(Drop(type(row), key_of(row)) for row in old)
    return (*dropped, here)


def _replay_statements(state: IncidentState, edits: Sequence[Edit]) -> IncidentState:
    handoffs = {each.id: each for each in state.handoffs}
    corrections = {each.id: each for each in state.corrections}
    devised = {each.key: each for each in state.devised}
    places = {each.target: each for each in state.places}
    for edit in edits:
        match edit:
            case Propose(handoff=handoff) | Restore(row=Handoff() as handoff):
                handoffs[handoff.id] = handoff
            case Decide(handoff_id=name) if name in handoffs:
                handoffs[name] = replace(
                    handoffs[name], outcome=edit.outcome, decided=edit.at, decided_by=edit.by
                )
            case Correct(correction=correction) | Restore(row=Correction() as correction):
                corrections[correction.id] = correction
            case Devise(role=role):
                devised[role.key] = role
            case Locate(place=place):
                places[place.target] = place
            case _:
                pass
    return replace(
        state,
        handoffs=tuple(handoffs.values()),
        corrections=tuple(sorted(corrections.values(), key=lambda each: (each.recorded, each.id))),
        devised=tuple(devised.values()),
        places=tuple(places.values()),
    )


def _rows(state: IncidentState) -> Iterator[Row]:
    timeline = state.timeline
    for rows in (state.links, state.intents, state.tombstones, state.conflicts, state.refused):
        yield from rows
    yield from state.registers
    for noted in (timeline.links, timeline.intents, timeline.tombstones):
        yield from noted


def _attempt_of(row: Row) -> str | None:
    """What sets two intents of one thing apart: what would be there after the write."""
    match row:
        case Intent(holder=after) | EntryIntent(digest=after):
            return after
        case _:
            return None
