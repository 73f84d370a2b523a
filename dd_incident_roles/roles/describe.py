"""Conditions in words, for people who read a rule rather than the file."""

from __future__ import annotations

from collections.abc import Sequence

from dd_incident_roles.roles.conditions import (
    Condition,
    CustomerImpacted,
    FieldIs,
    IncidentTypeIs,
    OpenFor,
    RespondersOver,
    SeverityIs,
    StateIs,
    Test,
)
from dd_incident_roles.words import format_duration


def describe(condition: Condition) -> str:
    """Say when a condition applies, as the end of a sentence such as "required …"."""
    return " and ".join(_words(test) for test in condition.tests) or "always"


def _words(test: Test) -> str:
    match test:
        case SeverityIs(values=values):
            return f"in {_either(values)}"
        case StateIs(values=values):
            return f"while {_either(values)}"
        case IncidentTypeIs(values=values):
            return f"for incidents of type {_either(values)}"
        case CustomerImpacted(value=True):
            return "with customer impact"
        case CustomerImpacted():
            return "without customer impact"
        case FieldIs(name=name, values=values):
            return f"with {name} {_either([_value(value) for value in values])}"
        case OpenFor(length=length):
            return f"once open for {format_duration(length)}"
        case RespondersOver(number=number):
            return f"with more than {number} responders"


def _either(values: Sequence[str]) -> str:
    *rest, last = values
    return f"{', '.join(rest)} or {last}" if rest else last


def _value(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
