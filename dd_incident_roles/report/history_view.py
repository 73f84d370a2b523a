"""The history of an incident as its document: with the names of people and roles in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.history.durations import Durations
from dd_incident_roles.history.held import Basis, only_name
from dd_incident_roles.history.held import Held as HeldInterval
from dd_incident_roles.history.history import History as Traced
from dd_incident_roles.model import Person, PersonKey, RoleKey
from dd_incident_roles.report.documents import history as document
from dd_incident_roles.report.documents.history import Gap, Held, History, Overlap


def history_document(
    history: Traced,
    people: Callable[[PersonKey], Person],
    *,
    at: datetime | None = None,
    notices: tuple[str, ...] = (),
) -> History:
    """A history as a whole, or at one moment: then without durations.

    ``people`` gives what is known of a person, if only the key.
    """
    names = _Names(history=history, people=people)
    incident, durations = history.incident, history.durations if at is None else None
    return History(
        incident=incident.id,
        public_id=incident.public_id,
        incident_title=incident.title,
        declared=incident.declared,
        first_seen=history.first_seen,
        role=history.only,
        at=at,
        rows=tuple(names.held(row) for row in history.rows if at is None or row.holds_at(at)),
        recorded=tuple(
            names.held(row) for row in history.recorded if at is None or row.holds_at(at)
        ),
        gaps=tuple(names.gaps(at)),
        overlaps=tuple(
            Overlap(
                role=each.role,
                title=names.title(each.role),
                stream=each.stream,
                people=tuple(map(names.person, each.people)),
                since=each.since,
                until=each.until,
            )
            for each in history.overlaps
            if at is None or each.holds_at(at)
        ),
        durations=None if durations is None else names.durations(durations),
        notices=notices,
        titles={role.key: role.title for role in history.catalogue.roles},
        is_open=incident.is_open,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """A history, and how the people and roles in it are called."""

    history: Traced
    people: Callable[[PersonKey], Person]

    def held(self, row: HeldInterval) -> Held:
        life = self.history.life
        length = (row.until or life.ended) - (row.since or life.began)
        return Held(
            role=row.role,
            title=self.title(row.role),
            stream=row.stream,
            holder=self.person(row.person),
            since=row.since,
            until=row.until,
            seconds=max(length, timedelta()).total_seconds(),
            set_by=self._doer(row.set_by, row.basis),
            ended_by=self._doer(row.ended_by, row.basis),
            seen_in=row.seen_in,
            basis=row.basis,
            reason=row.reason,
        )

    def gaps(self, at: datetime | None) -> Iterator[Gap]:
        gaps, life = self.history.gaps, self.history.life
        watched = [(gap, True) for gap in gaps.seen] + [(gap, False) for gap in gaps.unwatched]
        for gap, is_watched in watched:
            stretch = gap.stretch
            if at is None or stretch.began <= at < stretch.ended:
                lasts = self.history.incident.is_open and stretch.ended == life.ended
                yield Gap(
                    role=gap.role,
                    title=self.title(gap.role),
                    since=stretch.began,
                    until=None if lasts else stretch.ended,
                    seconds=stretch.length.total_seconds(),
                    allowed_seconds=gap.requirement.after.total_seconds(),
                    level=gap.requirement.level,
                    too_long=gap.is_too_long,
                    sure=gap.is_sure,
                    watched=is_watched,
                )

    def durations(self, durations: Durations) -> document.Durations:
        return document.Durations.model_validate(
            {
                "incident_manager_after": durations.wait,
                "coverage": durations.coverage,
                "handoffs": durations.handoffs,
                "people": [
                    {"person": self.person(each.person), "seconds": each.length}
                    for each in durations.totals
                ],
            }
        )

    def title(self, role: RoleKey) -> str:
        catalogue = self.history.catalogue
        return catalogue.role(role).title if catalogue.has(role) else role

    def person(self, key: PersonKey) -> document.Person:
        name = only_name(key)
        known = self.people(key) if name is None else Person(key=key, name=name)
        return document.Person(name=known.label, email=known.email)

    def _doer(self, who: str | None, basis: Basis) -> str | None:
        # An entry of Datadog names its author already as people know them.
        if who is None or basis is Basis.INFERRED:
            return who
        return self.people(PersonKey(who)).label
