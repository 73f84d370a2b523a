"""The history of one incident: who held what when, what lacked, and how long it all took."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from dd_incident_roles.history import figures
from dd_incident_roles.history.held import (
    NOBODY,
    Basis,
    Held,
    SeenIn,
    known_by_name,
    outside,
    recorded,
)
from dd_incident_roles.model import Entry, Incident, Person, PersonKey, RoleKey
from dd_incident_roles.policy.clock import Stretch, lifetime
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Catalogue, NamedRole, Role, folded
from dd_incident_roles.roles.statements import Correction
from dd_incident_roles.sync.entries.identity import ROLE_CHANGE
from dd_incident_roles.values import frozen

Called = Mapping[str, Set[PersonKey]]
"""Who is called so, by names and addresses in lower case."""


@frozen
class History:
    """Everything that is known of the roles of one incident.

    ``rows`` are what stands, role by role in the order of the catalogue and oldest first, and
    ``recorded`` is the same before any correction. ``shown`` are the rows with those of NOBODY.
    ``life`` is from the declaration to the end of
    the incident, or now. ``only`` is the one role that the history is about, if it is about one.
    """

    incident: Incident
    catalogue: Catalogue
    only: RoleKey | None
    first_seen: datetime | None
    life: Stretch
    rows: tuple[Held, ...]
    shown: tuple[Held, ...]
    recorded: tuple[Held, ...]
    gaps: figures.Gaps
    overlaps: tuple[figures.Overlap, ...]
    durations: figures.Durations

    def at(self, moment: datetime) -> tuple[Held, ...]:
        """Who held what at a moment."""
        return tuple(row for row in self.rows if row.holds_at(moment))


def history_of(
    facts: Facts,
    *,
    entries: Iterable[Entry],
    people: Collection[Person],
    corrections: Iterable[Correction],
    now: datetime,
    only: RoleKey | None = None,
) -> History:
    """The history of an incident from what the record holds of it, of one role if one is named.

    ``facts`` bring the incident, the catalogue, the observations, the intervals and the first look;
    the rest of them is not looked at. ``corrections`` are in the order in which they were recorded.
    """
    asked = _about(facts, now, only)
    order = _order(facts)
    before = _before(facts, entries, called_by_name(people), only)
    shown = _shown(before, corrections, order, only)
    rows = _standing(shown)
    life = lifetime(asked, now)
    return History(
        incident=facts.incident,
        catalogue=facts.catalogue,
        only=only,
        first_seen=facts.watched_since,
        life=life,
        rows=rows,
        shown=shown,
        recorded=_ordered(before, order),
        gaps=figures.gaps_of(figures.with_history(asked, rows), now),
        overlaps=figures.overlaps_of(rows, asked.catalogue),
        durations=figures.durations_of(asked, shown, life, now),
    )


def rows_of(
    facts: Facts,
    *,
    entries: Iterable[Entry],
    called: Called,
    corrections: Iterable[Correction],
) -> tuple[Held, ...]:
    """The rows of the history alone, without the gaps and durations that take most of its time."""
    before = _before(facts, entries, called, None)
    return _standing(_shown(before, corrections, _order(facts), None))


def _order(facts: Facts) -> dict[RoleKey, int]:
    return {role.key: place for place, role in enumerate(facts.catalogue.roles)}


def _before(
    facts: Facts, entries: Iterable[Entry], called: Called, only: RoleKey | None
) -> tuple[Held, ...]:
    """What the entries and the record tell, before any correction."""
    known = recorded(facts.intervals)
    inferred = infer(
        entries, called, facts.catalogue, first_seen=facts.watched_since, recorded=known
    )
    return tuple(row for row in (*inferred, *known) if only in {None, row.role})


def _shown(
    before: Iterable[Held],
    corrections: Iterable[Correction],
    order: dict[RoleKey, int],
    only: RoleKey | None,
) -> tuple[Held, ...]:
    meant = tuple(each for each in corrections if only in {None, each.role})
    return _ordered(corrected(before, meant), order)


def _standing(shown: Iterable[Held]) -> tuple[Held, ...]:
    return tuple(row for row in shown if row.person != NOBODY)


def _about(facts: Facts, now: datetime, only: RoleKey | None) -> Facts:
    """The facts of an incident that ends now if it is open, with no role but the one asked for."""
    incident = facts.incident
    roles = tuple(role for role in facts.catalogue.roles if only in {None, role.key})
    return replace(
        facts,
        # A gap that lasts is measured up to now, as one of a closed incident up to its end.
        incident=replace(incident, resolved=now) if incident.is_open else incident,
        catalogue=replace(facts.catalogue, roles=roles),
    )


def _ordered(rows: Iterable[Held], order: dict[RoleKey, int]) -> tuple[Held, ...]:
    def place(row: Held) -> tuple[int, str, str, bool, float, str]:
        since = row.since
        return (
            # A role that left the catalogue since comes last.
            order.get(row.role, len(order)),
            row.role,
            row.stream or "",
            since is not None,
            since.timestamp() if since else 0.0,
            row.person,
        )

    return tuple(sorted(rows, key=place))


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
