"""The judgement: what is asked, in which order it is told, and that it never falls silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import (
    BaselineState,
    Breach,
    FailOn,
    NotEvaluated,
    RuleContext,
    RuleSetting,
    SourceLocation,
)
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import POLICY, SCRIBE, at, facts, incident, verdict_of

ALL = (ROLE_VACANT, NO_INCIDENT_MANAGER, NOT_EVALUATED)
QUESTION = Question(rules=ALL, now=at(60), policy=POLICY)
GAP = NotEvaluated(incident=1002, reason="Datadog answered 403")
MANAGED = facts(holders=(INCIDENT_MANAGER,))


def crash(about: Facts, terms: RuleContext) -> Iterator[Breach]:
    yield from NO_INCIDENT_MANAGER.evaluate(about, terms)
    raise KeyError("no such thing")


def lack(about: Facts, terms: RuleContext) -> Iterator[Breach]:
    yield from ()
    raise FactsMissing("who was there is not known")


CRASHING = replace(NO_INCIDENT_MANAGER, id="IR097", name="crashing", evaluate=crash)
LACKING = replace(NO_INCIDENT_MANAGER, id="IR098", name="lacking", evaluate=lack)


def test_an_incident_without_anybody_breaks_both_rules() -> None:
    """The two rules of the mission report the missing manager and the empty Scribe."""
    verdict = judge(QUESTION, [facts()])
    found = [(finding.rule, finding.role) for finding in verdict.findings]
    assert found == [("IR001", INCIDENT_MANAGER), ("IR010", SCRIBE)]
    assert (verdict.evaluated, verdict.not_evaluated) == (1, ())
    assert verdict.exit_code(FailOn.ERROR) == 1


@pytest.mark.parametrize("incidents", [[], [facts(holders=(INCIDENT_MANAGER, SCRIBE))]])
def test_a_check_that_finds_nothing_is_clean_and_counted(incidents: list[Facts]) -> None:
    """Nothing is found once the required roles are held, and the count says where it was looked."""
    verdict = judge(QUESTION, incidents)
    assert (verdict.findings, verdict.evaluated) == ((), len(incidents))
    assert verdict.exit_code(FailOn.WARNING) == 0


def test_tests_and_closed_incidents_are_passed_over_and_counted() -> None:
    """A test incident or a resolved one breaks nothing, and is not counted as looked at."""
    passed_over = (incident(is_test=True), incident(state="resolved"), incident(state="Completed"))
    stable = incident(state="stable", public_id=1002)
    verdict = judge(QUESTION, [facts(each) for each in (*passed_over, stable)])
    assert {finding.public_id for finding in verdict.findings} == {1002}
    assert (verdict.evaluated, verdict.skipped_tests, verdict.skipped_closed) == (1, 1, 2)


def test_a_rule_that_is_off_is_not_asked() -> None:
    """Whoever asks for a rule that the policy turns off hears nothing of it."""
    off = RuleSetting(place=SourceLocation("policy.yaml", 3), is_off=True)
    policy = replace(POLICY, rules={ROLE_VACANT.id: off})
    verdict = judge(replace(QUESTION, policy=policy), [facts()])
    assert [finding.rule for finding in verdict.findings] == ["IR001"]


def test_a_crashing_rule_is_a_finding_and_makes_the_check_incomplete() -> None:
    """A rule that crashes is reported as IR099, with what it had found, and exits 3."""
    verdict = verdict_of([CRASHING], [facts()], at(60))
    assert [finding.rule for finding in verdict.findings] == ["IR097", "IR099"]
    assert verdict.findings[1].level is Level.ERROR
    assert "KeyError: 'no such thing'" in verdict.findings[1].message
    (gap,) = verdict.not_evaluated
    assert gap.incident == 1001
    assert verdict.evaluated == 0
    assert verdict.exit_code(FailOn.NEVER) == 3


def test_broken_rules_hide_no_other_and_are_one_finding_per_incident() -> None:
    """The rules after a broken one are asked of each incident; no two share a fingerprint."""
    verdict = verdict_of([CRASHING, LACKING, *ALL], [facts(), facts(incident(public_id=7))], at(60))
    found = {(finding.rule, finding.public_id) for finding in verdict.findings}
    assert {("IR001", 7), ("IR001", 1001), ("IR010", 7), ("IR099", 7), ("IR099", 1001)} <= found
    assert len({finding.fingerprint for finding in verdict.findings}) == len(verdict.findings)
    assert len(verdict.not_evaluated) == 4


def test_the_failure_of_a_rule_tells_nothing_of_a_private_incident() -> None:
    """The text of an exception could quote what only some may read."""
    (finding,) = verdict_of([CRASHING], [facts(incident(private=True))], at(0)).findings
    assert "no such thing" not in finding.message
    assert finding.incident
    assert finding.incident.title is None


def test_a_missing_fact_makes_the_check_incomplete() -> None:
    """A rule without its facts is never taken for a rule that found nothing."""
    verdict = verdict_of([LACKING], [facts()], at(60))
    assert [gap.reason for gap in verdict.not_evaluated] == [
        "IR098 (lacking) could not be checked: who was there is not known"
    ]
    assert verdict.exit_code(FailOn.ERROR) == 3


def test_an_unread_incident_makes_the_check_incomplete() -> None:
    """What could not be read is passed on, and outranks findings in the exit code."""
    verdict = judge(QUESTION, [facts()], unread=[GAP])
    assert verdict.not_evaluated == (GAP,)
    assert [finding.rule for finding in verdict.findings] == ["IR001", "IR010"]
    assert {verdict.exit_code(each) for each in FailOn} == {3}


def test_the_verdict_is_the_same_whatever_order_the_incidents_come_in() -> None:
    """Errors come first, then the lower public id, then the rule and the role."""
    severities = {1002: "SEV-1", 1001: "SEV-2", 1003: "SEV-3"}
    incidents = [facts(incident(each, public_id=number)) for number, each in severities.items()]
    orders = {judge(QUESTION, order) for order in permutations(incidents)}
    assert len(orders) == 1
    assert [(f.level, f.public_id, f.rule) for f in orders.pop().findings] == [
        (Level.ERROR, 1001, "IR001"),
        (Level.ERROR, 1002, "IR001"),
        (Level.ERROR, 1002, "IR010"),
        (Level.ERROR, 1003, "IR001"),
        (Level.WARNING, 1001, "IR010"),
    ]


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        ("SEV-2", FailOn.ERROR, 0),
        ("SEV-2", FailOn.WARNING, 1),
        ("SEV-1", FailOn.ERROR, 1),
        ("SEV-1", FailOn.NEVER, 0),
        ("SEV-3", FailOn.WARNING, 0),
    ],
)
def test_the_threshold_decides_what_fails(severity: str, fail_on: FailOn, code: int) -> None:
    """Findings below the threshold are shown and fail nothing."""
    verdict = judge(QUESTION, [facts(incident(severity), holders=(INCIDENT_MANAGER,))])
    assert verdict.exit_code(fail_on) == code


def test_the_fingerprint_outlives_words_and_times() -> None:
    """The same gap in the same incident has one fingerprint from run to run; another has not."""
    renamed = replace(MANAGED, incident=incident(title="Renamed"))
    early, late, other = (
        {finding.fingerprint for finding in verdict_of(ALL, [about], at(minutes)).findings}
        for about, minutes in ((MANAGED, 6), (renamed, 90), (facts(incident(public_id=2)), 90))
    )
    assert early == late
    assert not early & other


def test_a_baseline_marks_every_finding() -> None:
    """What is in it is known, the rest new, and what it has besides is settled."""
    [manager, scribe] = judge(QUESTION, [facts()]).findings
    assert (manager.baseline, scribe.baseline) == (None, None)
    known = (scribe.fingerprint, "0123456789abcdef")
    verdict = judge(replace(QUESTION, baseline=known), [facts()])
    assert verdict.findings == (
        replace(manager, baseline=BaselineState.NEW),
        replace(scribe, baseline=BaselineState.EXISTING),
    )
    assert verdict.resolved == ("0123456789abcdef",)
    assert verdict.exit_code(FailOn.ERROR) == 1
    empty = judge(replace(QUESTION, baseline=()), [facts()])
    assert {finding.baseline for finding in empty.findings} == {BaselineState.NEW}
