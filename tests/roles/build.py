"""Roles, intervals and commands for the tests, with only what matters said.

A place is written as ``ada`` or, in a stream, as ``ada/db``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.catalogue import Holders, NamedRole, Role, Streams
from dd_incident_roles.roles.handoffs import assign, unassign
from dd_incident_roles.roles.ledger import LedgerChange, Origin

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA, GRACE, LINUS = (PersonKey(f"{name}@corp.example") for name in ("ada", "grace", "linus"))


def minute(number: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=number)


def a_role(
    holders: Holders = Holders.ONE,
    streams: Streams = Streams.NONE,
    suggested_streams: tuple[str, ...] = (),
) -> Role:
    """A role called Pilot."""
    return Role(
        key=RoleKey("pilot"),
        title="Pilot",
        summary="Flies.",
        responsibilities=("Fly.",),
        holders=holders,
        streams=streams,
        suggested_streams=suggested_streams,
        datadog=NamedRole("Pilot"),
    )


ONE = a_role(Holders.ONE)
ONE_PER_STREAM = a_role(Holders.ONE, Streams.OPTIONAL)
MANY = a_role(Holders.MANY)
MANY_IN_STREAMS = a_role(Holders.MANY, Streams.OPTIONAL)
STREAM_NEEDED = a_role(Holders.ONE, Streams.REQUIRED, suggested_streams=("internal", "external"))
DB, NET = "database", "network"
_PEOPLE = {"ada": ADA, "grace": GRACE, "linus": LINUS}
_STREAMS = {"": None, "db": DB, "net": NET}


def held(
    person: PersonKey,
    stream: str | None = None,
    *,
    since: float = 0,
    until: float | None = None,
    role: str = "pilot",
) -> Assignment:
    """An interval that Datadog brought, named after the person and the stream."""
    return Assignment(
        id=f"{person}/{stream}/{since}",
        role=RoleKey(role),
        stream=stream,
        person=person,
        since=minute(since),
        until=None if until is None else minute(until),
        set_by="sync",
        source=Source.DATADOG,
    )


def numbered() -> Callable[[], str]:
    """Ids that never come twice: 1, 2, 3."""
    numbers = count(1)
    return lambda: str(next(numbers))


def place(text: str) -> tuple[PersonKey, str | None]:
    """The person and the stream of a place."""
    person, _, stream = text.partition("/")
    return _PEOPLE[person], _STREAMS[stream]


def rows(places: str) -> tuple[Assignment, ...]:
    """Intervals of these places that Datadog brought at the start."""
    return tuple(held(*place(each)) for each in places.split())


def places(rows: Iterable[Assignment]) -> set[str]:
    """Who holds a role in which stream."""
    people = {person: name for name, person in _PEOPLE.items()}
    streams = {stream: f"/{name}" if name else "" for name, stream in _STREAMS.items()}
    return {f"{people[row.person]}{streams[row.stream]}" for row in rows}


def origin(now: float, ids: Callable[[], str] | None = None) -> Origin:
    """Ada at the terminal, at a minute."""
    return Origin(now=minute(now), by="ada", source=Source.CLI, new_id=ids or numbered())


def give(
    before: Sequence[Assignment],
    role: Role,
    person: PersonKey,
    stream: str | None = None,
    *,
    now: float = 30,
    confirms: bool = False,
    ids: Callable[[], str] | None = None,
) -> LedgerChange:
    """Assign by Ada, at minute 30 unless said otherwise."""
    return assign(
        before,
        origin(now, ids),
        role=role,
        stream=stream,
        person=person,
        confirms=confirms,
    )


def take(
    before: Sequence[Assignment],
    role: Role,
    person: PersonKey | None = None,
    stream: str | None = None,
    *,
    now: float = 30,
) -> LedgerChange:
    """Unassign by Ada, at minute 30 unless said otherwise."""
    return unassign(before, origin(now), role=role, person=person, stream=stream)
