"""Reads documents that a program wrote; errors name the place and the value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.words import shorten

_LONGEST_SHOWN = 60
_MUST: Final = MappingProxyType(
    {
        "missing": "is missing",
        "string_type": "must be text",
        "int_type": "must be a whole number",
        "greater_than_equal": "must be a whole number",
        "bool_type": "must be true or false",
        "list_type": "must be a list",
        "tuple_type": "must be a list",
        "frozen_set_type": "must be a list",
        "dict_type": "must be an object",
        "mapping_type": "must be an object",
        "model_type": "must be an object",
        "dataclass_type": "must be an object",
        "model_attributes_type": "must be an object",
        "union_tag_invalid": 'must be a word or {"not_read": REASON}',
    }
)
"""The words for each kind of validation error."""

_FOUND: Final[Mapping[type, str]] = MappingProxyType(
    {type(None): ", but is null", dict: ", but is an object", list: ", but is a list"}
)
"""What is added for a value that a message cannot show."""

_ALTERNATIVES: Final = frozenset({"bool", "int", "float", "str"})
"""What the place of an error ends with where a part could have been one of several kinds."""


def read_object(
    content: bytes,
    *,
    file: str,
    hint: str,
    each: Callable[[dict[str, object]], object] | None = None,
) -> Mapping[str, object]:
    """The JSON object that a file holds; raises ConfigurationError where it holds none.

    ``each`` gives what is kept of an object within it, as soon as that is decoded.
    """
    try:
        # As json.loads does it, which would keep the bytes beside the text.
        text = content.decode(json.detect_encoding(content), "surrogatepass")
        del content
        found = json.loads(text, object_hook=each)
    except UnicodeDecodeError:
        raise ConfigurationError("is not UTF-8 text", file=file, hint=hint) from None
    except RecursionError:
        raise ConfigurationError(
            "is not valid JSON: it is nested too deeply", file=file, hint=hint
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"is not valid JSON: {error}", file=file, hint=hint) from None
    if not isinstance(found, Mapping):
        raise ConfigurationError("is not a JSON object", file=file, hint=hint)
    return found


def misread(
    error: ValidationError, *, file: str, hint: str, within: Sequence[str | int] = ()
) -> ConfigurationError:
    """The first thing that validation found wrong, with the file, the place and the value."""
    # One at a time: the next ones are often the same mistake seen from another alternative.
    first = error.errors(include_url=False)[0]
    place = [*within, *first["loc"]]
    while place and place[-1] in _ALTERNATIVES:
        place.pop()
    problem, value = first["msg"], first["input"]
    if first["type"] == "enum":
        known = str(first["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
        problem = f"must be one of {known}"
    elif first["type"] == "missing":
        problem, value = "is missing", None
    elif first["type"] in _MUST:
        problem = f"{_MUST[first['type']]}{_FOUND.get(type(value), '')}"
    return ConfigurationError(
        problem, file=file, key=_path(place) or None, value=_shown(value), hint=hint
    )


def _path(place: Sequence[str | int]) -> str:
    """The place as people write it; the names of alternatives, in brackets, are left out."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not step.startswith("("):
            text += f".{step}" if text else step
    return text


def _shown(value: object) -> object:
    """The value in a message, short; what has parts is not shown."""
    if isinstance(value, str):
        return shorten(value, _LONGEST_SHOWN + 1)
    return value if isinstance(value, int | float) else None


_BASELINE_SCHEMA: Final = "dd-incident-roles/check/1"
_BASELINE_HINT = (
    "Make one with: dd-incident-roles check --format json --output baseline.json --fail-on never"
)


class _KnownFinding(BaseModel):
    rule: str
    fingerprint: str


class _Known(BaseModel):
    findings: list[_KnownFinding]


def read_baseline(content: bytes, *, file: str) -> frozenset[str]:
    """The fingerprints of all findings in a document of ``check --format json``.

    Waived findings are known too, so that nothing comes as new when a waiver ends. An incident that
    was not checked in full (IR099) is never known, since what is wrong with it nobody saw. Raises
    ConfigurationError that names the file, the place in it and the value.
    """
    whole = read_object(content, file=file, hint=_BASELINE_HINT)
    schema = whole.get("schema")
    if schema != _BASELINE_SCHEMA:
        found = schema if isinstance(schema, str) else None
        problem = f"is not a report of check, which has {_BASELINE_SCHEMA} here"
        raise ConfigurationError(problem, file=file, key="schema", value=found, hint=_BASELINE_HINT)
    try:
        known = _Known.model_validate(whole)
    except ValidationError as error:
        raise misread(error, file=file, hint=_BASELINE_HINT) from None
    return frozenset(each.fingerprint for each in known.findings if each.rule != NOT_EVALUATED.id)
