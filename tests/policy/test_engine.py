"""The engine: what it asks, in which order it answers, and that it never falls silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.finding import Breach, FailOn, NotEvaluated
from dd_incident_roles.policy.rule import RuleContext
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import SCRIBE, at, facts, incident, verdict_of

ALL = (NO_INCIDENT_MANAGER, ROLE_VACANT, NOT_EVALUATED)


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
    verdict = verdict_of(ALL, [facts()], at(60))
    assert [(finding.rule, finding.role) for finding in verdict.findings] == [
        ("IR001", INCIDENT_MANAGER),
        ("IR010", SCRIBE),
    ]
    assert (verdict.evaluated, verdict.not_evaluated) == (1, ())
    assert verdict.exit_code(FailOn.ERROR) == 1


def test_a_staffed_incident_is_clean() -> None:
    """Nothing is found once the required roles are held."""
    verdict = verdict_of(ALL, [facts(holders=(INCIDENT_MANAGER, SCRIBE))], at(60))
    assert (verdict.findings, verdict.evaluated) == ((), 1)
    assert verdict.exit_code(FailOn.WARNING) == 0


def test_nothing_to_look_at_is_clean_and_counted() -> None:
    """No incident is no finding, and the count says that there was none."""
    verdict = verdict_of(ALL, [], at(0))
    assert (verdict.evaluated, verdict.exit_code(FailOn.WARNING)) == (0, 0)


def test_tests_and_closed_incidents_are_passed_over_and_counted() -> None:
    """A test incident or a resolved one breaks nothing, and is not counted as looked at."""
    verdict = verdict_of(
        ALL,
        [
            facts(incident(is_test=True)),
            facts(incident(state="resolved")),
            facts(incident(state="Completed")),
            facts(incident(state="stable", public_id=1002)),
        ],
        at(60),
    )
    assert {finding.public_id for finding in verdict.findings} == {1002}
    assert (verdict.evaluated, verdict.skipped_tests, verdict.skipped_closed) == (1, 1, 2)


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


def test_a_crashing_rule_hides_no_other() -> None:
    """The rules after a broken one are asked, and so are the other incidents."""
    verdict = verdict_of([CRASHING, LACKING, *ALL], [facts(), facts(incident(public_id=7))], at(60))
    found = {(finding.rule, finding.public_id) for finding in verdict.findings}
    assert {("IR001", 7), ("IR001", 1001), ("IR010", 7), ("IR099", 7), ("IR099", 1001)} <= found


def test_two_broken_rules_are_one_finding_per_incident() -> None:
    """Findings of one incident never share a fingerprint."""
    verdict = verdict_of([CRASHING, LACKING, *ALL], [facts()], at(60))
    prints = [finding.fingerprint for finding in verdict.findings]
    assert len(set(prints)) == len(prints)
    assert len(verdict.not_evaluated) == 2


def test_the_failure_of_a_rule_tells_nothing_of_a_private_incident() -> None:
    """The text of an exception could quote what only some may read."""
    verdict = verdict_of([CRASHING], [facts(incident(private=True))], at(0))
    assert "no such thing" not in verdict.findings[0].message
    assert verdict.findings[0].incident
    assert verdict.findings[0].incident.title is None


def test_a_missing_fact_makes_the_check_incomplete() -> None:
    """A rule without its facts is never taken for a rule that found nothing."""
    verdict = verdict_of([LACKING], [facts()], at(60))
    assert [gap.reason for gap in verdict.not_evaluated] == [
        "IR098 (lacking) could not be decided: who was there is not known"
    ]
    assert verdict.exit_code(FailOn.ERROR) == 3


def test_an_unread_incident_makes_the_check_incomplete() -> None:
    """What could not be read is passed on, and outranks findings in the exit code."""
    unread = [NotEvaluated(incident=1002, reason="Datadog answered 403")]
    verdict = verdict_of(ALL, [facts()], at(60), unread=unread)
    assert verdict.not_evaluated == tuple(unread)
    assert [finding.rule for finding in verdict.findings] == ["IR001", "IR010"]
    assert verdict.exit_code(FailOn.ERROR) == 3


def test_the_order_is_the_same_whatever_order_the_incidents_come_in() -> None:
    """Errors come first, then the lower public id, then the rule and the role."""
    incidents = [
        facts(incident(public_id=1002)),
        facts(incident("SEV-2", public_id=1001)),
        facts(incident("SEV-3", public_id=1003)),
    ]
    orders = {verdict_of(ALL, order, at(60)).findings for order in permutations(incidents)}
    assert len(orders) == 1
    assert [(f.level, f.public_id, f.rule) for f in orders.pop()] == [
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
    verdict = verdict_of(ALL, [facts(incident(severity), holders=(INCIDENT_MANAGER,))], at(60))
    assert verdict.exit_code(fail_on) == code


def test_the_fingerprint_outlives_words_and_times() -> None:
    """The same gap in the same incident has one fingerprint from run to run; another has not."""
    early = verdict_of(ALL, [facts(holders=(INCIDENT_MANAGER,))], at(6)).findings
    late = verdict_of(
        ALL, [facts(incident(title="Renamed"), holders=(INCIDENT_MANAGER,))], at(90)
    ).findings
    other = verdict_of(ALL, [facts(incident(public_id=2))], at(90)).findings
    assert [f.fingerprint for f in early] == [f.fingerprint for f in late]
    assert not {f.fingerprint for f in early} & {f.fingerprint for f in other}
