"""What the rules say of incidents, wherever the facts come from.

It is apart from what gathers them: a check of a file needs neither the record nor Datadog.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from dd_incident_roles.errors import UsageError
from dd_incident_roles.facts.snapshot import Snapshot
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import Policy, Rule, Scope
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED, WAIVER_UNUSED
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.values import frozen


@frozen
class CheckOptions:
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
    gathered: Snapshot, options: CheckOptions, *, policy: Policy, now: datetime
) -> Checked:
    """Evaluate what was gathered; what could not be looked at is part of the verdict.

    Raises UsageError where none of the rules is about such incidents: a check that asks nothing
    would always pass.
    """
    rules = tuple(rule for rule in options.rules if _is_asked(rule, options, gathered, policy))
    if not any(rule.scope is options.scope for rule in rules if rule is not NOT_EVALUATED):
        asked = ", ".join(rule.id for rule in options.rules if rule is not NOT_EVALUATED)
        is_open = options.scope is Scope.OPEN
        add, other = ("Add --since DAYS", "closed") if is_open else ("Leave --since out", "open")
        raise UsageError(
            f"None of the rules ({asked}) checks {options.scope.value}.",
            hint=f"{add} to look at {other} incidents, or select other rules.",
        )
    question = Question(
        rules=rules,
        now=now,
        policy=policy,
        scope=options.scope,
        is_whole=gathered.is_whole,
        baseline=options.baseline,
    )
    return Checked(
        verdict=judge(question, gathered.incidents, unread=gathered.unread),
        now=now,
        rules=rules,
        described=gathered.described,
        matched=gathered.matched,
        scope=options.scope,
    )


def _is_asked(rule: Rule, options: CheckOptions, gathered: Snapshot, policy: Policy) -> bool:
    if rule is WAIVER_UNUSED and not gathered.is_whole:
        return False
    is_about_them = rule is NOT_EVALUATED or rule.scope in {options.scope, Scope.POLICY}
    return is_about_them and not policy.setting(rule).is_off
