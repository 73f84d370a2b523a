"""Lengths of time as people write them: ``90s``, ``5m``, ``2h``, ``1d``."""

from __future__ import annotations

import re
from datetime import timedelta

_SHAPE = re.compile(r"([0-9]{1,9})([smhd])", re.ASCII)
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
LONGEST = timedelta(days=3650)
"""Beyond ten years, a length of time in an incident is a slip of the finger."""


def parse_duration(text: str) -> timedelta:
    """Read a whole number and its unit; raises ValueError whose message says what is wrong."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise ValueError("is not a length of time such as 90s, 5m, 2h or 1d")
    length = int(shape[1]) * _UNITS[shape[2]]
    if length > LONGEST:
        raise ValueError(f"is longer than {LONGEST.days}d")
    return length


def format_duration(length: timedelta) -> str:
    """Write a length of time of whole seconds in the largest unit that divides it."""
    for unit, size in _UNITS.items():
        if length and length % size == timedelta():
            return f"{length // size}{unit}"
    return f"{length // _UNITS['s']}s"
