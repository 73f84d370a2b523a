"""TIME as people type it: ISO 8601, or how long ago."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dd_incident_roles.roles.durations import parse_duration

if TYPE_CHECKING:
    _ParamType = click.ParamType[datetime]
else:
    # Older versions of click that will do cannot be told what a type gives.
    _ParamType = click.ParamType


class Time(_ParamType):
    """An aware moment; ``-10m`` is ten minutes ago, and a time without a zone is in UTC."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a moment, or fail with the forms that work."""
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        try:
            if text.startswith("-"):
                return datetime.now(UTC) - parse_duration(text[1:])
            at = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            self.fail(f"{text!r} is no time: try 2026-01-31T14:03:00Z, or -10m.", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


TIME = Time()
"""The one instance that options use."""
