"""IR040: a closed incident in which a required role was empty for too long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dd_incident_roles.policy.clock import Stretch, coverage, lifetime, was_watched
from dd_incident_roles.policy.facts import Facts, FactsMissing, subject
from dd_incident_roles.policy.policy import (
    Breach,
    Evidence,
    Rule,
    RuleContext,
    Scope,
    SeenIn,
    SourceLocation,
    rank,
)
from dd_incident_roles.roles.catalogue import Level, Requirement, Role, began, needs_responders
from dd_incident_roles.words import command, instant_label, long_duration

_Gaps = tuple[Stretch, ...]


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    if not was_watched(facts):
        _refuse_to_guess(facts, context.now)
        return
    undecided = []
    for role in facts.catalogue.roles:
        replayed = [(each, coverage(facts, role, each, context.now)) for each in role.required]
        broken = sorted(
            ((each, found.gaps) for each, found in replayed if found.gaps), key=_gravest_first
        )
        if sure := [each for each in broken if not needs_responders(each[0].when)]:
            yield _breach(facts, role, *sure[0], context.now)
        # The number of responders is not recorded.
        if broken and broken[0] not in sure:
            undecided.append(
                "it is not known how many people responded, and so whether a "
                f"{role.title} was required"
            )
        if any(found.unwatched for _, found in replayed):
            undecided.append(_first_look(facts, role))
    # Raised last, so that what is known is still reported.
    if undecided:
        raise FactsMissing("; ".join(undecided))


def _refuse_to_guess(facts: Facts, now: datetime) -> None:
    life = lifetime(facts, now)
    required = (each for role in facts.catalogue.roles for each in role.required)
    if any(began(each.when, life.began) + each.after < life.ended for each in required):
        raise FactsMissing("this record never synced it while it was open")


def _first_look(facts: Facts, role: Role) -> str:
    declared = facts.incident.declared
    late = long_duration((facts.watched_since or declared) - declared)
    return (
        f"this record first synced it {late} after the declaration, so it is not known "
        f"whether anyone was {role.title} before that"
    )


def _gravest_first(broken: tuple[Requirement, _Gaps]) -> tuple[int, bool, datetime]:
    requirement, gaps = broken
    return (rank(requirement.level), needs_responders(requirement.when), gaps[0].began)


def _breach(
    facts: Facts, role: Role, requirement: Requirement, gaps: _Gaps, now: datetime
) -> Breach:
    allowed = long_duration(requirement.after)
    return Breach(
        level=requirement.level,
        message=(
            f"Nobody was {role.title} of {subject(facts)} for {_lasted(gaps, now)}; "
            f"{allowed} {'is' if allowed.startswith('1 ') else 'are'} allowed."
        ),
        since=gaps[0].began,
        fix=command("history", facts.incident.public_id, "--role", role.short_name),
        role=role.key,
        evidence=tuple(
            Evidence(
                f"nobody was {role.title} for {long_duration(gap.length)}",
                SeenIn.RECORD,
                since=gap.began,
            )
            for gap in gaps
        ),
        place=SourceLocation(requirement.file, requirement.line),
    )


def _lasted(gaps: _Gaps, now: datetime) -> str:
    total = long_duration(sum((gap.length for gap in gaps), timedelta()))
    longest = max(gaps, key=lambda gap: gap.length)
    start = instant_label(longest.began, now).removesuffix(" UTC")
    period = f"from {start} to {instant_label(longest.ended, longest.began)}"
    if len(gaps) == 1:
        return f"{total} {period}"
    return f"{total} in {len(gaps)} gaps, the longest {period}"


COVERAGE_GAP = Rule(
    id="IR040",
    name="coverage-gap",
    title="A required role was empty",
    why=(
        "A gap that nobody noticed at the time shows where the rota is thin and which "
        "handoffs left a role empty."
    ),
    looks_at=(
        "Every role of the catalogue in closed incidents: the incident's severity, "
        "state and fields over time and so which requirements applied when, who held "
        "the role (in any stream), and how long each requirement lets the role be "
        "empty, counted for each gap."
    ),
    how_to_fix=(
        "See who held the role when: dd-incident-roles history INCIDENT --role ROLE. "
        "Discuss the gap in the postmortem. If it is acceptable, waive the finding in "
        "the policy and give the reason."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    clock="'after' of each requirement",
    scope=Scope.CLOSED,
)
"""Fires for each required role that was empty for longer than allowed."""
