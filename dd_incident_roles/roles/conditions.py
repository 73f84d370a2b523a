"""When a rule of the catalogue applies: a closed vocabulary, its evaluation, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from dd_incident_roles.model import FieldValue, Incident, Observation
from dd_incident_roles.values import frozen
from dd_incident_roles.words import format_duration, join_names

_TRUE = frozenset({"true", "yes"})
_FALSE = frozenset({"false", "no"})


@frozen
class SeverityIs:
    """The severity is one of these, in any case; names of priorities are resolved at load."""

    values: tuple[str, ...]


@frozen
class StateIs:
    """The state is one of these, in any case."""

    values: tuple[str, ...]


@frozen
class IncidentTypeIs:
    """The incident's type is one of these, in any case."""

    values: tuple[str, ...]


@frozen
class CustomerImpacted:
    """Customers are impacted, or not."""

    value: bool


@frozen
class FieldIs:
    """A property field has one of these values, or holds one of them among others.

    Datadog has no fields of true and false, so that ``true`` also fits the text "true" or "yes" in
    any case, and ``false`` fits "false" or "no". A field that is not set fits nothing.
    """

    name: str
    values: tuple[str | int | float | bool, ...]


@frozen
class OpenFor:
    """The incident was declared at least this long ago."""

    length: timedelta


@frozen
class RespondersOver:
    """More than this many people respond."""

    number: int


Test = SeverityIs | StateIs | IncidentTypeIs | CustomerImpacted | FieldIs | OpenFor | RespondersOver
"""One key of a ``when``."""


@frozen
class Condition:
    """All of its tests must pass; without any it always applies."""

    tests: tuple[Test, ...] = ()


ALWAYS = Condition()
"""The condition that applies to every incident."""


def applies(
    condition: Condition,
    incident: Incident,
    seen: Incident | Observation,
    at: datetime,
    *,
    responders: int | None,
) -> bool:
    """Whether every test of a condition passes for an incident as it was seen at some time.

    What is not observed counts as unchanged. ``responders`` is None where nobody could count them;
    an unknown fact passes no test.
    """
    return all(_passes(test, incident, seen, at, responders) for test in condition.tests)


def began(condition: Condition, declared: datetime) -> datetime:
    """The moment from which the tests of a condition that ask only the clock passed."""
    # All of the tests must pass, so that the longest of them begins the whole.
    lengths = [test.length for test in condition.tests if isinstance(test, OpenFor)]
    return declared + max(lengths, default=timedelta())


def needs_responders(condition: Condition) -> bool:
    """Whether a condition cannot be judged without knowing how many people respond."""
    return any(isinstance(test, RespondersOver) for test in condition.tests)


def _passes(
    test: Test,
    incident: Incident,
    seen: Incident | Observation,
    at: datetime,
    responders: int | None,
) -> bool:
    match test:
        case SeverityIs(values=values):
            return _is_among(seen.severity, values)
        case StateIs(values=values):
            return _is_among(seen.state, values)
        case IncidentTypeIs(values=values):
            return incident.incident_type is not None and _is_among(incident.incident_type, values)
        case CustomerImpacted(value=value):
            return seen.customer_impacted is value
        case FieldIs():
            return fits_field(test, incident.fields)
        case OpenFor(length=length):
            return incident.declared + length <= at
        case RespondersOver(number=number):
            # Where it was not read, "no more than so many" would be a guess as well.
            return responders is not None and responders > number


def _is_among(text: str, values: tuple[str, ...]) -> bool:
    # Most are written alike on both sides.
    return text in values or text.casefold() in _folded(values)


@lru_cache
def _folded(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(value.casefold() for value in values)


def fits_field(test: FieldIs, fields: Mapping[str, FieldValue]) -> bool:
    """Whether the property field that a test asks about has one of the values that it wants."""
    found = fields.get(test.name)
    return found is not None and any(_fits(value, found) for value in test.values)


def _fits(wanted: str | float | bool, found: str | float | bool | tuple[str, ...]) -> bool:
    match wanted, found:
        case _, tuple():
            return any(_fits(wanted, part) for part in found)
        case bool(), bool():
            return wanted is found
        case bool(), str():
            return found.strip().casefold() in (_TRUE if wanted else _FALSE)
        # In Python True == 1, and in a file they say different things.
        case (bool(), _) | (_, bool()):
            return False
        case _, _:
            return _text(wanted) == _text(found)


def _text(value: str | float | tuple[str, ...]) -> str:
    # In YAML a value such as 9 is a number without quotes, and Datadog may have it as a text.
    return str(value).strip().casefold()


def describe(condition: Condition) -> str:
    """Say when a condition applies, as the end of a sentence such as "required …"."""
    return " and ".join(_words(test) for test in condition.tests) or "always"


def _words(test: Test) -> str:
    match test:
        case SeverityIs(values=values):
            return f"in {join_names(values, 'or')}"
        case StateIs(values=values):
            return f"while {join_names(values, 'or')}"
        case IncidentTypeIs(values=values):
            return f"for incidents of type {join_names(values, 'or')}"
        case CustomerImpacted(value=True):
            return "with customer impact"
        case CustomerImpacted():
            return "without customer impact"
        case FieldIs(name=name, values=values):
            # True and False are written as in the file, other values as they are.
            shown = [str(each).lower() if isinstance(each, bool) else str(each) for each in values]
            return f"with {name} {join_names(shown, 'or')}"
        case OpenFor(length=length):
            return f"once open for {format_duration(length)}"
        case RespondersOver(number=number):
            return f"with more than {number} responders"
