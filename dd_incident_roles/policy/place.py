"""Where in the policy files something is demanded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, counted from 1; ``file`` is its path as it was given."""

    file: str
    line: int
