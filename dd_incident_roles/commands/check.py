"""``check``: asking the rules about incidents, live ones or those of a snapshot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.commands.gather_facts import Gathered
from dd_incident_roles.errors import UsageError
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rule import Rule, Scope
from dd_incident_roles.policy.rules.ir091_waiver_unused import WAIVER_UNUSED
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED
from dd_incident_roles.report.checked import Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTerms:
    """What a check is about, wherever its facts come from.

    ``closed_within`` is None for open incidents. ``baseline`` are the fingerprints of an earlier
    check, None where there is none to compare with.
    """

    rules: tuple[Rule, ...]
    closed_within: timedelta | None = None
    baseline: Collection[str] | None = None

    @property
    def scope(self) -> Scope:
        """Which incidents are judged."""
        return Scope.OPEN if self.closed_within is None else Scope.CLOSED


def check_incidents(
    gathered: Gathered, terms: CheckTerms, *, policy: Policy, now: datetime
) -> Checked:
    """Evaluate what was gathered; what could not be looked at is part of the verdict.

    Raises UsageError where none of the rules is about such incidents: a check that asks nothing
    would always pass.
    """
    rules = tuple(rule for rule in terms.rules if _is_asked(rule, terms, gathered, policy))
    if not any(rule.scope is terms.scope for rule in rules if rule is not NOT_EVALUATED):
        raise _nothing_to_ask(terms)
    question = Question(
        rules=rules,
        now=now,
        policy=policy,
        scope=terms.scope,
        is_whole=gathered.is_whole,
        baseline=terms.baseline,
    )
    return Checked(
        verdict=judge(question, gathered.facts, unread=gathered.unread),
        now=now,
        rules=rules,
        described=gathered.described,
        matched=gathered.matched,
        scope=terms.scope,
    )


def _is_asked(rule: Rule, terms: CheckTerms, gathered: Gathered, policy: Policy) -> bool:
    if rule is WAIVER_UNUSED and not gathered.is_whole:
        return False
    is_about_them = rule is NOT_EVALUATED or rule.scope in {terms.scope, Scope.POLICY}
    return is_about_them and not policy.setting(rule).is_off


def _nothing_to_ask(terms: CheckTerms) -> UsageError:
    named = ", ".join(rule.id for rule in terms.rules if rule is not NOT_EVALUATED)
    if terms.scope is Scope.OPEN:
        hint = "Add --since DAYS to look at closed incidents, or select other rules."
    else:
        hint = "Leave --since out to look at open incidents, or select other rules."
    return UsageError(f"None of the rules ({named}) is about {terms.scope.value}.", hint=hint)
