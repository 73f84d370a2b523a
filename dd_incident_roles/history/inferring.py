"""Who held which role before the record first looked, from what Datadog noted by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dd_incident_roles.history.cutting import outside
from dd_incident_roles.history.held import Basis, Held, SeenIn
from dd_incident_roles.history.told import Told, told
from dd_incident_roles.model import Entry, Person, PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import Catalogue, Role

SAME_LOOK = timedelta(minutes=5)
"""How long one look can take: what it finds is recorded a little after it began."""


def infer(
    entries: Iterable[Entry],
    people: Collection[Person],
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
    seats: dict[RoleKey, _Seats] = {}
    for heard, entry in _heard(entries, people, catalogue):
        if looked is None or entry.at < looked:
            seats.setdefault(heard.role.key, _Seats(heard.role)).hear(heard, entry)
    return tuple(
        part
        for each in seats.values()
        for row in each.until_the_look(looked, recorded)
        for part in _unrecorded(row, each.role, recorded)
    )


def _heard(
    entries: Iterable[Entry], people: Collection[Person], catalogue: Catalogue
) -> Iterator[tuple[Told, Entry]]:
    """What is told, by when it happened; what was noted twice of one instant counts once."""
    noted = set()
    for entry in sorted(entries, key=lambda each: (each.at, each.created, each.key)):
        heard = told(entry, people, catalogue)
        if heard is None:
            continue
        change = (entry.at, heard.role.key, heard.before, heard.after)
        if change not in noted:
            noted.add(change)
            yield heard, entry


class _Seats:
    """Who holds one role, as far as the entries have told."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self._open: dict[PersonKey, Held] = {}
        self._ended: list[Held] = []
        self._heard_of: set[PersonKey] = set()

    def hear(self, change: Told, entry: Entry) -> None:
        """Follow one entry."""
        for person in change.before:
            if not self._is_known(person):
                self._begin(person, since=None, set_by=None)
        gone = tuple(self._open) if self.role.is_single else change.before
        for person in gone:
            if person not in change.after:
                self._end(person, entry)
        for person in change.after:
            if person not in self._open:
                self._give_way(entry)
                self._begin(person, since=entry.at, set_by=entry.author)
        self._heard_of.update(change.before, change.after)

    def until_the_look(self, looked: datetime | None, recorded: Sequence[Held]) -> Iterator[Held]:
        """Everything that was told, up to where the record begins to tell."""
        yield from self._ended
        for row in self._open.values():
            yield _until(row, _continued(row, looked, recorded), ended_by=None)

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

    def _give_way(self, entry: Entry) -> None:
        if self.role.is_single:
            for person in tuple(self._open):
                self._end(person, entry)

    def _end(self, person: PersonKey, entry: Entry) -> None:
        if row := self._open.pop(person, None):
            self._ended.append(_until(row, entry.at, ended_by=entry.author))


def _until(row: Held, until: datetime | None, *, ended_by: str | None) -> Held:
    return replace(row, until=until, ended_by=ended_by)


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
