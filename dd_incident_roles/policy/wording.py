"""Incidents, instants and lengths of time in the words of a finding."""

from __future__ import annotations

from datetime import datetime, timedelta

from dd_incident_roles.model import Incident

_LONGEST_TITLE = 100
_UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)
_PARTS = 2


def span(length: timedelta) -> str:
    """A length of time in its two largest units, such as ``1 hour 5 minutes``."""
    parts = []
    rest = max(length, timedelta())
    for name, size in _UNITS:
        count, rest = divmod(rest, size)
        if count > 0:
            parts.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
        elif parts:
            break
    if parts:
        return " ".join(parts[:_PARTS])
    seconds = rest.seconds
    return f"{seconds} second" if seconds == 1 else f"{seconds} seconds"


def instant(at: datetime, now: datetime) -> str:
    """An instant in UTC, with its date where that is not today's."""
    shown = "%H:%M UTC" if at.date() == now.date() else "%Y-%m-%d %H:%M UTC"
    return at.strftime(shown)


def subject(incident: Incident) -> str:
    """The incident as a sentence names it, with no title where it is private."""
    title = incident.title
    if len(title) > _LONGEST_TITLE:
        title = f"{title[:_LONGEST_TITLE]}…"
    named = "(private)" if incident.private else f'"{title}"'
    return f"IR-{incident.public_id} {named} ({incident.severity})"
