"""How levels compare, and which of them make a check fail."""

from __future__ import annotations

from enum import StrEnum

from dd_incident_roles.roles.catalogue import Level


class FailOn(StrEnum):
    """The lowest level of a finding that makes a check fail; a note never does."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


def rank(level: Level) -> int:
    """Where a level stands in order, the gravest first."""
    match level:
        case Level.ERROR:
            return 0
        case Level.WARNING:
            return 1
        case Level.NOTE:
            return 2


def fails(level: Level, fail_on: FailOn) -> bool:
    """Whether a finding of this level makes a check fail."""
    match fail_on:
        case FailOn.ERROR:
            return level is Level.ERROR
        case FailOn.WARNING:
            return level is not Level.NOTE
        case FailOn.NEVER:
            return False
