"""When a closed incident required a role, and when nobody held it, by a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.coverage import (
    Measures,
    closing,
    coverage,
    lifetime,
    measure,
    was_watched,
)
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Requirement
from dd_incident_roles.roles.conditions import (
    ALWAYS,
    Condition,
    CustomerImpacted,
    FieldIs,
    IncidentTypeIs,
    OpenFor,
    StateIs,
    Test,
)
from tests.policy.cases import (
    BO,
    CATALOGUE,
    CROWD,
    GRAVE,
    GRAVEST,
    LONG_AND_GRAVE,
    SCRIBE,
    TECH_LEAD,
    at,
    incident,
    requirement,
    seen,
)
from tests.policy.intervals import closed, interval, minutes_of

ROLE = CATALOGUE.role(SCRIBE)
END = seen(60, "SEV-1", state="resolved")
REOPENED = (
    seen(0, "SEV-1"),
    seen(20, "SEV-1", state="resolved"),
    seen(35, "SEV-1"),
    END,
)
WHILE_STABLE = Condition(tests=(StateIs(values=("stable",)),))
LATE_START = Condition(tests=(OpenFor(length=timedelta(minutes=45)),))

Minutes = list[tuple[float, float]]

GAPS: dict[str, tuple[Facts, Requirement, Minutes]] = {
    "never held": (closed(), requirement(ALWAYS, 10), [(0, 60)]),
    "held all along": (closed(interval(SCRIBE, 0, 60)), requirement(ALWAYS, 0), []),
    "still held": (closed(interval(SCRIBE, 0)), requirement(ALWAYS, 0), []),
    "held from exactly the end of the grace": (
        closed(interval(SCRIBE, 10)),
        requirement(ALWAYS, 10),
        [],
    ),
    "held a little later": (
        closed(interval(SCRIBE, 10.1)),
        requirement(ALWAYS, 10),
        [(0, 10.1)],
    ),
    "given up, and nobody followed": (
        closed(interval(SCRIBE, 0, 30)),
        requirement(ALWAYS, 10),
        [(30, 60)],
    ),
    "given up just before the end": (
        closed(interval(SCRIBE, 0, 50)),
        requirement(ALWAYS, 10),
        [],
    ),
    "handed over at once": (
        closed(interval(SCRIBE, 0, 30), interval(SCRIBE, 30, by=BO)),
        requirement(ALWAYS, 0),
        [],
    ),
    "handed over with a gap that is allowed": (
        closed(interval(SCRIBE, 0, 30), interval(SCRIBE, 40, by=BO)),
        requirement(ALWAYS, 10),
        [],
    ),
    "two gaps, one of which is allowed": (
        closed(interval(SCRIBE, 15, 30), interval(SCRIBE, 35, 40)),
        requirement(ALWAYS, 10),
        [(0, 15), (40, 60)],
    ),
    "holders overlap, one inside the other": (
        closed(interval(SCRIBE, 0, 50), interval(SCRIBE, 10, 20, by=BO)),
        requirement(ALWAYS, 5),
        [(50, 60)],
    ),
    "held in streams by turns": (
        closed(
            interval(SCRIBE, 0, 30, stream="database"),
            interval(SCRIBE, 20, 60, stream="network", by=BO),
        ),
        requirement(ALWAYS, 0),
        [],
    ),
    "another role is held": (
        closed(interval(TECH_LEAD, 0, 60)),
        requirement(ALWAYS, 10),
        [(0, 60)],
    ),
    "held before the declaration and after the end": (
        closed(interval(SCRIBE, -10, 10), interval(SCRIBE, 50, 99)),
        requirement(ALWAYS, 10),
        [(10, 50)],
    ),
    "taken after the end": (closed(interval(SCRIBE, 61)), requirement(ALWAYS, 10), [(0, 60)]),
    "raised later": (
        closed(observations=(seen(0, "SEV-3"), seen(40, "SEV-2"), END)),
        requirement(GRAVE, 10),
        [(40, 60)],
    ),
    "held only before it was required": (
        closed(interval(SCRIBE, 0, 20), observations=(seen(0, "SEV-3"), seen(40, "SEV-2"), END)),
        requirement(GRAVE, 10),
        [(40, 60)],
    ),
    "a raise within the requirement starts no new clock": (
        closed(interval(SCRIBE, 30), observations=(seen(0, "SEV-2"), seen(20, "SEV-1"), END)),
        requirement(GRAVE, 25),
        [(0, 30)],
    ),
    "a raise to the requirement starts the clock": (
        closed(interval(SCRIBE, 30), observations=(seen(0, "SEV-2"), seen(20, "SEV-1"), END)),
        requirement(GRAVEST, 10),
        [],
    ),
    "fell, and rose again": (
        closed(observations=(seen(0, "SEV-1"), seen(20, "SEV-3"), seen(45, "SEV-1"), END)),
        requirement(GRAVEST, 10),
        [(0, 20), (45, 60)],
    ),
    "never grave": (closed(observations=(seen(0, "SEV-3"), END)), requirement(GRAVE, 0), []),
    "open for too short a time": (closed(), requirement(LONG_AND_GRAVE, 0), []),
    "open for long enough": (closed(), requirement(LATE_START, 10), [(45, 60)]),
    "open for long enough, and only just": (closed(), requirement(LATE_START, 15), []),
    "a state asks for it": (
        closed(observations=(seen(0, "SEV-1"), seen(30, "SEV-1", state="stable"), END)),
        requirement(WHILE_STABLE, 10),
        [(30, 60)],
    ),
    "closed for a while in between": (
        closed(observations=REOPENED),
        requirement(ALWAYS, 10),
        [(0, 20), (35, 60)],
    ),
    "no time of closing; it was seen closed": (
        closed(resolved=None),
        requirement(ALWAYS, 10),
        [(0, 60)],
    ),
    "no time of closing, and never seen closed": (
        closed(resolved=None, observations=(seen(0, "SEV-1"),)),
        requirement(ALWAYS, 10),
        [(0, 90)],
    ),
    "the end is later than now": (
        closed(resolved=500, observations=(seen(0, "SEV-1"),)),
        requirement(ALWAYS, 100),
        [(0, 120)],
    ),
    "watched late, and empty since": (closed(watched=20), requirement(ALWAYS, 30), [(20, 60)]),
    "watched late, and held by then": (
        closed(interval(SCRIBE, 20), watched=20),
        requirement(ALWAYS, 0),
        [],
    ),
    "watched before it was declared": (closed(watched=-5), requirement(ALWAYS, 10), [(0, 60)]),
    "as many respond as a condition asks for": (
        closed(),
        requirement(CROWD, 10),
        [(0, 60)],
    ),
}

UNWATCHED: dict[str, tuple[Facts, Requirement, Minutes]] = {
    "watched from the start": (closed(), requirement(ALWAYS, 0), []),
    "watched within the grace": (closed(watched=10), requirement(ALWAYS, 10), []),
    "watched after the grace": (closed(watched=10.1), requirement(ALWAYS, 10), [(0, 10.1)]),
    "an earlier interval says who held it": (
        closed(interval(SCRIBE, 0, 30), watched=30),
        requirement(ALWAYS, 10),
        [],
    ),
    "an earlier interval says it for a part": (
        closed(interval(SCRIBE, 0, 12), watched=30),
        requirement(ALWAYS, 10),
        [(12, 30)],
    ),
    "not required before that": (
        closed(watched=30, observations=(seen(30, "SEV-3"), seen(40, "SEV-1"), END)),
        requirement(GRAVE, 0),
        [],
    ),
    "closed for now when it was first seen": (
        closed(watched=30, observations=(seen(30, "SEV-1", state="resolved"), seen(40, "SEV-1"))),
        requirement(GRAVE, 10),
        [(0, 30)],
    ),
    "never watched": (closed(watched=None), requirement(ALWAYS, 10), [(0, 60)]),
    "watched after the end": (closed(watched=70), requirement(ALWAYS, 10), [(0, 60)]),
}


@pytest.mark.parametrize("case", GAPS)
def test_the_gaps_that_count(case: str) -> None:
    """A gap counts if it was seen, lies where the requirement applied, and outlasts the grace."""
    about, required, expected = GAPS[case]
    gaps = coverage(about, ROLE, required, at(120)).gaps
    assert [minutes_of(gap.began, gap.ended) for gap in gaps] == expected


@pytest.mark.parametrize("case", UNWATCHED)
def test_what_was_not_seen(case: str) -> None:
    """Before the first look a role may have stood empty, unless an interval says otherwise."""
    about, required, expected = UNWATCHED[case]
    unwatched = coverage(about, ROLE, required, at(120)).unwatched
    assert [minutes_of(each.began, each.ended) for each in unwatched] == expected


@pytest.mark.parametrize(
    ("about", "minutes"),
    [
        (closed(resolved=40), 40),
        (closed(resolved=None), 60),
        (closed(resolved=None, observations=REOPENED), 60),
        (closed(resolved=None, observations=(*REOPENED, seen(80, "SEV-1", state="completed"))), 60),
        (closed(resolved=None, observations=()), 90),
        (closed(resolved=None, observations=(seen(0, "SEV-1"),)), 90),
    ],
)
def test_when_an_incident_was_closed(about: Facts, minutes: float) -> None:
    """Datadog's word counts, then the observation that closed it for good, then its last change."""
    assert closing(about) == at(minutes)


def test_a_life_never_ends_before_it_began() -> None:
    """Clocks that disagree leave an incident no time rather than less."""
    assert lifetime(closed(resolved=-5), at(60)).length == timedelta()
    assert lifetime(closed(resolved=60), at(-5)).length == timedelta()


@pytest.mark.parametrize(
    ("about", "watched"),
    [
        (closed(), True),
        (closed(watched=59.9), True),
        (closed(watched=60), False),
        (closed(watched=None), False),
        (closed(observations=()), False),
        (closed(observations=(seen(0, "SEV-1", state="resolved"),)), False),
        (closed(resolved=None, observations=(END,), watched=60), False),
        (closed(observations=REOPENED[1:], watched=20), True),
    ],
)
def test_whether_anybody_looked_while_it_was_open(about: Facts, *, watched: bool) -> None:
    """A look at an incident that is closed already tells nothing of who held what."""
    assert was_watched(about) is watched


@pytest.mark.parametrize(
    ("condition", "number"),
    [
        (IncidentTypeIs(values=("payment",)), 1),
        (IncidentTypeIs(values=("security",)), 0),
        (FieldIs(name="team", values=("shop",)), 1),
        (FieldIs(name="team", values=("bank",)), 0),
        (CustomerImpacted(value=True), 0),
        (CustomerImpacted(value=False), 1),
    ],
)
def test_what_a_condition_looks_at(condition: Test, number: int) -> None:
    """Type and fields are those of the incident as it is; the impact is what was seen."""
    fields = MappingProxyType({"team": "shop"})
    about = replace(incident(customer_impacted=True), incident_type="payment", fields=fields)
    required = requirement(Condition(tests=(condition,)), 10)
    assert len(coverage(closed(about=about), ROLE, required, at(120)).gaps) == number


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
