"""Small readings of decoded JSON; each either finds what it names or says what is missing.

They are tolerant of what is unknown and strict about what we cannot do without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar

from dd_incident_roles.errors import UnexpectedAnswer

Object = Mapping[str, object]
"""A decoded JSON object."""

T = TypeVar("T")

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_EMPTY: Object = MappingProxyType({})
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

# Nine digits are recorded and a microsecond has six: the rest is cut off, not left to what this
# version of Python makes of it.
_FRACTION = re.compile(r"([.,]\d{6})\d+")


def document(body: bytes) -> Object:
    """Decode an answer that is one JSON object.

    Raises UnexpectedAnswer, whose message continues "The answer of … to …".
    """
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        start = body.lstrip()[:1]
        is_page = "is a web page, not JSON." if start == b"<" else "is not JSON, or was cut short."
        raise UnexpectedAnswer(is_page if start else "is empty.") from None
    if not isinstance(decoded, dict):
        raise UnexpectedAnswer("is not a JSON object.")
    if _SURROGATE.search(body):
        # No database and no terminal takes half of a surrogate pair.
        whole = json.dumps(decoded, ensure_ascii=False).encode(errors="replace")
        decoded = dict[str, object](json.loads(whole))
    return decoded


def reads_one(read: Callable[[Object], T]) -> Callable[[bytes], T]:
    """Make a reader of one resource a reader of the answer that holds it."""
    return lambda body: read(object_at(document(body), "data"))


def reads_all(read: Callable[[Object], T]) -> Callable[[bytes], tuple[T, ...]]:
    """Make a reader of one resource a reader of an answer that lists them without pages."""
    return lambda body: tuple(map(read, required_objects(document(body), "data")))


def object_at(parent: Object, *keys: str) -> Object:
    """The object under a path of keys; an empty one when anything on the way is missing."""
    found: object = parent
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else _EMPTY


def objects_at(parent: Object, *keys: str) -> Iterator[Object]:
    """The objects of the list under a path of keys; anything else in it is passed over."""
    found = _at(parent, keys)
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, Mapping))


def required_objects(parent: Object, key: str) -> Sequence[Object]:
    """The rows of a list that must be there, so that its absence is not taken for emptiness.

    A row that is no object is an empty one, so that it is not taken for an absence either.
    """
    rows = parent.get(key)
    if not isinstance(rows, list):
        raise lack_error(key)
    return tuple(row if isinstance(row, Mapping) else _EMPTY for row in rows)


def text(parent: Object, *keys: str) -> str | None:
    """A text that is there and not blank, as it was sent."""
    value = _at(parent, keys)
    return value if isinstance(value, str) and value.strip() else None


def flag(parent: Object, *keys: str) -> bool | None:
    """True or false, None for everything else."""
    value = _at(parent, keys)
    return value if isinstance(value, bool) else None


def whole_number(parent: Object, *keys: str) -> int | None:
    """A whole number, also when it was sent as a text."""
    value = _at(parent, keys)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def time_at(parent: Object, *keys: str) -> datetime | None:
    """The moment under a key, aware and in UTC; None when it is missing or illegible.

    Recorded are ``…+00:00`` with and without microseconds and ``…Z`` with nine digits; a time
    without a zone is taken as UTC.
    """
    value = _at(parent, keys)
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def identifier(parent: Object, *keys: str) -> str | None:
    """The ``id`` of a resource, lower-case as UUIDs are compared."""
    value = text(parent, *keys, "id")
    return value.strip().lower() if value else None


def _at(parent: Object, keys: tuple[str, ...]) -> object:
    return object_at(parent, *keys[:-1]).get(keys[-1])


def required_id(resource: Object, what: str) -> str:
    """The ``id`` of a resource that is nothing without it; raises UnexpectedAnswer."""
    found = identifier(resource)
    if found is None:
        raise lack_error(what)
    return found


def relation(resource: Object, name: str) -> str | None:
    """The id that a relationship to one resource points to."""
    return identifier(resource, "relationships", name, "data")


def relations(resource: Object, name: str, type_name: str | None = None) -> tuple[str, ...]:
    """The ids that a relationship to many points to, those of another type left out."""
    rows = objects_at(resource, "relationships", name, "data")
    found = (identifier(row) for row in rows if type_name in {None, row.get("type")})
    return tuple(each for each in found if each)


def inclusions(answer: Object, type_name: str) -> dict[str, Object]:
    """What an answer includes of one type beside its data, by id."""
    rows = objects_at(answer, "included")
    return {
        found: row for row in rows if row.get("type") == type_name and (found := identifier(row))
    }


def lack_error(what: str) -> UnexpectedAnswer:
    """The error for something that an answer cannot do without."""
    return UnexpectedAnswer(f"lacks {what}.")
