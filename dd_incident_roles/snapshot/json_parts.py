"""Reading JSON strictly: each part has its type, and what has not says where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from sys import intern
from types import MappingProxyType
from typing import TypeVar

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.snapshot.json_members import EachRead, members

Row = Mapping[str, object]
"""A JSON object whose values nobody has looked at."""

_Part = TypeVar("_Part")
_Choice = TypeVar("_Choice", bound=StrEnum)
_LONGEST_SHOWN = 60
_MISSING = object()


class Misread(Exception):
    """A part of a document is not what it must be; ``path`` says which, from where it was read."""

    def __init__(self, problem: str, path: str, value: object = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path
        self.value = value

    def within(self, part: str) -> Misread:
        """The same as it is seen from outside a part."""
        joint = "." if self.path and not self.path.startswith("[") else ""
        return Misread(self.problem, f"{part}{joint}{self.path}", self.value)

    def in_file(self, file: str, *, hint: str) -> ConfigurationError:
        """The error that names the file, the place and the value."""
        return ConfigurationError(
            self.problem, file=file, key=self.path or None, value=_shown(self.value), hint=hint
        )


def read_object(
    content: bytes, *, file: str, hint: str, each_read: EachRead = MappingProxyType({})
) -> Row:
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


def row(value: object) -> Row:
    """A JSON object."""
    if not isinstance(value, dict):
        raise Misread("must be an object", "", value)
    return value


def text(part: Row, key: str) -> str:
    """A text."""
    value = part.get(key, _MISSING)
    if not isinstance(value, str):
        raise _unlike("a text", key, value)
    # Names and words come again thousands of times, and then take up room once.
    return intern(value)


def text_or_none(part: Row, key: str) -> str | None:
    """A text, or null."""
    value = part.get(key, _MISSING)
    if value is None or isinstance(value, str):
        return value and intern(value)
    raise _unlike("a text or null", key, value)


def number(part: Row, key: str) -> int:
    """A whole number."""
    value = part.get(key, _MISSING)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _unlike("a whole number", key, value)
    return value


def flag(part: Row, key: str) -> bool:
    """True or false."""
    value = part.get(key, _MISSING)
    if not isinstance(value, bool):
        raise _unlike("true or false", key, value)
    return value


def moment(part: Row, key: str) -> datetime:
    """An instant, which must name its zone; it is given in UTC."""
    return as_moment(part.get(key, _MISSING), key)


def moment_or_none(part: Row, key: str) -> datetime | None:
    """An instant, or null."""
    value = part.get(key, _MISSING)
    return None if value is None else as_moment(value, key)


def as_moment(value: object, key: str) -> datetime:
    """An instant that was found under a key."""
    if not isinstance(value, str):
        raise _unlike("a time such as 2026-01-31T14:03:00Z", key, value)
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is UTC:
            return at
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unlike("a time such as 2026-01-31T14:03:00Z", key, value) from None
    raise Misread("is a time that names no zone; write UTC as Z", key, value)


def choice(part: Row, key: str, kind: type[_Choice]) -> _Choice:
    """One of a closed set of words."""
    return as_choice(text(part, key), key, kind)


def as_choice(value: str, key: str, kind: type[_Choice]) -> _Choice:
    """One of a closed set of words that was found under a key."""
    try:
        return kind(value)
    except ValueError:
        raise _unlike(f"one of {', '.join(kind)}", key, value) from None


def listed(part: Row, key: str, read: Callable[[object], _Part]) -> tuple[_Part, ...]:
    """A list, of which every element is read."""
    values = part.get(key, _MISSING)
    if not isinstance(values, list):
        raise _unlike("a list", key, values)
    found: list[_Part] = []
    for value in values:
        try:
            found.append(read(value))
        except Misread as misread:
            raise misread.within(f"{key}[{len(found)}]") from None
    return tuple(found)


def texts(part: Row, key: str) -> tuple[str, ...]:
    """A list of texts."""
    return as_texts(part.get(key, _MISSING), key)


def as_texts(value: object, key: str) -> tuple[str, ...]:
    """A list of texts that was found under a key."""
    if not isinstance(value, list):
        raise _unlike("a list", key, value)
    for place, each in enumerate(value):
        if not isinstance(each, str):
            raise _unlike("a text", f"{key}[{place}]", each)
    return tuple(value)


def mapped(part: Row, key: str, read: Callable[[object, str], _Part]) -> dict[str, _Part]:
    """An object, of which every value is read, with its name for what is wrong with it."""
    values = part.get(key, _MISSING)
    if not isinstance(values, dict):
        raise _unlike("an object", key, values)
    try:
        return {name: read(value, name) for name, value in values.items()}
    except Misread as misread:
        raise misread.within(key) from None


def inner(part: Row, key: str, read: Callable[[object], _Part]) -> _Part:
    """Something that is read by itself."""
    value = part.get(key, _MISSING)
    if value is _MISSING:
        raise Misread("is missing", key)
    try:
        return read(value)
    except Misread as misread:
        raise misread.within(key) from None


def inner_or_none(part: Row, key: str, read: Callable[[object], _Part]) -> _Part | None:
    """Something that is read by itself, or null."""
    return None if is_null(part, key) else inner(part, key, read)


def is_null(part: Row, key: str) -> bool:
    """Whether something is there, and is null."""
    return part.get(key, _MISSING) is None


def _unlike(wanted: str, key: str, value: object) -> Misread:
    if value is _MISSING:
        return Misread("is missing", key)
    found = "" if _shown(value) is not None else f", and is {_kind(value)}"
    return Misread(f"must be {wanted}{found}", key, value)


def _kind(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return "null"


def _shown(value: object) -> object:
    """What is quoted of a value: nothing of one that has parts."""
    match value:
        case str() if len(value) > _LONGEST_SHOWN:
            return f"{value[:_LONGEST_SHOWN]}…"
        case str() | int() | float():
            return value
        case _:
            return None
