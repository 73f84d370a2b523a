"""Instants and lengths of time as a person reads them in a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from dd_incident_roles.policy.words import largest_units

_SHORT = MappingProxyType({"day": "d", "hour": "h", "minute": "min"})


def lasted(length: timedelta) -> str:
    """A length of time in short, such as ``1 h 5 min``."""
    units = [f"{count} {_SHORT[name]}" for count, name in largest_units(length)]
    return " ".join(units) or "under 1 min"


def clock(at: datetime, now: datetime) -> str:
    """An instant in UTC, with the date if it is not today: ``14:03``."""
    then = at.astimezone(UTC)
    today = now.astimezone(UTC).date()
    return f"{then:%H:%M}" if then.date() == today else f"{then:%Y-%m-%d %H:%M}"


def since(at: datetime, now: datetime) -> str:
    """An instant in UTC and how long ago it was: ``14:03 (12 min)``, with the date if not today."""
    return f"{clock(at, now)} ({lasted(now - at)})"
