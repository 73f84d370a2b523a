"""How long roles took to be filled, over closed incidents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.coverage import closing
from dd_incident_roles.policy.facts import Facts

SOON_ENOUGH = timedelta(minutes=5)
"""How long after a declaration the first look may come, and still tell how it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How long incidents waited for an Incident Manager.

    ``measured`` incidents were looked at soon enough to tell when they first had one; ``without``
    had none before they were closed; ``unknown`` were first looked at too late to tell.
    ``slowest`` is the public id of the incident that waited longest.
    """

    measured: int
    without: int
    unknown: int
    median: timedelta | None = None
    longest: timedelta | None = None
    slowest: int | None = None


def measure(incidents: Iterable[Facts]) -> Measures:
    """The time from the declaration to the first Incident Manager, over closed incidents."""
    waits: list[tuple[timedelta, int]] = []
    without = unknown = 0
    for facts in incidents:
        declared, closed = facts.incident.declared, closing(facts)
        began = [
            row.since
            for row in facts.intervals
            if row.role == INCIDENT_MANAGER and row.since < closed
        ]
        watched = facts.watched_since
        if watched is None or watched >= closed or watched - declared > SOON_ENOUGH:
            # Somebody may have held the role before the first look, whomever that look found.
            unknown += 1
        elif began:
            waits.append((max(min(began) - declared, timedelta()), facts.incident.public_id))
        else:
            without += 1
    slowest = max(waits, default=None)
    return Measures(
        measured=len(waits),
        without=without,
        unknown=unknown,
        median=timedelta(seconds=median(wait.total_seconds() for wait, _ in waits))
        if waits
        else None,
        longest=slowest[0] if slowest else None,
        slowest=slowest[1] if slowest else None,
    )
