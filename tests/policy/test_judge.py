"""The whole judgement, where only the order and the sum of its parts matter."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.finding import BaselineState, FailOn, NotEvaluated, SourceLocation
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import RuleSetting
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from tests.policy.cases import POLICY, at, facts, incident

QUESTION = Question(
    rules=(ROLE_VACANT, NO_INCIDENT_MANAGER, NOT_EVALUATED), now=at(60), policy=POLICY
)
GAP = NotEvaluated(incident=1002, reason="it could not be read")


def test_a_rule_that_is_off_is_not_asked() -> None:
    """Whoever asks for a rule that the policy turns off hears nothing of it."""
    off = RuleSetting(place=SourceLocation("policy.yaml", 3), is_off=True)
    policy = replace(POLICY, rules=MappingProxyType({ROLE_VACANT.id: off}))
    verdict = judge(replace(QUESTION, policy=policy), [facts()])
    assert [finding.rule for finding in verdict.findings] == ["IR001"]


def test_findings_are_in_one_order() -> None:
    """By incident and rule within a level, whatever order they were asked in."""
    seen = [facts(incident(public_id=number)) for number in (1003, 1001, 1002)]
    verdict = judge(QUESTION, seen)
    told = [(finding.public_id, finding.rule) for finding in verdict.findings]
    assert told == [(number, rule) for number in (1001, 1002, 1003) for rule in ("IR001", "IR010")]
    assert judge(QUESTION, reversed(seen)) == verdict


def test_what_could_not_be_read_makes_it_incomplete() -> None:
    """A gap that comes with the facts is exit 3, beside what was found elsewhere."""
    verdict = judge(QUESTION, [facts()], unread=[GAP])
    assert verdict.not_evaluated == (GAP,)
    assert verdict.exit_code(FailOn.NEVER) == 3
    assert verdict.findings


def test_a_baseline_marks_every_finding() -> None:
    """What is in it is known, the rest new, and what it has besides is settled."""
    [manager, scribe] = judge(QUESTION, [facts()]).findings
    known = (scribe.fingerprint, "0123456789abcdef")
    verdict = judge(replace(QUESTION, baseline=known), [facts()])
    assert [finding.baseline for finding in verdict.findings] == [
        BaselineState.NEW,
        BaselineState.EXISTING,
    ]
    assert verdict.findings[0].fingerprint == manager.fingerprint
    assert verdict.resolved == ("0123456789abcdef",)
    assert verdict.exit_code(FailOn.ERROR) == 1


def test_without_a_baseline_nothing_is_marked() -> None:
    """An empty baseline makes everything new; none at all says nothing of it."""
    [finding] = judge(QUESTION, [facts(holders=(INCIDENT_MANAGER,))]).findings
    assert finding.baseline is None
    empty = replace(QUESTION, baseline=())
    [finding] = judge(empty, [facts(holders=(INCIDENT_MANAGER,))]).findings
    assert finding.baseline is BaselineState.NEW
