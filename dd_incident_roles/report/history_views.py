"""What the reports show of a history, as values with the names of people in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.history.durations import Durations
from dd_incident_roles.history.gaps import Gap
from dd_incident_roles.history.held import Basis, Held, SeenIn, only_name
from dd_incident_roles.history.history import History
from dd_incident_roles.history.overlaps import Overlap
from dd_incident_roles.model import Incident, Person, PersonKey, RoleKey

People = Callable[[PersonKey], Person]
"""What is known of a person, if only the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """One stretch in which somebody held a role; ``length`` is how long it lasted in the incident.

    ``since`` is None for since the declaration or earlier, ``until`` None for still.
    """

    role: RoleKey
    title: str
    stream: str | None
    holder: Person
    since: datetime | None
    until: datetime | None
    length: timedelta
    set_by: str | None
    ended_by: str | None
    seen_in: SeenIn
    basis: Basis
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """One stretch in which a role was required and nobody is known to have held it.

    ``until`` is None where it lasts still. ``watched`` is False before the record first looked.
    """

    gap: Gap
    title: str
    until: datetime | None
    watched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapRow:
    """Several people at once in what one person at a time is to hold."""

    overlap: Overlap
    title: str
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """The history of one incident, or who held what at one moment: then without durations.

    ``recorded`` are the rows as they were before anybody corrected them. ``titles`` are what the
    roles are called, ``people`` those that the durations speak of.
    """

    incident: Incident
    only: RoleKey | None
    at: datetime | None
    first_seen: datetime | None
    rows: tuple[HeldRow, ...]
    recorded: tuple[HeldRow, ...]
    gaps: tuple[GapRow, ...]
    overlaps: tuple[OverlapRow, ...]
    durations: Durations | None
    titles: Mapping[RoleKey, str]
    people: Mapping[PersonKey, Person]
    notices: tuple[str, ...] = ()


def history_view(
    history: History,
    people: People,
    *,
    at: datetime | None = None,
    notices: tuple[str, ...] = (),
) -> HistoryView:
    """Name the people and roles of a history, as a whole or at one moment."""
    return _Naming(history, people).view(at, notices)


class _Naming:
    def __init__(self, history: History, people: People) -> None:
        self.history = history
        self.people = people

    def view(self, at: datetime | None, notices: tuple[str, ...]) -> HistoryView:
        """Everything, or what was so at a moment."""
        history = self.history
        durations = history.durations if at is None else None
        return HistoryView(
            incident=history.incident,
            only=history.only,
            at=at,
            first_seen=history.first_seen,
            rows=self.rows(history.rows, at),
            recorded=self.rows(history.recorded, at),
            gaps=tuple(self.gaps(at)),
            overlaps=tuple(self.overlaps(at)),
            durations=durations,
            titles={role.key: role.title for role in history.catalogue.roles},
            people={
                total.person: self.person(total.person)
                for total in (durations.totals if durations else ())
            },
            notices=notices,
        )

    def rows(self, rows: Iterable[Held], at: datetime | None) -> tuple[HeldRow, ...]:
        return tuple(self.row(row) for row in rows if at is None or row.holds_at(at))

    def row(self, row: Held) -> HeldRow:
        life = self.history.life
        since, until = row.since or life.began, row.until or life.ended
        return HeldRow(
            role=row.role,
            title=self.title(row.role),
            stream=row.stream,
            holder=self.person(row.person),
            since=row.since,
            until=row.until,
            length=max(until - since, timedelta()),
            set_by=self.doer(row.set_by, row.basis),
            ended_by=self.doer(row.ended_by, row.basis),
            seen_in=row.seen_in,
            basis=row.basis,
            reason=row.reason,
        )

    def gaps(self, at: datetime | None) -> Iterator[GapRow]:
        gaps = self.history.gaps
        for gap, watched in (
            *((each, True) for each in gaps.seen),
            *((each, False) for each in gaps.unwatched),
        ):
            if at is not None and not gap.stretch.began <= at < gap.stretch.ended:
                continue
            lasts = self.history.incident.is_open and gap.stretch.ended == self.history.life.ended
            yield GapRow(
                gap=gap,
                title=self.title(gap.role),
                until=None if lasts else gap.stretch.ended,
                watched=watched,
            )

    def overlaps(self, at: datetime | None) -> Iterator[OverlapRow]:
        for overlap in self.history.overlaps:
            if at is None or overlap.holds_at(at):
                people = tuple(self.person(each) for each in overlap.people)
                yield OverlapRow(overlap=overlap, title=self.title(overlap.role), people=people)

    def title(self, role: RoleKey) -> str:
        catalogue = self.history.catalogue
        return catalogue.role(role).title if catalogue.has(role) else role

    def person(self, key: PersonKey) -> Person:
        name = only_name(key)
        return self.people(key) if name is None else Person(key=key, name=name)

    def doer(self, who: str | None, basis: Basis) -> str | None:
        """Who set or ended something; an entry names its author already as people know them."""
        if who is None or basis is Basis.INFERRED:
            return who
        return self.people(PersonKey(who)).label
