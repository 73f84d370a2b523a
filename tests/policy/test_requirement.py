"""When requirements begin."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import INCIDENT_MANAGER, Observation
from dd_incident_roles.policy.clock import demands_on, is_required
from tests.policy.cases import (
    BACKUP,
    CATALOGUE,
    DECLARED,
    LIAISON,
    SCRIBE,
    at,
    facts,
    incident,
    seen,
)

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
