"""A condition applies when all of its tests pass, and an unknown fact passes none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import FieldValue
from dd_incident_roles.roles.conditions import (
    ALWAYS,
    Condition,
    ConditionFacts,
    CustomerImpacted,
    FieldIs,
    IncidentTypeIs,
    OpenFor,
    RespondersOver,
    SeverityIs,
    StateIs,
    Test,
    began,
    describe,
    matches,
    needs_responders,
)

DECLARED = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = DECLARED + timedelta(hours=2)
FACTS = ConditionFacts(
    severity="SEV-2",
    state="active",
    customer_impacted=False,
    declared=DECLARED,
    responders=3,
    incident_type="Security",
)

CASES: list[tuple[Test, bool]] = [
    (SeverityIs(values=("SEV-2",)), True),
    (SeverityIs(values=("SEV-1", "sev-2")), True),
    (SeverityIs(values=("SEV-1",)), False),
    (SeverityIs(values=("SEV-20",)), False),
    (StateIs(values=("Active",)), True),
    (StateIs(values=("stable", "resolved")), False),
    (CustomerImpacted(value=False), True),
    (CustomerImpacted(value=True), False),
    (IncidentTypeIs(values=("security",)), True),
    (IncidentTypeIs(values=("other",)), False),
    (OpenFor(length=timedelta(hours=2)), True),
    (OpenFor(length=timedelta(hours=2, seconds=1)), False),
    (RespondersOver(number=2), True),
    (RespondersOver(number=3), False),
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


@pytest.mark.parametrize(("test", "passes"), CASES)
def test_each_test_looks_at_its_own_fact(test: Test, passes: bool) -> None:
    """Texts are compared whole and in any case, lengths and numbers at their limits."""
    assert matches(Condition(tests=(test,)), FACTS, NOW) is passes


@pytest.mark.parametrize(("wanted", "found", "fits"), FIELDS)
def test_a_field_fits_a_value(wanted: str | float | bool, found: FieldValue, fits: bool) -> None:
    """Datadog has no fields of true and false, so that yes and no stand for them."""
    condition = Condition(tests=(FieldIs(name="wanted", values=(wanted,)),))
    assert matches(condition, replace(FACTS, fields={"wanted": found}), NOW) is fits


def test_a_field_that_is_not_there_fits_nothing() -> None:
    """An unknown field is no value, not even false."""
    assert not matches(Condition(tests=(FieldIs(name="gone", values=(False, "x")),)), FACTS, NOW)


def test_a_field_fits_one_of_several_values() -> None:
    """Values in a list are alternatives."""
    condition = Condition(tests=(FieldIs(name="team", values=("red", "blue")),))
    assert matches(condition, replace(FACTS, fields={"team": "Blue"}), NOW)


@pytest.mark.parametrize("test", [RespondersOver(number=0), IncidentTypeIs(values=("Security",))])
def test_an_unknown_fact_passes_no_test(test: Test) -> None:
    """Where nobody could look, nothing is taken for granted."""
    unknown = replace(FACTS, responders=None, incident_type=None)
    assert not matches(Condition(tests=(test,)), unknown, NOW)


def test_whether_responders_must_be_known_can_be_asked() -> None:
    """A caller can tell that a rule was not judged rather than passed."""
    assert needs_responders(Condition(tests=(RespondersOver(number=1),)))
    assert not needs_responders(ALWAYS)


@given(st.lists(st.sampled_from(CASES), max_size=5))
def test_all_tests_must_pass(cases: list[tuple[Test, bool]]) -> None:
    """The tests of one condition are joined by and; without tests it always applies."""
    condition = Condition(tests=tuple(test for test, _ in cases))
    assert matches(condition, FACTS, NOW) is all(passes for _, passes in cases)


@given(st.integers(0, 10**6), st.integers(-(10**6), 10**6))
def test_the_clock_starts_when_the_condition_began(length: int, offset: int) -> None:
    """A condition on the clock applies from the moment it began, and never before."""
    condition = Condition(tests=(OpenFor(length=timedelta(seconds=length)),))
    moment = began(condition, DECLARED)
    now = moment + timedelta(seconds=offset)
    assert moment == DECLARED + timedelta(seconds=length)
    assert matches(condition, FACTS, now) is (now >= moment)


def test_the_longest_of_several_lengths_counts() -> None:
    """All tests must pass, so that the last of them begins the whole."""
    lengths = (timedelta(hours=1), timedelta(hours=3), timedelta(hours=2))
    condition = Condition(tests=tuple(OpenFor(length=length) for length in lengths))
    assert began(condition, DECLARED) == DECLARED + timedelta(hours=3)


def test_a_condition_without_a_clock_began_with_the_incident() -> None:
    """What does not look at the clock held from the start, as far as the clock goes."""
    assert began(Condition(tests=(CASES[0][0],)), DECLARED) == DECLARED


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ((), "always"),
        ((SeverityIs(values=("SEV-1", "SEV-2", "SEV-3")),), "in SEV-1, SEV-2 or SEV-3"),
        ((StateIs(values=("active",)),), "while active"),
        ((IncidentTypeIs(values=("a", "b")),), "for incidents of type a or b"),
        ((CustomerImpacted(value=True),), "with customer impact"),
        ((CustomerImpacted(value=False),), "without customer impact"),
        ((FieldIs(name="pr", values=(True,)),), "with pr true"),
        ((FieldIs(name="team", values=("red", 2)),), "with team red or 2"),
        ((RespondersOver(number=5),), "with more than 5 responders"),
        (
            (SeverityIs(values=("SEV-1",)), OpenFor(length=timedelta(hours=2))),
            "in SEV-1 and once open for 2h",
        ),
    ],
)
def test_a_condition_can_be_said_in_words(tests: tuple[Test, ...], words: str) -> None:
    """People who read a rule need not read the file."""
    assert describe(Condition(tests=tests)) == words
