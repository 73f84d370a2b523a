"""Small readings of decoded JSON; each either finds what it names or says what is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from dd_incident_roles.errors import UnexpectedAnswer

Object = Mapping[str, object]
"""A decoded JSON object."""

_EMPTY: Object = MappingProxyType({})

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def document(body: bytes) -> Object:
    """Decode an answer that is one JSON object.

    Raises UnexpectedAnswer, whose message continues "The answer of … to …".
    """
    try:
        decoded: object = json.loads(body)
    except (ValueError, RecursionError):
        raise UnexpectedAnswer(_not_json(body)) from None
    if not isinstance(decoded, dict):
        raise UnexpectedAnswer("is not a JSON object.")
    return _whole(decoded) if _SURROGATE.search(body) else decoded


def object_at(parent: Object, *keys: str) -> Object:
    """The object under a path of keys; an empty one when anything on the way is missing."""
    found: object = parent
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else _EMPTY


def objects_at(parent: Object, *keys: str) -> Iterator[Object]:
    """The objects of the list under a path of keys; anything else in it is passed over."""
    found = object_at(parent, *keys[:-1]).get(keys[-1])
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, Mapping))


def required_objects(parent: Object, key: str) -> Sequence[Object]:
    """The rows of a list that must be there, so that its absence is not taken for emptiness.

    A row that is no object is an empty one, so that it is not taken for an absence either.
    """
    rows = parent.get(key)
    if not isinstance(rows, list):
        raise missing(key)
    return tuple(row if isinstance(row, Mapping) else _EMPTY for row in rows)


def text(parent: Object, key: str) -> str | None:
    """A text that is there and not blank, as it was sent."""
    value = parent.get(key)
    return value if isinstance(value, str) and value.strip() else None


def flag(parent: Object, key: str) -> bool | None:
    """True or false, None for everything else."""
    value = parent.get(key)
    return value if isinstance(value, bool) else None


def whole_number(parent: Object, key: str) -> int | None:
    """A whole number, also when it was sent as a text."""
    value = parent.get(key)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def identifier(parent: Object) -> str | None:
    """The ``id`` of a resource, lower-case as UUIDs are compared."""
    value = text(parent, "id")
    return value.strip().lower() if value else None


def related(resource: Object, name: str) -> str | None:
    """The id that a relationship to one resource points to."""
    return identifier(object_at(resource, "relationships", name, "data"))


def missing(what: str) -> UnexpectedAnswer:
    """The error for something that an answer cannot do without."""
    return UnexpectedAnswer(f"lacks {what}.")


def _not_json(body: bytes) -> str:
    start = body.lstrip()[:1]
    if not start:
        return "is empty."
    return "is a web page, not JSON." if start == b"<" else "is not JSON, or was cut short."


def _whole(value: dict[str, object]) -> Object:
    """Replace halves of surrogate pairs, which no database and no terminal takes."""
    encoded = json.dumps(value, ensure_ascii=False).encode("utf-8", errors="replace")
    decoded: dict[str, object] = json.loads(encoded)
    return decoded
