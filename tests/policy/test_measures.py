"""How long closed incidents waited for an Incident Manager, by a table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.coverage import Measures, measure
from dd_incident_roles.policy.facts import Facts
from tests.policy.cases import BO, SCRIBE, incident, seen
from tests.policy.intervals import closed, interval


def managed(minutes: float, *, watched: float | None = 0, public_id: int = 1001) -> Facts:
    """A closed incident that somebody managed from a minute on."""
    return closed(
        interval(INCIDENT_MANAGER, minutes), watched=watched, about=incident(public_id=public_id)
    )


UNKNOWN = Measures(measured=0, without=0, unknown=1)
WITHOUT = Measures(measured=0, without=1, unknown=0)


def waited(minutes: float) -> Measures:
    """One incident, and how long it waited."""
    wait = timedelta(minutes=minutes)
    return Measures(measured=1, without=0, unknown=0, median=wait, longest=wait, slowest=1001)


CASES: dict[str, tuple[Facts, Measures]] = {
    "managed after a while": (managed(7), waited(7)),
    "managed at once": (managed(0), waited(0)),
    "managed before it was declared": (managed(-3), waited(0)),
    "the first of several": (
        closed(interval(INCIDENT_MANAGER, 20, by=BO), interval(INCIDENT_MANAGER, 4, 20)),
        waited(4),
    ),
    "another role does not count": (
        closed(interval(SCRIBE, 1), interval(INCIDENT_MANAGER, 9)),
        waited(9),
    ),
    "found by a first look that came soon": (managed(3, watched=3), waited(3)),
    "found by a first look that came just soon enough": (managed(5, watched=5), waited(5)),
    "found by a first look that came too late": (managed(5.1, watched=5.1), UNKNOWN),
    "managed after a first look that came too late": (managed(40, watched=30), UNKNOWN),
    "managed before a first look that came too late": (managed(10, watched=30), UNKNOWN),
    "never managed": (closed(), WITHOUT),
    "only another role was held": (closed(interval(SCRIBE, 1)), WITHOUT),
    "managed just before it was closed": (managed(59.9), waited(59.9)),
    "managed once it was closed": (managed(60), WITHOUT),
    "managed for the postmortem": (managed(500), WITHOUT),
    "never managed, as far as a late look tells": (closed(watched=30), UNKNOWN),
    "never looked at": (closed(watched=None), UNKNOWN),
    "never looked at, and managed": (managed(1, watched=None), UNKNOWN),
    "first looked at once it was closed": (
        closed(resolved=2, watched=3, observations=(seen(3, "SEV-1", state="resolved"),)),
        UNKNOWN,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_incident(case: str) -> None:
    """An incident is measured, had no manager, or was looked at too late to tell."""
    about, expected = CASES[case]
    assert measure([about]) == expected


def test_nothing_to_measure() -> None:
    """No incidents have no median."""
    assert measure([]) == Measures(measured=0, without=0, unknown=0)


@pytest.mark.parametrize(("waits", "median"), [((2, 30, 4), 4), ((2, 30, 4, 8), 6), ((1, 2), 1.5)])
def test_the_median_is_that_of_the_waits(waits: tuple[float, ...], median: float) -> None:
    """One slow incident does not hide how the others went."""
    found = measure(managed(wait) for wait in waits)
    assert found.median == timedelta(minutes=median)
    assert found.longest == timedelta(minutes=max(waits))


def test_the_slowest_is_named_and_each_incident_is_counted_once() -> None:
    """The report can say which incident to look at, and how many it says nothing about."""
    found = measure(
        [
            managed(3, public_id=1),
            managed(12, public_id=2),
            managed(5, public_id=3),
            closed(),
            closed(),
            managed(50, watched=None, public_id=4),
        ]
    )
    assert (found.measured, found.without, found.unknown) == (3, 2, 1)
    assert (found.slowest, found.longest) == (2, timedelta(minutes=12))
