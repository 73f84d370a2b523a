"""The breach that an overdue vacancy is, in words: what is wrong, since when, what to type."""

from __future__ import annotations

from datetime import datetime, timedelta

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach
from dd_incident_roles.policy.overdue import Cause, Overdue
from dd_incident_roles.policy.wording import instant, span, subject
from dd_incident_roles.roles.catalogue import Role, Streams


def vacancy_breach(
    facts: Facts, role: Role, overdue: Overdue, now: datetime, *, called: str | None = None
) -> Breach:
    """Say that nobody holds a role; ``called`` is what the command to fix it calls the role."""
    stream = " --stream STREAM" if role.streams is Streams.REQUIRED else ""
    incident = facts.incident
    return Breach(
        level=overdue.requirement.level,
        message=(
            f"Nobody is {role.title} of {subject(incident)}, {_how_long(overdue, now)}; "
            f"one was due {_grace(overdue.requirement.after)}."
        ),
        since=overdue.since,
        fix=f"dd-incident-roles assign {incident.public_id} {called or role.key} PERSON{stream}",
        role=role.key,
    )


def _how_long(overdue: Overdue, now: datetime) -> str:
    lasted = span(now - overdue.since)
    since = instant(overdue.since, now)
    match overdue.cause:
        case Cause.DECLARED:
            return f"open for {lasted}"
        case Cause.REQUIRED:
            return f"required since {since} ({lasted})"
        case Cause.VACATED:
            return f"empty since {since} ({lasted})"


def _grace(after: timedelta) -> str:
    return f"after {span(after)}" if after else "at once"
