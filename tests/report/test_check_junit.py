"""What ``check --format junit`` says to a CI system."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from dd_incident_roles.policy.rule import Scope
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.report.check_junit import check_junit
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.roles.catalogue import Level
from tests.report import checks
from tests.report.cases import steers_nothing
from tests.report.checks import check_of, everything, finding

OF_THE_POLICY = replace(ROLE_VACANT, id="IR090", name="waiver-expired", scope=Scope.POLICY)


def tree(about: Checked) -> ET.Element:
    return ET.fromstring(check_junit(about).encode())  # noqa: S314 - of our own making


def cases(about: Checked, suite: str = "IR010 role-vacant") -> list[ET.Element]:
    return tree(about).findall(f"testsuite[@name='{suite}']/testcase")


def outcomes(about: Checked, suite: str = "IR010 role-vacant") -> list[tuple[str | None, str]]:
    """The name of each test of a suite, and the tag of what became of it."""
    found = cases(about, suite)
    return [(case.get("name"), case[0].tag if len(case) else "passed") for case in found]


def counts(element: ET.Element) -> tuple[str | None, ...]:
    return tuple(element.get(name) for name in ("tests", "failures", "errors", "skipped"))


def test_each_rule_is_a_suite() -> None:
    """A rule that found nothing passes, and says over how many incidents."""
    about = check_of(evaluated=12)
    names = [suite.get("name") for suite in tree(about)]
    assert names == ["IR001 no-incident-manager", "IR010 role-vacant", "IR099 not-evaluated"]
    assert outcomes(about) == [("IR010 role-vacant: 12 incidents", "passed")]


def test_a_finding_is_a_failure_with_its_fix() -> None:
    """A test is named by incident, role and stream; its failure says what to type."""
    (case,) = cases(check_of(finding(level=Level.WARNING, stream="db")))
    assert case.get("name") == "IR-1001 scribe (db)"
    assert case.get("classname") == "IR010 role-vacant"
    (failure,) = case
    assert failure.tag == "failure"
    assert failure.attrib == {"type": "warning", "message": "Nobody is Scribe of IR-1001."}
    assert str(failure.text).splitlines() == [
        "Nobody is Scribe of IR-1001.",
        "fix: dd-incident-roles assign 1001 scribe PERSON",
        "config/policy.yaml:12",
    ]


def test_what_may_stand_fails_nothing() -> None:
    """Waived and known findings are skipped and say why; a note passes, and is said."""
    note = finding(level=Level.NOTE)
    about = check_of(checks.waived(finding()), checks.known(finding()), note)
    assert [(case[0].tag, case[0].get("message")) for case in cases(about)] == [
        ("skipped", "waived by ada until 2026-02-01 (31 days left): small team"),
        ("skipped", "known from the baseline"),
        ("system-out", None),
    ]
    assert counts(tree(about)) == ("5", "0", "0", "2")


NOT_ASKED = ("IR010 role-vacant: 2 incidents not asked about", "skipped")


@pytest.mark.parametrize(
    ("evaluated", "incidents", "expected"),
    [
        (2, 2, [NOT_ASKED]),
        (3, 2, [NOT_ASKED, ("IR010 role-vacant: 1 incident", "passed")]),
        (0, 0, [("IR010 role-vacant", "skipped")]),
    ],
)
def test_a_rule_passes_only_where_it_was_asked(
    evaluated: int, incidents: int, expected: list[tuple[str, str]]
) -> None:
    """A rule without anything to look at is skipped; it never passes for one that found nothing."""
    not_asked = checks.unasked(rule="IR010", name="role-vacant", incidents=incidents)
    about = check_of(evaluated=evaluated, unasked=(not_asked,) if incidents else ())
    assert outcomes(about) == expected


def test_the_policy_is_not_counted_in_incidents() -> None:
    """A rule about the policy passes whatever incidents there are; a finding names its part."""
    about = check_of(evaluated=0, rules=(OF_THE_POLICY,))
    passed = [("IR090 waiver-expired: the policy", "passed")]
    assert outcomes(about, "IR090 waiver-expired") == passed
    assert outcomes(check_of(checks.of_the_policy())) == [("IR010 every incident ada", "failure")]


def test_what_could_not_be_looked_at_is_an_error() -> None:
    """Each gap is an error in a suite of its own, so that the report is not green."""
    about = check_of(not_evaluated=checks.gaps("No answer."))
    errors = [("IR-1004", "error"), ("No answer.", "error"), ("all", "error")]
    assert outcomes(about, "not evaluated") == errors
    assert counts(tree(about)) == ("6", "0", "3", "0")
    assert outcomes(checks.silent(), "not evaluated") == [("all", "error")]
    assert outcomes(check_of(finding()), "not evaluated") == []


def test_a_finding_of_a_rule_that_is_not_listed_is_not_lost() -> None:
    """It gets a suite of its own."""
    assert outcomes(check_of(finding(), rules=())) == [("IR-1001 scribe", "failure")]


def test_the_counts_and_times_are_those_of_the_tests() -> None:
    """Sums are what a reader counts itself, and runs are ordered by the time of the check."""
    root = tree(everything())
    for element in (root, *root):
        tags = [each.tag for each in element.iter()]
        counted = map(tags.count, ("testcase", "failure", "error", "skipped"))
        assert counts(element) == tuple(map(str, counted))
    assert counts(root) == ("11", "3", "3", "2")
    assert {suite.get("timestamp") for suite in root} == {"2026-01-01T15:00:00"}


@pytest.mark.parametrize("text", checks.HOSTILE.values(), ids=checks.HOSTILE)
def test_a_hostile_text_is_shown_as_text(text: str) -> None:
    """Whatever a text holds, the report is XML with the same tests in it."""
    about = everything(text)
    expected = [each.tag for each in tree(everything()).iter()]
    assert [each.tag for each in tree(about).iter()] == expected
    assert steers_nothing(check_junit(about))
    assert not {"\uffff", "\ufffe"} & set(check_junit(about))
