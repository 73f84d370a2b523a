"""Time zones as people name them."""

from __future__ import annotations

from datetime import tzinfo

import click

ZONE_METAVAR = "ZONE"


def zone_of(name: str) -> tzinfo:
    """The zone with this name, such as Europe/Berlin; raises a usage error for any other."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter(
            f"{name!r} is no time zone that this machine knows; try UTC or Europe/Berlin.",
            param_hint="--timezone",
        ) from None
