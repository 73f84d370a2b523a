"""Intervals of the record, and closed incidents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from dd_incident_roles.model import Assignment, Incident, Observation, Person, RoleKey, Source
from dd_incident_roles.policy.clock import Stretch
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Catalogue, Requirement
from tests.policy.cases import (
    ADA,
    CATALOGUE,
    LIAISON,
    SCRIBE,
    at,
    incident,
    role,
    seen,
    without,
)


def interval(
    key: RoleKey,
    since: float,
    until: float | None = None,
    *,
    by: Person = ADA,
    stream: str | None = None,
    set_by: str = ADA.key,
) -> Assignment:
    """That somebody, Ada unless said otherwise, held a role between two minutes."""
    return Assignment(
        id=f"{key}-{stream}-{by.key}-{since}",
        role=key,
        stream=stream,
        person=by.key,
        since=at(since),
        until=None if until is None else at(until),
        set_by=set_by,
        source=Source.CLI,
    )


SETTLED = without(LIAISON)
"""A catalogue in which nothing hangs on how many people respond, which no record remembers."""


def closed(
    *intervals: Assignment,
    observations: tuple[Observation, ...] = (seen(0, "SEV-1"), seen(60, "SEV-1", state="resolved")),
    resolved: float | None = 60,
    watched: float | None = 0,
    about: Incident | None = None,
    modified: float = 90,
    catalogue: Catalogue = SETTLED,
) -> Facts:
    """What the record remembers of an incident that was SEV-1 for an hour, then closed."""
    return Facts(
        incident=replace(
            about or incident(),
            state="resolved",
            resolved=None if resolved is None else at(resolved),
            modified=at(modified),
        ),
        catalogue=catalogue,
        observations=observations,
        intervals=intervals,
        watched_since=None if watched is None else at(watched),
    )


def only_scribe(*required: Requirement) -> Catalogue:
    """A catalogue in which nothing but a Scribe is required."""
    roles = tuple(
        role(SCRIBE, "Scribe", *required) if each.key == SCRIBE else replace(each, required=())
        for each in CATALOGUE.roles
    )
    return replace(CATALOGUE, roles=roles)


def minutes_of(stretches: Iterable[Stretch]) -> tuple[tuple[float, float], ...]:
    """Stretches of time in minutes since the declaration."""
    minute = timedelta(minutes=1)
    return tuple(
        ((each.began - at(0)) / minute, (each.ended - at(0)) / minute) for each in stretches
    )
