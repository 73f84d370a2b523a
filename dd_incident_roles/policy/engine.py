"""Asking every rule about every incident; nothing that goes wrong on the way is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.finding import Breach, Finding, IncidentRef, NotEvaluated
from dd_incident_roles.policy.level import rank
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules.not_evaluated import NOT_EVALUATED
from dd_incident_roles.policy.verdict import Verdict
from dd_incident_roles.policy.wording import subject


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What the rules said of one incident, and why some of them said nothing."""

    findings: tuple[Finding, ...]
    reasons: tuple[str, ...]


def evaluate(
    rules: Iterable[Rule],
    incidents: Iterable[Facts],
    now: datetime,
    *,
    unread: Iterable[NotEvaluated] = (),
) -> Verdict:
    """Ask each rule about each open incident; ``unread`` are those about which facts are missing.

    A rule that fails, or lacks a fact, leaves a finding and a mark that makes the check incomplete;
    what it found before that stands, and the other rules are asked all the same.
    """
    asked = tuple(rules)
    findings: list[Finding] = []
    not_evaluated = list(unread)
    evaluated = tests = closed = 0
    for facts in incidents:
        if facts.incident.is_test:
            tests += 1
        elif not facts.incident.is_open:
            closed += 1
        else:
            answer = _ask(asked, facts, now)
            findings.extend(answer.findings)
            not_evaluated.extend(
                NotEvaluated(incident=facts.incident.public_id, reason=reason)
                for reason in answer.reasons
            )
            evaluated += not answer.reasons
    return Verdict(
        findings=tuple(sorted(findings, key=_order)),
        not_evaluated=tuple(sorted(not_evaluated, key=_order_of_gaps)),
        evaluated=evaluated,
        skipped_tests=tests,
        skipped_closed=closed,
    )


def _ask(rules: tuple[Rule, ...], facts: Facts, now: datetime) -> _Answer:
    findings: list[Finding] = []
    reasons: list[str] = []
    for rule in rules:
        try:
            for breach in rule.evaluate(facts, now):
                findings.append(_finding(rule, facts, breach))  # noqa: PERF401 - a list built at once would lose what was found before a failure
        except FactsMissing as missing:
            reasons.append(f"{rule.id} ({rule.name}) could not be decided: {missing}")
        except Exception as failure:  # recorded: one broken rule must not hide the others
            reasons.append(f"{rule.id} ({rule.name}) failed: {_failure(facts, failure)}")
    if reasons:
        findings.append(_finding(NOT_EVALUATED, facts, _gap(facts, reasons, now)))
    return _Answer(findings=tuple(findings), reasons=tuple(reasons))


def _failure(facts: Facts, failure: Exception) -> str:
    kind = type(failure).__name__
    # The text of a failure can quote the incident, of which nothing is told when it is private.
    return kind if facts.incident.private or not str(failure) else f"{kind}: {failure}"


def _gap(facts: Facts, reasons: Sequence[str], now: datetime) -> Breach:
    return Breach(
        level=NOT_EVALUATED.default_level,
        message=f"{subject(facts.incident)} was not checked in full: {'; '.join(reasons)}.",
        since=now,
        fix=f"dd-incident-roles check {facts.incident.public_id}",
    )


def _finding(rule: Rule, facts: Facts, breach: Breach) -> Finding:
    return Finding(
        rule=rule.id,
        name=rule.name,
        level=breach.level,
        incident=IncidentRef.of(facts.incident),
        message=breach.message,
        since=breach.since,
        fix=breach.fix,
        role=breach.role,
        stream=breach.stream,
    )


def _order(finding: Finding) -> tuple[int, int, str, str, str]:
    return (
        rank(finding.level),
        finding.incident.public_id,
        finding.rule,
        finding.role or "",
        finding.stream or "",
    )


def _order_of_gaps(gap: NotEvaluated) -> tuple[int, str, str]:
    number = gap.incident if isinstance(gap.incident, int) else -1
    return (number, str(gap.incident or ""), gap.reason)
