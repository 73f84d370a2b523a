"""What was known of many incidents at one moment, and what the rules say of it or of a part.

A check of a file needs neither the record nor Datadog.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dd_incident_roles.errors import UnknownIncident, UsageError
from dd_incident_roles.policy.facts import Facts, is_closed_since
from dd_incident_roles.policy.judge import Checked, Question, judge
from dd_incident_roles.policy.policy import NotEvaluated, Policy, Rule, Scope
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED, WAIVER_UNUSED
from dd_incident_roles.values import frozen

if TYPE_CHECKING:
    # A file of facts is judged without what a sync is made of.
    from dd_incident_roles.sync.plan import IncidentResult


@frozen
class Snapshot:
    """The facts about incidents, when they were looked at, how they were chosen, and what is amiss.

    ``described`` says in words how the incidents were chosen, and ``is_whole`` that they are all of
    their kind, not a choice. ``version`` is that of the program that looked, and ``unread`` is what
    it could not look at. ``closed_within`` is how far back one of closed incidents reaches.
    ``gone`` are incidents that Datadog shows no longer, with a notice each.
    """

    taken_at: datetime
    described: str
    version: str
    incidents: tuple[Facts, ...]
    unread: tuple[NotEvaluated, ...] = ()
    is_whole: bool = False
    closed_within: timedelta | None = None
    gone: tuple[IncidentResult, ...] = ()

    @property
    def matched(self) -> int:
        """How many incidents there were, including those that were read only in part."""
        known = {facts.incident.public_id for facts in self.incidents}
        return len(known | {gap.incident for gap in self.unread})


def narrow(
    snapshot: Snapshot,
    named: Sequence[str],
    *,
    name_of: Callable[[str], int | str],
    closed_within: timedelta | None,
    at: datetime,
) -> Snapshot:
    """The part of a snapshot that a check is about: the named incidents, or all.

    ``name_of`` makes a public id or an id of what somebody typed. Raises UsageError for what the
    snapshot cannot tell as of ``at``, and UnknownIncident for a name that is not in it.
    """
    _expect_answerable(snapshot, at, closed_within)
    incidents, unread = snapshot.incidents, snapshot.unread
    if closed_within is not None:
        earliest = at - closed_within
        incidents = tuple(each for each in incidents if is_closed_since(each.incident, earliest))
    if named:
        incidents, unread = _chosen(incidents, unread, named, name_of)
    taken = f"{snapshot.taken_at:%Y-%m-%d %H:%M} UTC"
    return replace(
        snapshot,
        incidents=incidents,
        unread=unread,
        described=f"a snapshot of {taken}, {snapshot.described}",
        is_whole=snapshot.is_whole and not named,
    )


def _expect_answerable(snapshot: Snapshot, now: datetime, within: timedelta | None) -> None:
    """Raise UsageError for what the snapshot cannot show; finding nothing would look clean."""
    taken, known = snapshot.taken_at, snapshot.closed_within
    if now < taken:
        raise UsageError(
            f"--now {now.isoformat()} is before the snapshot was taken, at {taken.isoformat()}.",
            hint="Leave --now out, or name a later moment.",
        )
    if within is None and known is not None:
        raise UsageError(
            "The snapshot has closed incidents only.",
            hint="Add --since DAYS to check those, or make a snapshot of open ones "
            "without --since.",
        )
    if within is not None and known is None:
        raise UsageError(
            "The snapshot has open incidents only, but --since asks for closed ones.",
            hint=f"Make one with: dd-incident-roles snapshot --since {within.days} --output FILE",
        )
    if within and known and within - (now - taken) > known:
        raise UsageError(
            f"The snapshot covers the {known.days} days before it was taken, which is less than "
            f"--since {within.days}.",
            hint=f"Make one with: dd-incident-roles snapshot --since {within.days} --output FILE",
        )


def _chosen(
    incidents: Iterable[Facts],
    unread: Iterable[NotEvaluated],
    named: Sequence[str],
    name_of: Callable[[str], int | str],
) -> tuple[tuple[Facts, ...], tuple[NotEvaluated, ...]]:
    by_name: dict[int | str, list[Facts | NotEvaluated]] = {}
    for each in incidents:
        by_name.setdefault(each.incident.public_id, []).append(each)
        by_name.setdefault(each.incident.id, []).append(each)
    for gap in unread:
        if gap.incident is not None:
            by_name.setdefault(gap.incident, []).append(gap)
    found: list[Facts | NotEvaluated] = []
    for text in named:
        matches = by_name.get(name_of(text))
        if not matches:
            raise UnknownIncident(text, hint="The snapshot has no such incident.")
        found.extend(each for each in matches if each not in found)
    return (
        tuple(each for each in found if isinstance(each, Facts)),
        tuple(each for each in found if isinstance(each, NotEvaluated)),
    )


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
