"""When a closed incident required a role, and when nobody held it, by a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import INCIDENT_MANAGER, Observation
from dd_incident_roles.policy.clock import (
    Coverage,
    Measures,
    closing,
    coverage,
    demands_on,
    is_required,
    lifetime,
    measure,
    was_watched,
)
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import (
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
    BACKUP,
    BO,
    CATALOGUE,
    CROWD,
    DECLARED,
    GRAVE,
    GRAVEST,
    LIAISON,
    LONG_AND_GRAVE,
    SCRIBE,
    TECH_LEAD,
    at,
    facts,
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


Minutes = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """A closed incident, what it requires of a Scribe, and stretches of it in minutes."""

    about: Facts
    stretches: tuple[Minutes, ...]
    when: Condition
    after: float

    @property
    def coverage(self) -> Coverage:
        """What is known of the Scribes two hours after the declaration."""
        return coverage(self.about, ROLE, requirement(self.when, self.after), at(120))


def scribe(about: Facts, *stretches: Minutes, when: Condition = ALWAYS, after: float = 10) -> Row:
    """A Scribe is required always unless said otherwise, after ten minutes."""
    return Row(about, stretches, when, after)


GAPS = {
    "never held": scribe(closed(), (0, 60)),
    "held all along": scribe(closed(interval(SCRIBE, 0, 60)), after=0),
    "still held": scribe(closed(interval(SCRIBE, 0)), after=0),
    "held from exactly the end of the grace": scribe(closed(interval(SCRIBE, 10))),
    "held a little later": scribe(closed(interval(SCRIBE, 10.1)), (0, 10.1)),
    "given up, and nobody followed": scribe(closed(interval(SCRIBE, 0, 30)), (30, 60)),
    "given up just before the end": scribe(closed(interval(SCRIBE, 0, 50))),
    "handed over at once": scribe(
        closed(interval(SCRIBE, 0, 30), interval(SCRIBE, 30, by=BO)), after=0
    ),
    "handed over with a gap that is allowed": scribe(
        closed(interval(SCRIBE, 0, 30), interval(SCRIBE, 40, by=BO))
    ),
    "two gaps, one of which is allowed": scribe(
        closed(interval(SCRIBE, 15, 30), interval(SCRIBE, 35, 40)), (0, 15), (40, 60)
    ),
    "holders overlap, one inside the other": scribe(
        closed(interval(SCRIBE, 0, 50), interval(SCRIBE, 10, 20, by=BO)), (50, 60), after=5
    ),
    "held in streams by turns": scribe(
        closed(
            interval(SCRIBE, 0, 30, stream="database"),
            interval(SCRIBE, 20, 60, stream="network", by=BO),
        ),
        after=0,
    ),
    "another role is held": scribe(closed(interval(TECH_LEAD, 0, 60)), (0, 60)),
    "held before the declaration and after the end": scribe(
        closed(interval(SCRIBE, -10, 10), interval(SCRIBE, 50, 99)), (10, 50)
    ),
    "taken after the end": scribe(closed(interval(SCRIBE, 61)), (0, 60)),
    "raised later": scribe(
        closed(observations=(seen(0, "SEV-3"), seen(40, "SEV-2"), END)), (40, 60), when=GRAVE
    ),
    "held only before it was required": scribe(
        closed(interval(SCRIBE, 0, 20), observations=(seen(0, "SEV-3"), seen(40, "SEV-2"), END)),
        (40, 60),
        when=GRAVE,
    ),
    "a raise within the requirement starts no new clock": scribe(
        closed(interval(SCRIBE, 30), observations=(seen(0, "SEV-2"), seen(20, "SEV-1"), END)),
        (0, 30),
        when=GRAVE,
        after=25,
    ),
    "a raise to the requirement starts the clock": scribe(
        closed(interval(SCRIBE, 30), observations=(seen(0, "SEV-2"), seen(20, "SEV-1"), END)),
        when=GRAVEST,
    ),
    "fell, and rose again": scribe(
        closed(observations=(seen(0, "SEV-1"), seen(20, "SEV-3"), seen(45, "SEV-1"), END)),
        (0, 20),
        (45, 60),
        when=GRAVEST,
    ),
    "never grave": scribe(closed(observations=(seen(0, "SEV-3"), END)), when=GRAVE, after=0),
    "open for too short a time": scribe(closed(), when=LONG_AND_GRAVE, after=0),
    "open for long enough": scribe(closed(), (45, 60), when=LATE_START),
    "open for long enough, and only just": scribe(closed(), when=LATE_START, after=15),
    "a state asks for it": scribe(
        closed(observations=(seen(0, "SEV-1"), seen(30, "SEV-1", state="stable"), END)),
        (30, 60),
        when=WHILE_STABLE,
    ),
    "closed for a while in between": scribe(closed(observations=REOPENED), (0, 20), (35, 60)),
    "no time of closing; it was seen closed": scribe(closed(resolved=None), (0, 60)),
    "no time of closing, and never seen closed": scribe(
        closed(resolved=None, observations=(seen(0, "SEV-1"),)), (0, 90)
    ),
    "the end is later than now": scribe(
        closed(resolved=500, observations=(seen(0, "SEV-1"),)), (0, 120), after=100
    ),
    "watched late, and empty since": scribe(closed(watched=20), (20, 60), after=30),
    "watched late, and held by then": scribe(closed(interval(SCRIBE, 20), watched=20), after=0),
    "watched before it was declared": scribe(closed(watched=-5), (0, 60)),
    "as many respond as a condition asks for": scribe(closed(), (0, 60), when=CROWD),
}

UNWATCHED = {
    "watched from the start": scribe(closed(), after=0),
    "watched within the grace": scribe(closed(watched=10)),
    "watched after the grace": scribe(closed(watched=10.1), (0, 10.1)),
    "an earlier interval says who held it": scribe(closed(interval(SCRIBE, 0, 30), watched=30)),
    "an earlier interval says it for a part": scribe(
        closed(interval(SCRIBE, 0, 12), watched=30), (12, 30)
    ),
    "not required before that": scribe(
        closed(watched=30, observations=(seen(30, "SEV-3"), seen(40, "SEV-1"), END)),
        when=GRAVE,
        after=0,
    ),
    "closed for now when it was first seen": scribe(
        closed(watched=30, observations=(seen(30, "SEV-1", state="resolved"), seen(40, "SEV-1"))),
        (0, 30),
        when=GRAVE,
    ),
    "never watched": scribe(closed(watched=None), (0, 60)),
    "watched after the end": scribe(closed(watched=70), (0, 60)),
}


@pytest.mark.parametrize("row", GAPS.values(), ids=GAPS)
def test_the_gaps_that_count(row: Row) -> None:
    """A gap counts if it was seen, lies where the requirement applied, and outlasts the grace."""
    assert minutes_of(row.coverage.gaps) == row.stretches


@pytest.mark.parametrize("row", UNWATCHED.values(), ids=UNWATCHED)
def test_what_was_not_seen(row: Row) -> None:
    """Before the first look a role may have stood empty, unless an interval says otherwise."""
    assert minutes_of(row.coverage.unwatched) == row.stretches


@pytest.mark.parametrize(
    ("about", "end"),
    [
        (closed(resolved=40), 40),
        (closed(resolved=None), 60),
        (closed(resolved=None, observations=REOPENED), 60),
        (closed(resolved=None, observations=(*REOPENED, seen(80, "SEV-1", state="completed"))), 60),
        (closed(resolved=None, observations=()), 90),
        (closed(resolved=None, observations=(seen(0, "SEV-1"),)), 90),
    ],
)
def test_when_an_incident_was_closed(about: Facts, end: float) -> None:
    """Datadog's word counts, then the observation that closed it for good, then its last change."""
    assert closing(about) == at(end)


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


histories = st.lists(
    st.tuples(st.integers(0, 100), st.sampled_from(["SEV-1", "SEV-2", "SEV-3"])), max_size=6
).map(lambda steps: tuple(seen(minute, severity) for minute, severity in sorted(steps)))


def begins(*observations: Observation, now: datetime) -> list[datetime]:
    role = CATALOGUE.role(SCRIBE)
    found = demands_on(facts(observations=observations), role, now)
    return [each.since for each in found]


def test_without_a_history_the_clock_starts_at_the_declaration() -> None:
    """A check that has seen nothing before takes the incident to have always been as it is."""
    assert begins(now=at(60)) == [at(0), at(0)]


def test_the_first_observation_says_nothing_about_the_time_before() -> None:
    """An incident first seen late has been what it is since it was declared."""
    assert begins(seen(40, "SEV-1"), now=at(60)) == [at(0), at(0)]


def test_a_severity_that_fell_and_rose_starts_the_clock_again() -> None:
    """Only the last unbroken stretch counts."""
    history = (seen(0, "SEV-1"), seen(10, "SEV-3"), seen(20, "SEV-2"), seen(30, "SEV-1"))
    assert begins(*history, now=at(60)) == [at(20), at(30)]


def test_a_change_not_yet_observed_dates_from_the_modification() -> None:
    """The raise happened at the latest when Datadog says that the incident was changed."""
    role = CATALOGUE.role(SCRIBE)
    about = facts(incident(modified=at(42)), observations=(seen(0, "SEV-3"),))
    assert [each.since for each in demands_on(about, role, at(60))] == [at(42), at(42)]


def test_a_length_of_time_delays_the_beginning() -> None:
    """A requirement of an incident open for two hours begins after two hours."""
    role = CATALOGUE.role(BACKUP)
    assert demands_on(facts(), role, at(119)) == ()
    (found,) = demands_on(facts(), role, at(150))
    assert found.since == at(120)


def test_an_uncounted_crowd_makes_the_requirement_unsure() -> None:
    """A requirement that hangs on an unknown number is neither in force nor out of it."""
    role = CATALOGUE.role(LIAISON)
    (found,) = demands_on(facts(responders=None), role, at(60))
    assert not found.sure
    assert not is_required(facts(responders=None), role, at(60))


def test_a_role_is_required_from_the_beginning_of_its_grace() -> None:
    """The status shows a role as required before a check complains that it is empty."""
    assert is_required(facts(), CATALOGUE.role(SCRIBE), at(0))


def test_nothing_is_required_of_a_closed_incident() -> None:
    """Once an incident is resolved nobody has to hold anything."""
    about = facts(incident(state="resolved"))
    assert not is_required(about, CATALOGUE.role(INCIDENT_MANAGER), at(60))


@given(history=histories)
def test_a_beginning_lies_between_declaration_and_now(history: tuple[Observation, ...]) -> None:
    """Whatever was observed, no clock starts before the incident or in the future."""
    now = DECLARED + timedelta(minutes=100)
    assert all(DECLARED <= since <= now for since in begins(*history, now=now))
