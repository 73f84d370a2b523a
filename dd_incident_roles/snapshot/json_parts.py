"""Reading JSON that a program wrote: what is wrong with it is said with its place and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.snapshot.json_members import EachRead, members

_LONGEST_SHOWN = 60
_MUST: Final = MappingProxyType(
    {
        "missing": "is missing",
        "string_type": "must be a text",
        "int_type": "must be a whole number",
        "greater_than_equal": "must be a whole number",
        "bool_type": "must be true or false",
        "list_type": "must be a list",
        "dict_type": "must be an object",
        "mapping_type": "must be an object",
        "model_type": "must be an object",
        "model_attributes_type": "must be an object",
        "union_tag_invalid": 'must be a word or {"not_read": REASON}',
    }
)
"""What is said of each kind of error of the validation."""

_ALTERNATIVES: Final = frozenset({"bool", "int", "float", "str"})
"""What the place of an error ends with where a part could have been one of several kinds."""


def read_object(
    content: bytes, *, file: str, hint: str, each_read: EachRead = MappingProxyType({})
) -> Mapping[str, object]:
    """The JSON object that a file holds; raises ConfigurationError where it holds none.

    Elements of lists that are named in ``each_read`` are read while the file is decoded.
    """
    try:
        found = members(content, each_read)
    except UnicodeDecodeError:
        raise ConfigurationError("is no text in UTF-8", file=file, hint=hint) from None
    except RecursionError:
        raise ConfigurationError("is no JSON: it is too deep", file=file, hint=hint) from None
    except ValueError as error:
        raise ConfigurationError(f"is no JSON: {error}", file=file, hint=hint) from None
    if found is None:
        raise ConfigurationError("holds no JSON object", file=file, hint=hint)
    return found


def misread(
    error: ValidationError, *, file: str, hint: str, within: Sequence[str | int] = ()
) -> ConfigurationError:
    """The first thing that validation found wrong, with the file, the place and the value."""
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
        problem = f"{_MUST[first['type']]}{_found(value)}"
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


def _found(value: object) -> str:
    match value:
        case None:
            return ", and is null"
        case Mapping():
            return ", and is an object"
        case list():
            return ", and is a list"
        case _:
            return ""


def _shown(value: object) -> object:
    """The value in a message, short; what has parts is not shown."""
    match value:
        case str() if len(value) > _LONGEST_SHOWN:
            return f"{value[:_LONGEST_SHOWN]}\u2026"
        case str() | int() | float():
            return value
        case _:
            return None
