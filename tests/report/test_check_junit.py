"""What ``check --format junit`` says to a CI system."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from dd_incident_roles.policy.rule import Rule, Scope
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.report.check_junit import check_junit
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.roles.catalogue import Level
from tests.report.checks import (
    HOSTILE,
    checked,
    everything,
    finding,
    found,
    gaps,
    incomplete,
    known,
    of_the_policy,
    unasked,
    verdict,
    waived,
)

OF_THE_POLICY = replace(ROLE_VACANT, id="IR090", name="waiver-expired", scope=Scope.POLICY)


def tree(about: Checked) -> ET.Element:
    return ET.fromstring(check_junit(about).encode())  # noqa: S314 - of our own making


def cases(about: Checked, suite: str = "IR010 role-vacant") -> list[ET.Element]:
    return tree(about).findall(f"testsuite[@name='{suite}']/testcase")


def outcomes(about: Checked, suite: str = "IR010 role-vacant") -> list[tuple[str, str]]:
    """The name of each test of a suite, and the tag of what became of it."""
    return [
        (str(case.get("name")), case[0].tag if len(case) else "passed")
        for case in cases(about, suite)
    ]


def counts(element: ET.Element) -> tuple[str | None, ...]:
    return tuple(element.get(name) for name in ("tests", "failures", "errors", "skipped"))


def test_each_rule_is_a_suite() -> None:
    """A rule that found nothing passes, and says over how many incidents."""
    about = checked(verdict(evaluated=12))
    assert [suite.get("name") for suite in tree(about)] == [
        "IR001 no-incident-manager",
        "IR010 role-vacant",
        "IR099 not-evaluated",
    ]
    assert outcomes(about) == [("IR010 role-vacant: 12 incidents", "passed")]


def test_a_finding_is_a_failure_with_its_fix() -> None:
    """A test is named by incident, role and stream; its failure says what to type."""
    (case,) = cases(checked(verdict(finding(level=Level.WARNING, stream="db"))))
    assert case.get("name") == "IR-1001 scribe (db)"
    assert case.get("classname") == "IR010 role-vacant"
    (failure,) = case
    assert (failure.tag, failure.get("type")) == ("failure", "warning")
    assert failure.get("message") == "Nobody is Scribe of IR-1001."
    assert str(failure.text).splitlines() == [
        "Nobody is Scribe of IR-1001.",
        "fix: dd-incident-roles assign 1001 scribe PERSON",
        "config/policy.yaml:12",
    ]


def test_what_may_stand_fails_nothing() -> None:
    """Waived and known findings are skipped and say why; a note passes, and is said."""
    about = checked(verdict(waived(finding()), known(finding()), finding(level=Level.NOTE)))
    shown = [case[0] for case in cases(about)]
    assert [each.tag for each in shown] == ["skipped", "skipped", "system-out"]
    assert [each.get("message") for each in shown] == [
        "waived by ada until 2026-02-01 (31 days left): small team",
        "known from the baseline",
        None,
    ]
    assert counts(tree(about)) == ("5", "0", "0", "2")


def test_a_finding_about_the_policy_has_its_test() -> None:
    """It is named by the part of the policy that it is about."""
    assert outcomes(checked(verdict(of_the_policy()))) == [("IR010 every incident ada", "failure")]


def test_the_policy_itself_is_not_counted_in_incidents() -> None:
    """A rule about the policy passes whatever incidents there are."""
    about = checked(verdict(evaluated=0), rules=(OF_THE_POLICY,))
    assert outcomes(about, "IR090 waiver-expired") == [
        ("IR090 waiver-expired: the policy", "passed")
    ]


@pytest.mark.parametrize(
    ("evaluated", "incidents", "expected"),
    [
        (2, 2, [("IR010 role-vacant: 2 incidents not asked about", "skipped")]),
        (
            3,
            2,
            [
                ("IR010 role-vacant: 2 incidents not asked about", "skipped"),
                ("IR010 role-vacant: 1 incident", "passed"),
            ],
        ),
        (0, 0, [("IR010 role-vacant", "skipped")]),
    ],
)
def test_a_rule_passes_only_where_it_was_asked(
    evaluated: int, incidents: int, expected: list[tuple[str, str]]
) -> None:
    """A rule without anything to look at is skipped; it never passes for one that found nothing."""
    not_asked = unasked(rule="IR010", name="role-vacant", incidents=incidents)
    about = replace(verdict(evaluated=evaluated), unasked=(not_asked,) if incidents else ())
    assert outcomes(checked(about)) == expected


def test_what_could_not_be_looked_at_is_an_error() -> None:
    """Each gap is an error in a suite of its own, so that the report is not green."""
    about = checked(incomplete(gaps("No answer.")))
    assert outcomes(about, "not evaluated") == [
        ("IR-1004", "error"),
        ("No answer.", "error"),
        ("all", "error"),
    ]
    assert counts(tree(about)) == ("6", "0", "3", "0")
    assert "not evaluated" not in check_junit(checked(found())).replace("IR099 not-evaluated", "")


def test_a_check_that_says_nothing_is_an_error() -> None:
    """Where no rule had anything to look at, the report is not green."""
    about = checked(replace(verdict(), said_nothing=True))
    assert outcomes(about, "not evaluated") == [("all", "error")]


def test_a_finding_of_a_rule_that_is_not_listed_is_not_lost() -> None:
    """It gets a suite of its own."""
    rules: tuple[Rule, ...] = (OF_THE_POLICY,)
    assert outcomes(checked(verdict(finding()), rules=rules)) == [("IR-1001 scribe", "failure")]


def test_the_counts_are_those_of_the_tests() -> None:
    """The sums of a suite and of the whole are what a reader counts itself."""
    root = tree(everything())
    for element in (root, *root):
        counted = [
            len(list(element.iter(tag))) for tag in ("testcase", "failure", "error", "skipped")
        ]
        assert counts(element) == tuple(map(str, counted))
    assert counts(root) == ("11", "3", "3", "2")


def test_the_time_is_that_of_the_check() -> None:
    """Readers order runs by it."""
    assert {suite.get("timestamp") for suite in tree(everything())} == {"2026-01-01T15:00:00"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_shown_as_text(text: str) -> None:
    """Whatever a text holds, the report is XML with the same tests in it."""
    about = everything(text)
    assert [each.tag for each in tree(about).iter()] == [
        each.tag for each in tree(everything()).iter()
    ]
    shown = check_junit(about)
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
    assert not {"\x1b", "\u202e", "\x00", "\uffff", "\ufffe"} & set(shown)
