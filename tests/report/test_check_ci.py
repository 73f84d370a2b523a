"""What ``check`` says to CI: annotations of a workflow run, and the tests of JUnit."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from dd_incident_roles.policy.judge import Checked
from dd_incident_roles.policy.policy import Scope
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report import check_ci
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import clean
from tests.report import checks
from tests.report.cases import steers_nothing
from tests.report.checks import check_of, everything, finding
from tests.report.readers import Annotation, annotated

WARNING = finding(level=Level.WARNING)


def log_of(about: Checked) -> list[str]:
    return check_ci.check_github(about, root=checks.ROOT).splitlines()


def seen(about: Checked) -> list[Annotation]:
    return annotated("\n".join(log_of(about)))


def kinds(about: Checked) -> list[str]:
    return [each.kind for each in seen(about)]


def test_a_finding_is_an_annotation() -> None:
    """It names the rule, the line that demands what is missing, and what to type."""
    assert log_of(check_of(finding())) == [
        "::error title=IR010 role-vacant,file=config/policy.yaml,line=12::"
        "Nobody is Scribe of IR-1001.  fix: dd-incident-roles assign 1001 scribe PERSON",
        "1 incident checked (query 'state:active'); 1 error.",
    ]
    (without_place,) = seen(check_of(replace(finding(), place=None)))
    assert without_place.properties == {"title": "IR010 role-vacant"}


def test_each_level_has_its_kind() -> None:
    """Errors come first, then warnings, then notices."""
    about = check_of(finding(level=Level.NOTE), WARNING, finding())
    assert kinds(about) == ["error", "warning", "notice"]


def test_what_could_not_be_looked_at_comes_first() -> None:
    """A gap is one error that no number of findings crowds out, nor the finding that says it."""
    same = replace(finding(), rule=NOT_EVALUATED.id, name=NOT_EVALUATED.name)
    about = check_of(same, *checks.many(20), not_evaluated=checks.gaps("No answer."))
    assert [each.message for each in seen(about)[:3]] == [
        "Not evaluated: IR-1004: No answer.",
        "Not evaluated: No answer.: No answer.",
        "Not evaluated: all: No answer.",
    ]
    assert len(seen(about)) == check_ci.MOST_PER_KIND
    assert len(seen(check_of(same, not_evaluated=checks.gaps("No answer.")))) == 3


def test_no_more_annotations_than_github_shows() -> None:
    """Ten of each kind, and a plain line that says how many more there are."""
    about = check_of(*checks.many(25), *[WARNING] * 11)
    assert kinds(about) == ["error"] * 10 + ["warning"] * 10
    assert [line for line in log_of(about) if not line.startswith("::")][:2] == [
        "15 more errors not shown here; see the summary or --format json.",
        "1 more warning not shown here; see the summary or --format json.",
    ]
    assert not any("more error" in line for line in log_of(check_of(*checks.many(10))))


def test_what_may_stand_is_counted_and_annotates_nothing() -> None:
    """Waived and known findings are in the closing line."""
    assert log_of(check_of(checks.waived(finding()), checks.known(finding()))) == [
        "1 incident checked (query 'state:active'); nothing new found; 1 waived; 1 known."
    ]


def test_the_rest_is_said_in_plain_lines() -> None:
    """Cautions, rules without anything to look at and measures follow the sum."""
    assert log_of(checks.silent(measures=checks.MEASURES))[1:] == [
        "0 incidents matched query 'state:active', so nothing was looked at.",
        "None of the rules asked had anything to look at, so this says nothing.",
        "Not evaluated: IR020 topic-stale (no chat is connected; 2 incidents)",
        "Time to Incident Manager: median 4 min, longest 21 min (IR-1007); 2 had none; "
        "1 not known.",
    ]


def test_a_file_is_named_as_the_repository_knows_it() -> None:
    """Below the root a path is relative; what GitHub would read as its own is escaped."""
    files = ("/work tree/config/a,b:c%.yaml", "/etc/policy.yaml")
    about = check_of(*(finding(file=file) for file in files))
    assert "file=config/a%2Cb%3Ac%25.yaml,line=12::" in log_of(about)[0]
    found = [each.properties["file"] for each in seen(about)]
    assert found == ["config/a,b:c%.yaml", "/etc/policy.yaml"]


@pytest.mark.parametrize("text", checks.HOSTILE.values(), ids=checks.HOSTILE)
def test_a_hostile_text_stays_one_annotation(text: str) -> None:
    """Whatever a text holds, the runner sees as many annotations, and reads them whole."""
    about = everything(text)
    assert kinds(about) == kinds(everything())
    assert len(log_of(about)) == len(log_of(everything()))
    assert not any("##[" in line for line in log_of(about))
    (warning,) = [each for each in seen(about) if each.kind == "warning"]
    if len(text) < check_ci.LONGEST_MESSAGE:
        assert warning.message.startswith(f"{clean(text)}  fix: dd-incident-roles assign")


def test_a_long_message_is_cut_before_its_fix() -> None:
    """What to type is still there behind ten thousand characters."""
    (only,) = seen(check_of(finding("x" * 10_000)))
    shown, _, fix = only.message.partition("…")
    assert shown == "x" * (check_ci.LONGEST_MESSAGE - 1)
    assert fix == "  fix: dd-incident-roles assign 1001 scribe PERSON"


OF_THE_POLICY = replace(ROLE_VACANT, id="IR090", name="waiver-expired", scope=Scope.POLICY)


def tree(about: Checked) -> ET.Element:
    return ET.fromstring(check_ci.check_junit(about).encode())  # noqa: S314 - of our own making


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


NOT_ASKED = ("IR010 role-vacant: 2 incidents not checked", "skipped")


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
    assert steers_nothing(check_ci.check_junit(about))
    assert not {"\uffff", "\ufffe"} & set(check_ci.check_junit(about))
