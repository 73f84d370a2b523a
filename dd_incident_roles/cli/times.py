"""TIME as people type it: ISO 8601, a time of day, now, or how long ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from dd_incident_roles.words import parse_duration

if TYPE_CHECKING:
    _ParamType = click.ParamType[datetime]
else:
    # Older versions of click that will do cannot be told what a type gives.
    _ParamType = click.ParamType

_FORMS = "try 14:03, now, 10m (ten minutes ago), or 2026-01-31T14:03:00Z."


class Time(_ParamType):
    """An aware moment; without a zone it is in UTC."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a moment, or fail with the forms that work."""
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        try:
            return read_time(text, datetime.now(UTC))
        except (ValueError, OverflowError) as error:
            reason = f" ({error})" if "write it" in str(error) else ""
            self.fail(f"{text!r} is not a time{reason}: {_FORMS}", param, ctx)


def read_time(text: str, now: datetime) -> datetime:
    """The moment that a text names; a time of day alone is the last one that was not later.

    Raises ValueError for anything else.
    """
    from dd_incident_roles.timeline.stamps import read_stamp

    if text.casefold() == "now":
        return now
    ago = text.removeprefix("-").removesuffix("ago").strip()
    try:
        return now - parse_duration(ago)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        pass
    found = read_stamp(text)
    if found is None or found[1] or found[0].end:
        raise ValueError("is not a time")
    stamp = found[0]
    if stamp.day:
        return stamp.at(stamp.day, UTC)
    today = now.astimezone(UTC).date()
    # Yesterday's day in UTC is today's in a zone ahead of it, and the other way round.
    days = [today + timedelta(days=shift) for shift in (1, 0, -1, -2)]
    return next(at for at in (stamp.at(day, UTC) for day in days) if at <= now + _SLACK)


_SLACK = timedelta(minutes=1)
"""How far ahead a clock on the wall may be before its time is taken for yesterday's."""

TIME = Time()
"""The one instance that options use."""
