"""Asking every rule about every incident; nothing that goes wrong on the way is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dd_incident_roles.policy.facts import Facts, FactsMissing, NothingConnected
from dd_incident_roles.policy.finding import (
    Breach,
    Finding,
    IncidentRef,
    NotEvaluated,
    Unasked,
)
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rule import Rule, RuleTerms, Scope
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED
from dd_incident_roles.policy.words import subject


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
