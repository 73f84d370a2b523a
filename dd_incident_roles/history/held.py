"""One stretch of time in which a person held a role, and how that is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from dd_incident_roles.model import Assignment, PersonKey, RoleKey
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
    is_some = until is None or since < until
    if not (is_some and begins_in_time and ends_in_time):
        yield row
        return
    if row.since is None or row.since < since:
        yield replace(row, until=since, ended_by=ended_by)
    if until is not None and (row.until is None or until < row.until):
        yield replace(row, since=until, is_rest=True)
