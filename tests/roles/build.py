"""Roles and intervals for the tests, with only what matters said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.catalogue import Holders, NamedRole, Role, Streams

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
