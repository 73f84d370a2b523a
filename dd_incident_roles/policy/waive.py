"""Waivers: which findings are accepted, and which waivers have expired or cover nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from dd_incident_roles.policy.clock import in_force
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Finding, Waived
from dd_incident_roles.policy.policy import Policy, Waiver
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules.ir09x_of_the_engine import (
    NOT_EVALUATED,
    WAIVER_EXPIRED,
    WAIVER_UNUSED,
)
from dd_incident_roles.roles.conditions import ALWAYS, describe
from dd_incident_roles.words import command, count_of, incident_label

NEVER_WAIVED: Final = frozenset({NOT_EVALUATED.id, WAIVER_EXPIRED.id, WAIVER_UNUSED.id})
"""Rules that cannot be waived: a waiver must not hide that something was not checked."""


def waive(
    findings: Iterable[Finding],
    incidents: Sequence[Facts],
    policy: Policy,
    *,
    rules: Sequence[Rule],
    now: datetime,
    is_whole: bool,
) -> tuple[Finding, ...]:
    """Every finding, with its waiver if one covers it, and the findings about the waivers.

    A waiver that is over covers nothing, and is a finding itself (IR090); one that covers nothing
    in a whole check is another (IR091). IR099 cannot be waived. ``rules`` are those that were
    asked, with the two about waivers where they are wanted.
    """
    today = now.astimezone(UTC).date()
    holding = [waiver for waiver in policy.waivers if not is_over(waiver, today)]
    facts = {each.incident.id: each for each in incidents}
    judged: list[Finding] = []
    used: set[int] = set()
    for finding in findings:
        about = facts.get(finding.incident.id) if finding.incident else None
        covering = [
            number for number, waiver in enumerate(holding) if _covers(waiver, finding, about, now)
        ]
        # If two overlap, both count as used, although only the first one is named.
        used.update(covering)
        judged.append(_waived(finding, holding[covering[0]]) if covering else finding)
    asked = {rule.id for rule in rules}
    if WAIVER_EXPIRED.id in asked:
        over = (waiver for waiver in policy.waivers if is_over(waiver, today))
        judged += [_expired(waiver, policy, today) for waiver in over]
    if WAIVER_UNUSED.id in asked and is_whole:
        idle = (waiver for number, waiver in enumerate(holding) if number not in used)
        judged += [_unused(waiver, policy, today) for waiver in idle if waiver.rule in asked]
    return tuple(judged)


def is_over(waiver: Waiver, today: date) -> bool:
    """Whether the last day of a waiver has passed; ``today`` is a day in UTC."""
    return waiver.expires < today


def _covers(waiver: Waiver, finding: Finding, facts: Facts | None, now: datetime) -> bool:
    return (
        finding.rule == waiver.rule
        and finding.rule not in NEVER_WAIVED
        and waiver.incident in (None, finding.public_id)
        and waiver.role in (None, finding.role)
        and waiver.stream in (None, finding.stream or finding.distinct)
        and _applies(waiver, facts, now)
    )


def _applies(waiver: Waiver, facts: Facts | None, now: datetime) -> bool:
    if waiver.when == ALWAYS:
        return True
    held = None if facts is None else in_force(waiver.when, facts, now)
    return held is not None and held.sure


def _waived(finding: Finding, waiver: Waiver) -> Finding:
    waived = Waived(reason=waiver.reason, owner=waiver.owner, expires=waiver.expires)
    return replace(finding, waived=waived)


def _expired(waiver: Waiver, policy: Policy, today: date) -> Finding:
    days = count_of((today - waiver.expires).days, "day")
    message = (
        f"The waiver of {_coverage(waiver)} expired on {waiver.expires.isoformat()}, "
        f"{days} ago. Remove or renew it at"
    )
    return _finding(WAIVER_EXPIRED, waiver, policy, message, waiver.expires + timedelta(days=1))


def _unused(waiver: Waiver, policy: Policy, today: date) -> Finding:
    message = (
        f"The waiver of {_coverage(waiver)} covers no finding. Remove it, or narrow it "
        "to what it is for, at"
    )
    return _finding(WAIVER_UNUSED, waiver, policy, message, waiver.created or today)


def _finding(rule: Rule, waiver: Waiver, policy: Policy, message: str, since: date) -> Finding:
    return Finding(
        rule=rule.id,
        name=rule.name,
        level=policy.setting(rule).level or rule.default_level,
        incident=None,
        message=f"{message} {waiver.place.file}:{waiver.place.line}.",
        since=datetime.combine(since, time(), tzinfo=UTC),
        fix=command("catalog", "lint"),
        place=waiver.place,
        subject=waiver.subject,
    )


def _coverage(waiver: Waiver) -> str:
    return f"{waiver.rule} by {waiver.owner}, for {' '.join(_parts(waiver))},"


def _parts(waiver: Waiver) -> Iterator[str]:
    yield "every incident" if waiver.incident is None else incident_label(waiver.incident)
    if waiver.role is not None:
        yield f"and the role {waiver.role}"
    if waiver.stream is not None:
        yield f"and the stream {waiver.stream!r}"
    if waiver.when != ALWAYS:
        yield describe(waiver.when)
