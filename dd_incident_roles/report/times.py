"""Instants and lengths of time as a person reads them in a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))
_PARTS = 2


def lasted(length: timedelta) -> str:
    """A length of time in its two largest units, such as ``1 h 5 min``."""
    rest = max(length, timedelta())
    parts = []
    for name, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}")
        elif parts:
            break
    return " ".join(parts[:_PARTS]) or "under 1 min"


def since(at: datetime, now: datetime) -> str:
    """An instant in UTC and how long ago it was: ``14:03 (12 min)``, with the date if not today."""
    then = at.astimezone(UTC)
    today = now.astimezone(UTC).date()
    shown = f"{then:%H:%M}" if then.date() == today else f"{then:%Y-%m-%d %H:%M}"
    return f"{shown} ({lasted(now - at)})"
