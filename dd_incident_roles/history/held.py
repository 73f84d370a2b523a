"""Who held a role when, and how that is known: recorded, told by entries of Datadog, corrected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from dd_incident_roles.model import Assignment, Entry, Person, PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import Catalogue, Holders, NamedRole, Role, Streams, folded
from dd_incident_roles.roles.ledger import Correction
from dd_incident_roles.sync.entries.identity import ROLE_CHANGE
from dd_incident_roles.values import frozen

_NAMED = "name:"


class Basis(StrEnum):
    """How it is known that somebody held a role."""

    RECORDED = "recorded"
    INFERRED = "inferred"
    CORRECTED = "corrected"


class SeenIn(StrEnum):
    """Where it was seen that somebody held a role."""

    CLI = "cli"
    DATADOG = "datadog"
    TIMELINE = "datadog_timeline"


@frozen
class Lasting:
    """Something from a moment to another, which is no longer part of it.

    ``since`` is None for since the declaration or earlier, ``until`` None for still.
    """

    since: datetime | None
    until: datetime | None

    def holds_at(self, moment: datetime) -> bool:
        """Whether it was so at a moment."""
        has_begun = self.since is None or self.since <= moment
        return has_begun and (self.until is None or moment < self.until)


@frozen
class Held(Lasting):
    """That a person held a role.

    ``since`` is None where it is only known that they held it since the declaration or earlier, and
    ``until`` is None where they hold it still. ``reason`` is that of a correction. One that ends
    when it begins stays as a row, and holds at no moment. ``is_rest`` says that it is what another
    stretch left of a longer one, so that ``since`` is known, whoever saw the longer one begin.
    """

    role: RoleKey
    stream: str | None
    person: PersonKey
    set_by: str | None
    seen_in: SeenIn
    basis: Basis
    ended_by: str | None = None
    reason: str | None = None
    is_rest: bool = False

    @property
    def is_first_look(self) -> bool:
        """Whether ``since`` is when Datadog was first seen to show it, and not when it began."""
        is_seen = self.basis is Basis.RECORDED and self.seen_in is SeenIn.DATADOG
        return is_seen and not self.is_rest

    @property
    def is_empty(self) -> bool:
        """Whether it ends when it begins."""
        return self.since is not None and self.until is not None and self.until <= self.since


def recorded(assignments: Iterable[Assignment]) -> tuple[Held, ...]:
    """The intervals of the record as stretches of its history."""
    return tuple(
        Held(
            role=row.role,
            stream=row.stream,
            person=row.person,
            since=row.since,
            until=row.until,
            set_by=row.set_by,
            ended_by=row.ended_by,
            seen_in=SeenIn.CLI if row.source.is_wish else SeenIn.DATADOG,
            basis=Basis.RECORDED,
        )
        for row in assignments
    )


def known_by_name(name: str) -> PersonKey:
    """The key of somebody of whom nothing but a name is known."""
    return PersonKey(f"{_NAMED}{name}")


NOBODY = known_by_name("nobody")
"""Who holds a role in a stretch of which a correction says that nobody did."""


def only_name(person: PersonKey) -> str | None:
    """The name of somebody of whom nothing else is known, None for everybody else."""
    return person.removeprefix(_NAMED) if person.startswith(_NAMED) else None


def outside(
    row: Held, since: datetime, until: datetime | None, *, ended_by: str | None
) -> Iterator[Held]:
    """The parts of a row that lie before and after a stretch; the whole row where they never meet.

    ``until`` is None where the stretch lasts; ``ended_by`` is who is said to have ended the part
    before it.
    """
    begins_in_time = until is None or row.since is None or row.since < until
    ends_in_time = row.until is None or since < row.until
    # A stretch without length takes nothing from anybody.
    is_some = until is None or since < until
    if not (is_some and begins_in_time and ends_in_time):
        yield row
        return
    if row.since is None or row.since < since:
        yield replace(row, until=since, ended_by=ended_by)
    if until is not None and (row.until is None or until < row.until):
        yield replace(row, since=until, is_rest=True)


@frozen
class Overlap(Lasting):
    """That several people held a role for one, or one of its streams, at once."""

    role: RoleKey
    stream: str | None
    people: tuple[PersonKey, ...]


def overlaps_of(rows: Sequence[Held], catalogue: Catalogue) -> tuple[Overlap, ...]:
    """Every overlap, role by role and oldest first; each lasts as long as the same people do."""
    return tuple(
        overlap
        for role in catalogue.roles
        if role.holders is Holders.ONE
        for stream, own in places(role, rows).items()
        for overlap in _of_place(role.key, stream, own)
    )


def places(role: Role, rows: Iterable[Held]) -> dict[str | None, list[Held]]:
    """The rows of a role by stream, together for a role without streams; empty rows left out."""
    found: dict[str | None, list[Held]] = {}
    for row in rows:
        if row.role == role.key and not row.is_empty:
            stream = None if role.streams is Streams.NONE else row.stream
            found.setdefault(stream, []).append(row)
    return found


def _of_place(role: RoleKey, stream: str | None, rows: Sequence[Held]) -> Iterator[Overlap]:
    open_one: Overlap | None = None
    for since, until in _pieces(rows):
        people = tuple(dict.fromkeys(row.person for row in rows if _spans(row, since, until)))
        # By the set: the same people can come in another order when one of them had two rows.
        if open_one and set(people) == set(open_one.people):
            open_one = replace(open_one, until=until)
            continue
        if open_one:
            yield open_one
        open_one = None
        if len(people) > 1:
            open_one = Overlap(role=role, stream=stream, people=people, since=since, until=until)
    if open_one:
        yield open_one


def _pieces(rows: Iterable[Held]) -> Iterator[tuple[datetime | None, datetime | None]]:
    """The time between each change and the next, from before the first to after the last."""
    changes = {moment for row in rows for moment in (row.since, row.until) if moment is not None}
    ordered = sorted(changes)
    yield from zip([None, *ordered], [*ordered, None], strict=True)


def _spans(row: Held, since: datetime | None, until: datetime | None) -> bool:
    """Whether a row lasts through a piece between two changes."""
    has_begun = row.since is None or (since is not None and row.since <= since)
    return has_begun and (row.until is None or (until is not None and until <= row.until))


Called = Mapping[str, Set[PersonKey]]
"""Who is called so, by names and addresses in lower case."""


def corrected(held: Iterable[Held], corrections: Iterable[Correction]) -> tuple[Held, ...]:
    """Let each correction stand in its stretch, in place of whoever had the role and stream there.

    The corrections are in the order in which they were recorded, and a later one stands over an
    earlier one. A correction without a stream speaks of nobody who held the role in one. That
    nobody held the role is a row of NOBODY.
    """
    rows = tuple(held)
    for correction in corrections:
        parts: list[Held] = []
        for row in rows:
            if (row.role, row.stream) == (correction.role, correction.stream):
                by = correction.set_by
                parts += outside(row, correction.since, correction.until, ended_by=by)
            else:
                parts.append(row)
        rows = (*parts, *_stated(correction))
    return rows


def _stated(correction: Correction) -> Iterator[Held]:
    if correction.since < correction.until:
        yield Held(
            role=correction.role,
            stream=correction.stream,
            person=correction.person or NOBODY,
            since=correction.since,
            until=correction.until,
            set_by=correction.set_by,
            ended_by=correction.set_by,
            seen_in=SeenIn.CLI,
            basis=Basis.CORRECTED,
            reason=correction.reason,
        )


SAME_LOOK = timedelta(minutes=5)
"""How long one look can take: what it finds is recorded a little after it began."""


def infer(
    entries: Iterable[Entry],
    called: Called,
    catalogue: Catalogue,
    *,
    first_seen: datetime | None,
    recorded: Sequence[Held],
) -> tuple[Held, ...]:
    """The stretches before the first look that Datadog's entries tell of, and the record does not.

    Whoever lost a role that nothing is told of before had it since the declaration or earlier.
    Whoever had it when the record first looked had it until the record says so itself. Where the
    first look is not known, the first interval of the record stands for it.
    """
    looked = first_seen or min((row.since for row in recorded if row.since), default=None)
    holders: dict[RoleKey, _HoldersFromEntries] = {}
    for heard, entry in _heard(entries, called, catalogue):
        if looked is None or entry.at < looked:
            holders.setdefault(heard.role.key, _HoldersFromEntries(heard.role)).hear(heard, entry)
    return tuple(
        part
        for each in holders.values()
        for row in each.rows(looked, recorded)
        for part in _unrecorded(row, each.role, recorded)
    )


def _heard(
    entries: Iterable[Entry], called: Called, catalogue: Catalogue
) -> Iterator[tuple[RoleNote, Entry]]:
    """What is told, by when it happened; what was noted twice of one instant counts once."""
    noted = set()
    # Entries of one instant are told in the order in which Datadog wrote them down.
    for entry in sorted(entries, key=lambda each: (each.at, each.created, each.key)):
        heard = read_note(entry, called, catalogue)
        if heard is None:
            continue
        change = (entry.at, heard.role.key, heard.before, heard.after)
        if change not in noted:
            noted.add(change)
            yield heard, entry


class _HoldersFromEntries:
    """Who holds one role, as far as the entries have told."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self._open: dict[PersonKey, Held] = {}
        self._ended: list[Held] = []
        self._heard_of: set[PersonKey] = set()

    def hear(self, change: RoleNote, entry: Entry) -> None:
        """Follow one entry."""
        for person in change.before:
            if not self._is_known(person):
                self._begin(person, since=None, set_by=None)
        # Whatever name stood before the arrow: where one person holds a role, nobody stays in it.
        gone = tuple(self._open) if self.role.is_single else change.before
        for person in gone:
            if person not in change.after:
                self._end(person, entry)
        for person in change.after:
            if person not in self._open:
                # An entry can name several people for a role of one holder; the last one has it.
                for former in tuple(self._open) if self.role.is_single else ():
                    self._end(former, entry)
                self._begin(person, since=entry.at, set_by=entry.author)
        self._heard_of.update(change.before, change.after)

    def rows(self, looked: datetime | None, recorded: Sequence[Held]) -> Iterator[Held]:
        """Everything that was told, up to where the record begins to tell."""
        yield from self._ended
        for row in self._open.values():
            yield replace(row, until=_continued(row, looked, recorded), ended_by=None)

    def _is_known(self, person: PersonKey) -> bool:
        """Whether an earlier entry tells whether somebody had the role."""
        if self.role.is_single:
            return bool(self._heard_of or self._open)
        return person in self._heard_of

    def _begin(self, person: PersonKey, *, since: datetime | None, set_by: str | None) -> None:
        self._open[person] = Held(
            role=self.role.key,
            stream=None,
            person=person,
            since=since,
            until=None,
            set_by=set_by,
            seen_in=SeenIn.TIMELINE,
            basis=Basis.INFERRED,
        )

    def _end(self, person: PersonKey, entry: Entry) -> None:
        if row := self._open.pop(person, None):
            self._ended.append(replace(row, until=entry.at, ended_by=entry.author))


def _continued(row: Held, looked: datetime | None, recorded: Sequence[Held]) -> datetime | None:
    """When the record goes on with a stretch: when it first looked, or just after."""
    if looked is None:
        return None
    begun = (
        each.since
        for each in recorded
        if (each.role, each.person) == (row.role, row.person) and each.since is not None
    )
    return min((since for since in begun if looked <= since <= looked + SAME_LOOK), default=looked)


def _unrecorded(row: Held, role: Role, recorded: Sequence[Held]) -> Iterator[Held]:
    """What the record does not tell itself, of this person or, for a single role, of anybody."""
    parts = [row]
    for other in recorded:
        is_about = other.role == row.role and (role.is_single or other.person == row.person)
        if is_about and other.since is not None:
            since, until = other.since, other.until
            parts = [part for each in parts for part in outside(each, since, until, ended_by=None)]
    yield from parts


_ARROW = "\u2192"
_NOBODY = "nobody"
_WITH_ACTION = re.compile(r"(?P<people>.+?)\s*\((?P<action>[^()]+)\)")
_GIVING = frozenset({"added", "assigned", "changed", "created", "given", "set", "updated"})
_TAKING = frozenset({"cleared", "deleted", "removed", "revoked", "taken", "unassigned"})
_ANY_RESPONDER = "responder"
"""Datadog's reserved role of everybody who responds (document), whatever a catalogue calls so."""


@frozen
class RoleNote:
    """Who is said to have held a role before a change, and who after it."""

    role: Role
    before: tuple[PersonKey, ...]
    after: tuple[PersonKey, ...]


def read_note(entry: Entry, called: Called, catalogue: Catalogue) -> RoleNote | None:
    """Read an entry; None where it is not one of Datadog's own about a role of the catalogue.

    The texts are those that entries of a system are given when they are read from Datadog, such as
    ``Tech Lead: Dan → nobody`` and ``Tech Lead: Eve (assigned)``.
    """
    is_datadogs = entry.kind == ROLE_CHANGE and entry.origin == "datadog"
    if not is_datadogs or entry.deleted_at is not None:
        return None
    for role, change in _readings(entry.text, catalogue):
        if _ARROW in change:
            was, _, now = change.partition(_ARROW)
            return RoleNote(role=role, before=_named(was, called), after=_named(now, called))
        said, is_taken = _acted(change)
        who = _named(said, called)
        return RoleNote(role=role, before=who if is_taken else (), after=() if is_taken else who)
    return None


def _readings(text: str, catalogue: Catalogue) -> Iterator[tuple[Role, str]]:
    """Each way to part a text into a role and what became of it; a title may hold a colon."""
    for colon in re.finditer(":", text):
        if role := _role(text[: colon.start()], catalogue):
            yield role, text[colon.end() :]


def _role(name: str, catalogue: Catalogue) -> Role | None:
    wanted = folded(name)
    in_datadog = [
        role
        for role in catalogue.roles
        if isinstance(role.datadog, NamedRole) and folded(role.datadog.name) == wanted
    ]
    if in_datadog or wanted == _ANY_RESPONDER:
        return next(iter(in_datadog), None)
    return next(
        (role for role in catalogue.roles if wanted in {folded(each) for each in role.names}), None
    )


def _acted(change: str) -> tuple[str, bool]:
    """The people of a change, and whether the role was taken from them."""
    found = _WITH_ACTION.fullmatch(change.strip())
    action = found["action"].strip().casefold() if found else ""
    if found and action in _GIVING | _TAKING:
        return found["people"], action in _TAKING
    return change, False


def _named(said: str, called: Called) -> tuple[PersonKey, ...]:
    """The people of a list of names; a name that fits nobody, or several, stays a name."""
    # A name can have a comma in it, so the whole is tried before its parts.
    whole = said.strip()
    if known := _known(whole, called):
        return (known,)
    names = (name.strip() for name in whole.split(","))
    return tuple(
        dict.fromkeys(
            _known(name, called) or known_by_name(name)
            for name in names
            if name and name.casefold() != _NOBODY
        )
    )


def _known(name: str, called: Called) -> PersonKey | None:
    fitting = called.get(name.casefold(), frozenset())
    # Of two people of one name, neither is picked.
    return next(iter(fitting)) if len(fitting) == 1 else None


def called_by_name(people: Iterable[Person]) -> Called:
    """Who is called so, by every name and address that somebody has, in lower case."""
    called: dict[str, set[PersonKey]] = {}
    for person in people:
        for each in (person.name, person.shown, person.email, person.handle):
            if each:
                called.setdefault(each.casefold(), set()).add(person.key)
    return called
