"""What is to be said of waivers that are written correctly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from dd_incident_roles.configuration.problem import Problem
from dd_incident_roles.policy.policy import Policy, Waiver
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.waive import is_over
from dd_incident_roles.roles.catalogue import Level

SOON = timedelta(days=14)
"""How long before its last day a waiver is said to end."""


def waiver_warnings(policy: Policy, rules: Mapping[str, Rule], today: date) -> Iterator[Problem]:
    """Waivers that are over, end soon, or are for a rule that is off; ``today`` is in UTC."""
    for waiver in policy.waivers:
        left = waiver.expires - today
        if is_over(waiver, today):
            yield _warning(
                waiver,
                f"{_named(waiver)} ended on {waiver.expires.isoformat()}, {_days(-left)} ago",
                hint="Remove it, or renew it.",
            )
        elif left <= SOON:
            until = f"in {_days(left)}" if left else "today"
            yield _warning(
                waiver,
                f"{_named(waiver)} ends on {waiver.expires.isoformat()}, {until}",
                hint="Renew it, or repair what it covers.",
            )
        if policy.setting(rules[waiver.rule]).is_off:
            yield _warning(
                waiver,
                f"{_named(waiver)} is for a rule that is off",
                hint="Remove it, or switch the rule on.",
            )


def _warning(waiver: Waiver, message: str, *, hint: str) -> Problem:
    return Problem(
        level=Level.WARNING,
        file=waiver.place.file,
        line=waiver.place.line,
        key="waivers",
        message=message,
        hint=hint,
    )


def _named(waiver: Waiver) -> str:
    return f"the waiver of {waiver.rule} by {waiver.owner}"


def _days(length: timedelta) -> str:
    return "1 day" if length.days == 1 else f"{length.days} days"
