"""A condition applies when all of its tests pass, and an unknown fact passes none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import FieldValue, Incident, IncidentId
from dd_incident_roles.roles import catalogue as when

DECLARED = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = DECLARED + timedelta(hours=2)
INCIDENT = Incident(
    id=IncidentId("1"),
    public_id=1,
    title="Checkout is down",
    severity="SEV-2",
    state="active",
    customer_impacted=False,
    declared=DECLARED,
    modified=DECLARED,
    incident_type="Security",
)

CASES: list[tuple[when.Test, bool]] = [
    (when.SeverityIs(values=("SEV-2",)), True),
    (when.SeverityIs(values=("SEV-1", "sev-2")), True),
    (when.SeverityIs(values=("SEV-1",)), False),
    (when.SeverityIs(values=("SEV-20",)), False),
    (when.StateIs(values=("Active",)), True),
    (when.StateIs(values=("stable", "resolved")), False),
    (when.CustomerImpacted(value=False), True),
    (when.CustomerImpacted(value=True), False),
    (when.IncidentTypeIs(values=("security",)), True),
    (when.IncidentTypeIs(values=("other",)), False),
    (when.OpenFor(length=timedelta(hours=2)), True),
    (when.OpenFor(length=timedelta(hours=2, seconds=1)), False),
    (when.RespondersOver(number=2), True),
    (when.RespondersOver(number=3), False),
]

FIELDS: list[tuple[str | int | float | bool, FieldValue, bool]] = [
    (True, True, True),
    (True, "true", True),
    (True, " Yes ", True),
    (True, "no", False),
    (True, 1, False),
    (True, None, False),
    (True, (), False),
    (True, ("no", "yes"), True),
    (False, False, True),
    (False, "No", True),
    (False, "", False),
    (False, None, False),
    (False, 0, False),
    ("true", True, False),
    ("Payments", "payments", True),
    ("payments", ("search", "Payments"), True),
    ("payments", ("search",), False),
    ("payments", "payments team", False),
    ("payments", None, False),
    (3, 3, True),
    (3, "3", True),
    ("3", 3, True),
    (3, 4, False),
    (1.5, "1.5", True),
    (3, True, False),
]


def applies(
    condition: when.Condition,
    incident: Incident = INCIDENT,
    now: datetime = NOW,
    responders: int | None = 3,
) -> bool:
    """Whether a condition applies to an incident as it is."""
    return when.applies(condition, incident, incident, now, responders=responders)


@pytest.mark.parametrize(("test", "passes"), CASES)
def test_each_test_looks_at_its_own_fact(test: when.Test, passes: bool) -> None:
    """Texts are compared whole and in any case, lengths and numbers at their limits."""
    assert applies(when.Condition(tests=(test,))) is passes


@pytest.mark.parametrize(("wanted", "found", "fits"), FIELDS)
def test_a_field_fits_a_value(wanted: str | float | bool, found: FieldValue, fits: bool) -> None:
    """Datadog has no fields of true and false, so that yes and no stand for them."""
    condition = when.Condition(tests=(when.FieldIs(name="wanted", values=(wanted,)),))
    assert applies(condition, replace(INCIDENT, fields={"wanted": found})) is fits


def test_a_field_that_is_not_there_fits_nothing() -> None:
    """An unknown field is no value, not even false."""
    condition = when.Condition(tests=(when.FieldIs(name="gone", values=(False, "x")),))
    assert not applies(condition)


def test_a_field_fits_one_of_several_values() -> None:
    """Values in a list are alternatives."""
    condition = when.Condition(tests=(when.FieldIs(name="team", values=("red", "blue")),))
    assert applies(condition, replace(INCIDENT, fields={"team": "Blue"}))


@pytest.mark.parametrize(
    "test", [when.RespondersOver(number=0), when.IncidentTypeIs(values=("Security",))]
)
def test_an_unknown_fact_passes_no_test(test: when.Test) -> None:
    """Where nobody could look, nothing is taken for granted."""
    unknown = replace(INCIDENT, incident_type=None)
    assert not applies(when.Condition(tests=(test,)), unknown, responders=None)


def test_whether_responders_must_be_known_can_be_asked() -> None:
    """A caller can tell that a rule was not judged rather than passed."""
    assert when.needs_responders(when.Condition(tests=(when.RespondersOver(number=1),)))
    assert not when.needs_responders(when.ALWAYS)


@given(st.lists(st.sampled_from(CASES), max_size=5))
def test_all_tests_must_pass(cases: list[tuple[when.Test, bool]]) -> None:
    """The tests of one condition are joined by and; without tests it always applies."""
    condition = when.Condition(tests=tuple(test for test, _ in cases))
    assert applies(condition) is all(passes for _, passes in cases)


@given(st.integers(0, 10**6), st.integers(-(10**6), 10**6))
def test_the_clock_starts_when_the_condition_began(length: int, offset: int) -> None:
    """A condition on the clock applies from the moment it began, and never before."""
    condition = when.Condition(tests=(when.OpenFor(length=timedelta(seconds=length)),))
    moment = when.began(condition, DECLARED)
    now = moment + timedelta(seconds=offset)
    assert moment == DECLARED + timedelta(seconds=length)
    assert applies(condition, now=now) is (now >= moment)


def test_the_longest_of_several_lengths_counts() -> None:
    """All tests must pass, so that the last of them begins the whole."""
    lengths = (timedelta(hours=1), timedelta(hours=3), timedelta(hours=2))
    condition = when.Condition(tests=tuple(when.OpenFor(length=length) for length in lengths))
    assert when.began(condition, DECLARED) == DECLARED + timedelta(hours=3)


def test_a_condition_without_a_clock_began_with_the_incident() -> None:
    """What does not look at the clock held from the start, as far as the clock goes."""
    assert when.began(when.Condition(tests=(CASES[0][0],)), DECLARED) == DECLARED


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ((), "always"),
        ((when.SeverityIs(values=("SEV-1", "SEV-2", "SEV-3")),), "in SEV-1, SEV-2 or SEV-3"),
        ((when.StateIs(values=("active",)),), "while active"),
        ((when.IncidentTypeIs(values=("a", "b")),), "for incidents of type a or b"),
        ((when.CustomerImpacted(value=True),), "with customer impact"),
        ((when.CustomerImpacted(value=False),), "without customer impact"),
        ((when.FieldIs(name="pr", values=(True,)),), "with pr true"),
        ((when.FieldIs(name="team", values=("red", 2)),), "with team red or 2"),
        ((when.RespondersOver(number=5),), "with more than 5 responders"),
        (
            (when.SeverityIs(values=("SEV-1",)), when.OpenFor(length=timedelta(hours=2))),
            "in SEV-1 and once open for 2h",
        ),
    ],
)
def test_a_condition_can_be_said_in_words(tests: tuple[when.Test, ...], words: str) -> None:
    """People who read a rule need not read the file."""
    assert when.describe(when.Condition(tests=tests)) == words
