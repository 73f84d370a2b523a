"""The whole judgement: rules over incidents, then waivers, then the comparison with a baseline.

The scheduled job, the command line and CI differ only in where the facts come from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from dd_incident_roles.policy.engine import ask
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import BaselineState, Finding, NotEvaluated
from dd_incident_roles.policy.level import rank
from dd_incident_roles.policy.measures import measure
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rule import Rule, Scope
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED
from dd_incident_roles.policy.verdict import Verdict
from dd_incident_roles.policy.waive import waive


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a check is to find out.

    ``is_whole`` says that every incident that the policy is about was looked at, so that a waiver
    without a finding is one that nobody needs. ``baseline`` are the fingerprints of an earlier
    check.
    """

    rules: tuple[Rule, ...]
    now: datetime
    policy: Policy
    scope: Scope = Scope.OPEN
    is_whole: bool = False
    baseline: Collection[str] | None = None


def judge(
    question: Question, incidents: Iterable[Facts], *, unread: Iterable[NotEvaluated] = ()
) -> Verdict:
    """Evaluate incidents; ``unread`` are those about which facts are missing."""
    seen = tuple(incidents)
    rules = tuple(rule for rule in question.rules if not question.policy.setting(rule).is_off)
    asked = ask(rules, seen, question.now, policy=question.policy, scope=question.scope)
    not_evaluated = tuple(sorted((*unread, *asked.not_evaluated), key=_order_of_gaps))
    silent = {each.rule for each in asked.unasked} - asked.answered
    findings = waive(
        asked.findings,
        seen,
        question.policy,
        rules=tuple(
            rule
            for rule in rules
            if rule.scope in {question.scope, Scope.POLICY} and rule.id not in silent
        ),
        now=question.now,
        is_whole=question.is_whole and not not_evaluated,
    )
    compared = compare(findings, question.baseline)
    wanted = {rule.id for rule in rules if rule.scope is question.scope} - {NOT_EVALUATED.id}
    closed = question.scope is Scope.CLOSED
    return Verdict(
        findings=tuple(sorted(compared.findings, key=_order)),
        not_evaluated=not_evaluated,
        evaluated=asked.evaluated,
        skipped_tests=asked.skipped_tests,
        skipped_closed=0 if closed else asked.skipped_scope,
        skipped_open=asked.skipped_scope if closed else 0,
        unasked=asked.unasked,
        resolved=compared.resolved,
        measures=measure(_of_scope(seen, question.scope)) if closed else None,
        said_nothing=bool(wanted) and bool(asked.evaluated) and not (wanted & asked.answered),
    )


def _of_scope(incidents: Iterable[Facts], scope: Scope) -> Iterable[Facts]:
    return (
        facts
        for facts in incidents
        if not facts.incident.is_test and facts.incident.is_open is (scope is Scope.OPEN)
    )


def _order(finding: Finding) -> tuple[int, int, str, str, str, str]:
    return (
        rank(finding.level),
        finding.incident.public_id if finding.incident else 0,
        finding.rule,
        finding.role or "",
        finding.stream or "",
        finding.subject,
    )


def _order_of_gaps(gap: NotEvaluated) -> tuple[int, str, str]:
    number = gap.incident if isinstance(gap.incident, int) else -1
    return (number, str(gap.incident or ""), gap.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Every finding with its state, and the fingerprints that were known and are found no more."""

    findings: tuple[Finding, ...]
    resolved: tuple[str, ...] = ()


def compare(findings: Iterable[Finding], baseline: Collection[str] | None) -> Compared:
    """Mark each finding as new or existing; without a baseline nothing is marked."""
    found = tuple(findings)
    if baseline is None:
        return Compared(findings=found)
    known = frozenset(baseline)
    marked = tuple(
        replace(
            finding,
            baseline=BaselineState.EXISTING if finding.fingerprint in known else BaselineState.NEW,
        )
        for finding in found
    )
    gone = known - {finding.fingerprint for finding in found}
    return Compared(findings=marked, resolved=tuple(sorted(gone)))
