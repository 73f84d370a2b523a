"""Incidents, instants and lengths of time in the words of a finding."""

from __future__ import annotations

from datetime import datetime, timedelta

from dd_incident_roles.policy.facts import Facts

_LONGEST_TITLE = 100
_UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)
_PARTS = 2


def largest_units(length: timedelta) -> tuple[tuple[int, str], ...]:
    """A length of time in its two largest units, rounded down; nothing if under a minute."""
    rest = max(length, timedelta())
    counts = []
    for name, size in _UNITS:
        count, rest = divmod(rest, size)
        counts.append((count, name))
    first = next((place for place, (count, _) in enumerate(counts) if count), len(counts))
    return tuple((count, name) for count, name in counts[first : first + _PARTS] if count)


def span(length: timedelta) -> str:
    """A length of time in words, such as ``1 hour 5 minutes``."""
    units = largest_units(length) or ((max(length, timedelta()).seconds, "second"),)
    return " ".join(
        f"{count} {name}" if count == 1 else f"{count} {name}s" for count, name in units
    )


def instant(at: datetime, now: datetime) -> str:
    """An instant in UTC, with its date where that is not today's."""
    shown = "%H:%M UTC" if at.date() == now.date() else "%Y-%m-%d %H:%M UTC"
    return at.strftime(shown)


def attempted(attempt: str, *, who: str | None, title: str | None, entry: str | None) -> str:
    """A write that was declined, as what comes after ``Datadog refuses``.

    ``attempt`` is assign, unassign, create, update or delete; without a role and an entry it was
    about a responder.
    """
    somebody = who or "somebody"
    match attempt:
        case "assign":
            return f"to make {somebody} {title}"
        case "unassign":
            return f"to take {title} from {somebody}"
        case "create" if entry is None:
            return f"to add {somebody} to the responders"
        case "create":
            return f"to add the entry {entry}"
        case "update":
            return f"to change the entry {entry}"
        case _:
            return f"to delete the entry {entry}"


def subject(facts: Facts) -> str:
    """The incident as a sentence names it; nothing but the public id of one that is redacted."""
    incident = facts.incident
    if facts.is_redacted:
        return f"IR-{incident.public_id} (private)"
    title = incident.title
    if len(title) > _LONGEST_TITLE:
        title = f"{title[:_LONGEST_TITLE]}…"
    return f'IR-{incident.public_id} "{title}" ({incident.severity})'
