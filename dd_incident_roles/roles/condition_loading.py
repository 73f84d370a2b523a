"""From the text of a ``when`` to a condition; raises ConfigurationError at the place of a fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.roles.conditions import (
    ALWAYS,
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
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.yaml_nodes import Node
from dd_incident_roles.words import parse_duration

Priorities = Mapping[str, tuple[str, ...]]
"""The severities that each priority stands for."""

_FIELD = re.compile(r"field\.([A-Za-z0-9][A-Za-z0-9_.]*)", re.ASCII)
_SEVERITY = re.compile(r"SEV-[0-9]{1,2}|UNKNOWN", re.ASCII | re.IGNORECASE)
_VOCABULARY = (
    "severity, state, customer_impacted, field.<name>, open_for, responders_over, incident_type"
)


def load_condition(node: Node, priorities: Priorities) -> Condition:
    """Read a ``when``: the word ``always``, or keys of the vocabulary that must all apply."""
    if node.value == "always":
        return ALWAYS
    if not isinstance(node.value, Mapping):
        raise node.refusal(
            "must be the word always, or a mapping of keys to values",
            hint=f"Known keys: {_VOCABULARY}.",
        )
    if not node.value:
        raise node.refusal("names nothing", hint="Write always if it is meant for every incident.")
    faults = Faults()
    tests = faults.each(node.value.items(), lambda entry: _test(*entry, priorities))
    faults.stop()
    return Condition(tests=tuple(test for _, test in tests))


def load_duration(node: Node) -> timedelta:
    """Read a length of time such as ``5m``."""
    try:
        return parse_duration(node.text())
    except ValueError as error:
        raise node.refusal(str(error)) from error


def _test(key: str, node: Node, priorities: Priorities) -> Test:
    match key:
        case "severity":
            return SeverityIs(values=_severities(node, priorities))
        case "state":
            return StateIs(values=tuple(value.text() for value in node.some_texts()))
        case "incident_type":
            return IncidentTypeIs(values=tuple(value.text() for value in node.some_texts()))
        case "customer_impacted":
            return CustomerImpacted(value=node.truth())
        case "open_for":
            return OpenFor(length=_open_for(node))
        case "responders_over":
            return RespondersOver(number=node.integer(least=0))
        case _:
            return _field(key, node)


def _field(key: str, node: Node) -> FieldIs:
    shape = _FIELD.fullmatch(key)
    if shape is None:
        raise node.refusal("unknown key", hint=f"Known keys: {_VOCABULARY}.")
    return FieldIs(name=shape[1], values=_field_values(node))


def _open_for(node: Node) -> timedelta:
    length = load_duration(node)
    if not length:
        raise node.refusal("must be longer than nothing")
    return length


def _severities(node: Node, priorities: Priorities) -> tuple[str, ...]:
    faults = Faults()
    read = faults.each(node.some_texts(), lambda value: _severities_of(value, priorities))
    faults.stop()
    return tuple(dict.fromkeys(each for _, severities in read for each in severities))


def _severities_of(node: Node, priorities: Priorities) -> tuple[str, ...]:
    name = node.text()
    for priority, severities in priorities.items():
        if priority.casefold() == name.casefold():
            return severities
    listed = {severity.casefold() for values in priorities.values() for severity in values}
    if name.casefold() in listed or _SEVERITY.fullmatch(name):
        return (name,)
    # A priority that is nowhere defined would never apply, and the rule would be silent for ever.
    raise _unknown_severity(node, priorities)


def _unknown_severity(node: Node, priorities: Priorities) -> ConfigurationError:
    known = ", ".join(priorities) or "none"
    return node.refusal(
        "is neither a priority of this file nor a severity such as SEV-1",
        hint=f"Priorities of this file: {known}. A severity of another shape is made known by "
        "naming it under a priority.",
    )


def _field_values(node: Node) -> tuple[str | int | float | bool, ...]:
    values = node.value if isinstance(node.value, tuple) else (node,)
    if not values:
        raise node.refusal("names nothing")
    return tuple(_field_value(value) for value in values)


def _field_value(node: Node) -> str | int | float | bool:
    match node.value:
        case str():
            return node.text()
        case bool() | int() | float():
            return node.value
        case _:
            raise node.refusal("must be a text, a number, true or false, or a list of them")
