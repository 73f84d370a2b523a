"""People as they were last seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, delete, or_, select

from dd_incident_roles.model import Person, PersonKey, PersonKind, UserId
from dd_incident_roles.store.encoding import member_of
from dd_incident_roles.store.rows import put
from dd_incident_roles.store.tables import ASSIGNMENTS, PEOPLE


def find_person(connection: Connection, key: PersonKey) -> Person | None:
    """What is known of one person."""
    row = connection.execute(select(PEOPLE).where(PEOPLE.c.key == key)).mappings().one_or_none()
    return None if row is None else _person(row)


def person_of(connection: Connection, user_id: UserId) -> Person | None:
    """The person who has an account."""
    query = select(PEOPLE).where(PEOPLE.c.user_id == user_id).order_by(PEOPLE.c.key)
    row = connection.execute(query).mappings().first()
    return None if row is None else _person(row)


def people_called(connection: Connection, name: str) -> tuple[Person, ...]:
    """Everybody with exactly this key, e-mail, handle or account id."""
    columns = (PEOPLE.c.key, PEOPLE.c.email, PEOPLE.c.handle, PEOPLE.c.user_id)
    query = select(PEOPLE).where(or_(*(column == name for column in columns)))
    rows = connection.execute(query.order_by(PEOPLE.c.key)).mappings()
    return tuple(_person(row) for row in rows)


def has_held(connection: Connection, key: PersonKey) -> bool:
    """Whether any role was ever recorded for a person."""
    query = select(ASSIGNMENTS.c.id).where(ASSIGNMENTS.c.person == key).limit(1)
    return connection.execute(query).first() is not None


def all_people(connection: Connection) -> tuple[Person, ...]:
    """Everybody who was ever seen, by key."""
    query = select(PEOPLE).order_by(PEOPLE.c.key)
    return tuple(_person(row) for row in connection.execute(query).mappings())


def news_of(connection: Connection, people: Iterable[Person]) -> tuple[Person, ...]:
    """Those of whom something is new, with what was known of them before.

    Seeing less of a person is no news: a reading that names only a handle takes no e-mail away.
    """
    compared = [(find_person(connection, person.key), person) for person in people]
    return tuple(whole for known, seen in compared if (whole := _together(known, seen)) != known)


def remember_person(connection: Connection, person: Person) -> None:
    """Keep a person, under one key only; needs a writing transaction."""
    if person.user_id is not None:
        other = (PEOPLE.c.user_id == person.user_id) & (PEOPLE.c.key != person.key)
        connection.execute(delete(PEOPLE).where(other))
    put(
        connection,
        PEOPLE,
        {"key": person.key},
        {
            "name": person.name,
            "email": person.email,
            "handle": person.handle,
            "user_id": person.user_id,
            "kind": person.kind.value,
            "active": person.active,
        },
    )


def _together(known: Person | None, seen: Person) -> Person:
    seen = replace(seen, shown=None)
    if known is None:
        return seen
    if known.user_id and seen.user_id and known.user_id != seen.user_id:
        return seen
    return replace(
        seen,
        name=seen.name or known.name,
        email=seen.email or known.email,
        handle=seen.handle or known.handle,
        user_id=seen.user_id or known.user_id,
        kind=known.kind if seen.kind is PersonKind.UNKNOWN else seen.kind,
    )


def _person(row: RowMapping) -> Person:
    return Person(
        key=PersonKey(row["key"]),
        name=row["name"],
        email=row["email"],
        handle=row["handle"],
        user_id=None if row["user_id"] is None else UserId(row["user_id"]),
        kind=member_of(PersonKind, row["kind"]),
        active=row["active"],
    )
