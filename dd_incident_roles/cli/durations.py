"""DURATION as people type it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from dd_incident_roles.words import parse_duration

if TYPE_CHECKING:
    _ParamType = click.ParamType[timedelta]
else:
    # Older versions of click that will do cannot be told what a type gives.
    _ParamType = click.ParamType


class Duration(_ParamType):
    """A length of time that is not zero, such as ``10m`` or ``2h``."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a length of time, or fail with the forms that work."""
        if isinstance(value, timedelta):
            return value
        try:
            length = parse_duration(str(value).strip())
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no length of time: try 10m, 2h or 1d.", param, ctx)
        if not length:
            self.fail("it must be longer than nothing.", param, ctx)
        return length


DURATION = Duration()
"""The one instance that options use."""
