"""What was seen: incidents and people as they were last, and what runs learned and came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    select,
)

from dd_incident_roles.model import (
    Incident,
    IncidentId,
    Person,
    PersonKey,
    PersonKind,
    UserId,
    observe,
)
from dd_incident_roles.store.rows import insert_into, of_row
from dd_incident_roles.store.tables import (
    ABSENCES,
    EVIDENCE,
    INCIDENTS,
    IS_NOT_OVER,
    LEDGERS,
    OBSERVATIONS,
    PEOPLE,
    READINGS,
    RUNS,
)
from dd_incident_roles.sync.plan import PastRun
from dd_incident_roles.sync.skip import Evidence, LastReading, Lesson, with_lessons
from dd_incident_roles.values import frozen


def gone_incidents() -> Select[str]:
    """A query for the ids of the incidents that are gone or forgotten."""
    return select(ABSENCES.c.incident).where(ABSENCES.c.gone.is_not(None))


def is_here() -> ColumnElement[bool]:
    """The condition that an incident is neither gone nor forgotten."""
    return INCIDENTS.c.id.not_in(gone_incidents())


def is_not_over() -> ColumnElement[bool]:
    """The condition that an incident is open, which a few that are closed fulfil as well."""
    return literal_column(IS_NOT_OVER)


def is_news(connection: Connection, incident: Incident) -> bool:
    """Whether an incident differs from how it was last seen, or was missed since."""
    is_missed = ABSENCES.first(connection, incident=incident.id) is not None
    return is_missed or INCIDENTS.first(connection, id=incident.id) != incident


def remember_incident(connection: Connection, incident: Incident, at: datetime) -> None:
    """Keep an incident as it is seen at an instant; needs a writing transaction."""
    known = INCIDENTS.rows(connection, id=incident.id)
    first = known[0]["first_seen"] if known else at
    ABSENCES.drop(connection, [{"incident": incident.id}])
    INCIDENTS.put(connection, [INCIDENTS.row(incident, first_seen=first, last_seen=at)])
    observed = OBSERVATIONS.all(connection, incident=incident.id)
    # A clock that was set back does not put a later observation before an earlier one.
    if news := observe(incident, observed, max(at, observed[-1].at) if observed else at):
        OBSERVATIONS.add(connection, [OBSERVATIONS.row(news, incident=incident.id)])


def incidents_of(
    connection: Connection, incident_ids: Iterable[IncidentId]
) -> dict[IncidentId, Incident]:
    """Incidents as they were last seen, without those that were missed since."""
    missed = exists().where(ABSENCES.c.incident == INCIDENTS.c.id)
    found = INCIDENTS.all_of_each(connection, "id", incident_ids, ~missed)
    return {each.id: each for rows in found.values() for each in rows}


def people_known(connection: Connection, keys: Iterable[PersonKey]) -> dict[PersonKey, Person]:
    """The people who have these keys."""
    found = PEOPLE.all_of_each(connection, "key", keys)
    return {person.key: person for rows in found.values() for person in rows}


def people_with(connection: Connection, user_ids: Iterable[UserId]) -> dict[UserId, Person]:
    """The people who have these accounts in Datadog."""
    found = PEOPLE.all_of_each(connection, "user_id", user_ids)
    return {UserId(account): rows[0] for account, rows in found.items()}


def news_among(known: Mapping[PersonKey, Person], people: Iterable[Person]) -> list[Person]:
    """The people with new details, together with the details known before."""
    whole = (_together(known.get(person.key), person) for person in people)
    return [person for person in whole if person != known.get(person.key)]


def remember_person(connection: Connection, person: Person) -> None:
    """Keep a person, under one key only; needs a writing transaction."""
    if person.user_id is not None:
        other = (PEOPLE.c.user_id == person.user_id) & (PEOPLE.c.key != person.key)
        connection.execute(delete(PEOPLE.table).where(other))
    PEOPLE.put(connection, [PEOPLE.row(person)])


def _together(known: Person | None, seen: Person) -> Person:
    if known == seen:
        return seen
    # A name that was written by hand is not kept here, and so is never news.
    seen = replace(seen, shown=None)
    is_another = known and known.user_id and seen.user_id and known.user_id != seen.user_id
    if known is None or is_another:
        return seen
    # Seeing less of a person changes nothing: a reading without an e-mail removes none.
    return replace(
        seen,
        name=seen.name or known.name,
        email=seen.email or known.email,
        handle=seen.handle or known.handle,
        user_id=seen.user_id or known.user_id,
        kind=known.kind if seen.kind is PersonKind.UNKNOWN else seen.kind,
    )


@frozen
class LastReadings:
    """The last readings of a target's incidents, with the version of each that the record has."""

    of: Mapping[IncidentId, LastReading]
    versions: Mapping[IncidentId, int]


_LAST: Final = (
    select(*READINGS.table.c, LEDGERS.c.version.label("present"))
    .outerjoin_from(READINGS.table, LEDGERS, LEDGERS.c.incident == READINGS.c.incident)
    .where(READINGS.c.target == bindparam("target"))
)


def last_readings(
    connection: Connection, target: str, only: IncidentId | None = None
) -> LastReadings:
    """Every last reading, or that of one incident, in one statement for any number of them."""
    query = _LAST if only is None else _LAST.where(READINGS.c.incident == only)
    rows = connection.execute(query, {"target": target}).mappings().all()
    return LastReadings(
        of={IncidentId(row["incident"]): of_row(LastReading, row) for row in rows},
        versions={IncidentId(row["incident"]): row["present"] or 0 for row in rows},
    )


def put_readings(
    connection: Connection, target: str, readings: Mapping[IncidentId, LastReading]
) -> None:
    """Keep readings in the place of earlier ones; needs a writing transaction."""
    rows = [
        READINGS.row(reading, target=target, incident=incident)
        for incident, reading in readings.items()
    ]
    READINGS.put(connection, rows)


def learn(connection: Connection, source: str, lessons: Iterable[Lesson], at: datetime) -> None:
    """Add what a run taught to what is known by now; needs a writing transaction."""
    known = EVIDENCE.all(connection, source=source)
    after: tuple[Evidence, ...] = with_lessons(known, lessons, at=at)
    EVIDENCE.drop(connection, [{"source": source}])
    EVIDENCE.put(connection, [EVIDENCE.row(each, source=source) for each in after])


RUNS_KEPT: Final = 20
"""How many runs are remembered."""

_NUMBER: Final = RUNS.c.number
_NEXT: Final = (
    select((_NUMBER + 1) % RUNS_KEPT)
    .order_by(RUNS.c.finished.desc(), _NUMBER.desc())
    .limit(1)
    .scalar_subquery()
)


def put_run(connection: Connection, run: PastRun) -> None:
    """Remember a run in the place of the oldest, in one statement; needs a writing transaction."""
    new = insert_into(connection, RUNS.table).values(number=func.coalesce(_NEXT, 0))
    others = {each.name: new.excluded[each.name] for each in RUNS.c if each is not _NUMBER}
    put = new.on_conflict_do_update(index_elements=[_NUMBER], set_=others)
    connection.execute(put, RUNS.row(run))
