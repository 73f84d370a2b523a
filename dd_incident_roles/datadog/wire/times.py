"""Points in time as Datadog writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dd_incident_roles.datadog.wire.reader import Object

# Nine digits are recorded and a microsecond has six: the rest is cut off, not left to what this
# version of Python makes of it.
_FRACTION = re.compile(r"([.,]\d{6})\d+")


def parse_time(value: str) -> datetime | None:
    """Return an aware time in UTC, None when the text is no time.

    Recorded are ``…+00:00`` with and without microseconds and ``…Z`` with nine digits; a time
    without a zone is taken as UTC.
    """
    try:
        parsed = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def time_at(parent: Object, key: str) -> datetime | None:
    """The time under a key, None when it is missing or illegible."""
    value = parent.get(key)
    return parse_time(value) if isinstance(value, str) else None
