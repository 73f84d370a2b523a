"""The shape of JSON: which keys, and which kinds of values, whatever the values are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|\+00:00)")
_KEYED_BY_DATA = re.compile(r"(attributes\.fields|field_analytics\.state)$")


def kind(value: object) -> str:
    """Name the kind of a value; times and ids are kinds of their own."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "number"
        case dict():
            return "object"
        case list():
            return "list"
        case str() if _UUID.fullmatch(value):
            return "uuid"
        case str() if found := _TIME.fullmatch(value):
            return f"time ending in {found[1]}"
        case _:
            return "text"


@dataclass(slots=True)
class Shape:
    """All the kinds of values that were seen at each place, and the keys of each object."""

    kinds: dict[str, set[str]] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)

    def add(self, value: object) -> Shape:
        """Take in one more document."""
        for place, part in places(value):
            self.kinds.setdefault(place, set()).add(kind(part))
            if isinstance(part, dict) and not _KEYED_BY_DATA.search(place):
                self.keys.setdefault(place, set()).update(part)
        return self


def places(value: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Walk a document; the elements of a list share a place, and so do keys that are data."""
    yield place, value
    if isinstance(value, Mapping):
        shared = _KEYED_BY_DATA.search(place) is not None
        for name, part in value.items():
            yield from places(part, f"{place}.{'*' if shared else name}".lstrip("."))
    elif isinstance(value, list):
        for part in value:
            yield from places(part, f"{place}[]")


def differences(answer: object, recorded: object, known: Shape) -> list[str]:
    """Say where an answer differs in shape from what was recorded.

    A key of the recorded answer must be there unless its object is not; a key or a kind of value
    must have been seen at that place in some recorded answer of the same endpoint and status.
    """
    mine, theirs = Shape().add(answer), Shape().add(recorded)
    found = [
        f"{place}: lacks {', '.join(sorted(names - mine.keys[place]))}"
        for place, names in theirs.keys.items()
        if place in mine.keys and names - mine.keys[place]
    ]
    found += [
        f"{place}: never had {', '.join(sorted(names - known.keys[place]))}"
        for place, names in mine.keys.items()
        if place in known.keys and names - known.keys[place]
    ]
    found += [
        f"{place}: is {', '.join(sorted(kinds - known.kinds[place]))}, "
        f"was {', '.join(sorted(known.kinds[place]))}"
        for place, kinds in mine.kinds.items()
        if place in known.kinds and kinds - known.kinds[place]
    ]
    return found
