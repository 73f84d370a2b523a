"""The whole judgement: rules over incidents, then waivers, then the comparison with a baseline.

The scheduled job, the command line and CI differ only in where the facts come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dd_incident_roles.policy.facts import Facts, FactsMissing, NothingConnected
from dd_incident_roles.policy.finding import (
    BaselineState,
    Breach,
    Finding,
    IncidentRef,
    NotEvaluated,
    Unasked,
)
from dd_incident_roles.policy.level import rank
from dd_incident_roles.policy.measures import measure
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rule import Rule, RuleTerms, Scope
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED
from dd_incident_roles.policy.verdict import Verdict
from dd_incident_roles.policy.waive import waive
from dd_incident_roles.policy.words import subject


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the rules said of all incidents, in no order yet.

    ``answered`` are the ids of rules that had something to look at in at least one incident.
    """

    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    unasked: tuple[Unasked, ...]
    evaluated: int
    skipped_tests: int
    skipped_scope: int
    answered: frozenset[str]


@dataclass(slots=True, kw_only=True)
class _Tally:
    findings: list[Finding] = field(default_factory=list)
    not_evaluated: list[NotEvaluated] = field(default_factory=list)
    unasked: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    concerned: dict[str, list[Facts]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    evaluated: int = 0
    tests: int = 0
    out_of_scope: int = 0


def ask(
    rules: Iterable[Rule],
    incidents: Iterable[Facts],
    now: datetime,
    *,
    policy: Policy,
    scope: Scope = Scope.OPEN,
) -> Asked:
    """Ask each rule of a scope about each incident of that scope.

    A rule that fails, or lacks a fact, leaves a finding and a mark that makes the check incomplete;
    what it found before that stands, and the other rules are asked all the same.
    """
    asked = tuple(rule for rule in rules if rule.scope is scope)
    tally = _Tally()
    for facts in incidents:
        if facts.incident.is_test:
            tally.tests += 1
        elif facts.incident.is_open is not (scope is Scope.OPEN):
            tally.out_of_scope += 1
        else:
            _ask(asked, facts, now, policy, tally)
    for rule in asked:
        concerned = sorted(tally.concerned.get(rule.id, ()), key=_by_number)
        if rule.organisation and concerned:
            terms = RuleTerms(now=now, grace=_grace(rule, policy))
            tally.findings.extend(
                _finding(rule, concerned[0], breach, policy)
                for breach in rule.organisation(concerned, terms)
            )
    return Asked(
        findings=tuple(tally.findings),
        not_evaluated=tuple(tally.not_evaluated),
        unasked=tuple(
            Unasked(
                rule=rule,
                name=name,
                reason=reason,
                incidents=count,
                optional=any(each.optional for each in asked if each.id == rule),
            )
            for (rule, name, reason), count in sorted(tally.unasked.items())
        ),
        evaluated=tally.evaluated,
        skipped_tests=tally.tests,
        skipped_scope=tally.out_of_scope,
        answered=frozenset(tally.answered),
    )


def _ask(
    rules: tuple[Rule, ...], facts: Facts, now: datetime, policy: Policy, tally: _Tally
) -> None:
    reasons: list[str] = []
    for rule in rules:
        terms = RuleTerms(now=now, grace=_grace(rule, policy))
        try:
            for breach in rule.evaluate(facts, terms):
                if rule.organisation:
                    tally.concerned.setdefault(rule.id, []).append(facts)
                    break
                tally.findings.append(_finding(rule, facts, breach, policy))
        except NothingConnected as nothing:
            tally.unasked[rule.id, rule.name, str(nothing)] += 1
            continue
        except FactsMissing as missing:
            reasons.append(f"{rule.id} ({rule.name}) could not be decided: {missing}")
        except Exception as failure:  # recorded: one broken rule must not hide the others
            reasons.append(f"{rule.id} ({rule.name}) failed: {_failure(facts, failure)}")
        tally.answered.add(rule.id)
    if reasons:
        tally.findings.append(_finding(NOT_EVALUATED, facts, _gap(facts, reasons, now), policy))
        tally.not_evaluated.extend(
            NotEvaluated(incident=facts.incident.public_id, reason=reason) for reason in reasons
        )
    tally.evaluated += not reasons


def _by_number(facts: Facts) -> int:
    return facts.incident.public_id


def _grace(rule: Rule, policy: Policy) -> timedelta:
    chosen = policy.setting(rule).grace
    return (rule.grace or timedelta()) if chosen is None else chosen


def _failure(facts: Facts, failure: Exception) -> str:
    kind = type(failure).__name__
    # The text of a failure can quote the incident, of which nothing is told when it is private.
    return kind if facts.is_redacted or not str(failure) else f"{kind}: {failure}"


def _gap(facts: Facts, reasons: Sequence[str], now: datetime) -> Breach:
    return Breach(
        message=f"{subject(facts)} was not checked in full: {'; '.join(reasons)}.",
        since=now,
        fix=f"dd-incident-roles check {facts.incident.public_id}",
    )


def _finding(rule: Rule, facts: Facts, breach: Breach, policy: Policy) -> Finding:
    setting = policy.setting(rule)
    return Finding(
        rule=rule.id,
        name=rule.name,
        level=setting.level or breach.level or rule.default_level,
        incident=IncidentRef.of(facts.incident, shows_private=facts.shows_private),
        message=breach.message,
        since=breach.since,
        fix=breach.fix,
        role=breach.role,
        stream=None if facts.is_redacted else breach.stream,
        distinct=breach.distinct or breach.stream or "",
        subject=breach.subject,
        evidence=() if facts.is_redacted else breach.evidence,
        place=breach.place or setting.place,
    )
