"""The breach that an overdue vacancy is, in words: what is wrong, since when, what to type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dd_incident_roles.policy.clock import Cause, Overdue
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn
from dd_incident_roles.policy.place import Place
from dd_incident_roles.policy.words import ANY_STREAM, assigning, subject
from dd_incident_roles.roles.catalogue import Role, Streams
from dd_incident_roles.roles.conditions import describe
from dd_incident_roles.words import instant_label, long_duration


def vacancy_breach(facts: Facts, role: Role, overdue: Overdue, now: datetime) -> Breach:
    """Say that nobody holds a role."""
    stream = f" --stream {ANY_STREAM}" if role.streams is Streams.REQUIRED else ""
    return Breach(
        level=overdue.requirement.level,
        message=(
            f"Nobody is {role.title} of {subject(facts)}, {_how_long(overdue, now)}; "
            f"one was due {_grace(overdue.requirement.after)}."
        ),
        since=overdue.since,
        fix=f"{assigning(facts, role)}{stream}",
        role=role.key,
        evidence=tuple(_evidence(facts, role, overdue)),
        place=Place(overdue.requirement.file, overdue.requirement.line),
    )


def _evidence(facts: Facts, role: Role, overdue: Overdue) -> Iterator[Evidence]:
    required = f"{role.title} is required {describe(overdue.requirement.when)}"
    yield Evidence(what=required, seen_in=SeenIn.POLICY, since=overdue.began)
    last = [row for row in facts.intervals if row.role == role.key and row.until is not None]
    if last:
        former = max(last, key=lambda row: row.until or row.since)
        what = f"the last {role.title} stepped down"
        yield Evidence(what=what, seen_in=SeenIn.RECORD, who=former.person, since=former.until)


def _how_long(overdue: Overdue, now: datetime) -> str:
    lasted = long_duration(now - overdue.since)
    since = instant_label(overdue.since, now)
    match overdue.cause:
        case Cause.DECLARED:
            return f"open for {lasted}"
        case Cause.REQUIRED:
            return f"required since {since} ({lasted})"
        case Cause.VACATED:
            return f"empty since {since} ({lasted})"


def _grace(after: timedelta) -> str:
    return f"after {long_duration(after)}" if after else "at once"
