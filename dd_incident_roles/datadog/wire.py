"""What requests and answers are made of: paths, bodies, pages, and small readings of decoded JSON.

A reading either finds what it names or says what is missing: tolerant of what is unknown, strict
about what we cannot do without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from types import MappingProxyType
from typing import Generic, TypeVar
from urllib.parse import quote

from dd_incident_roles.errors import NotFound, UnexpectedAnswer
from dd_incident_roles.values import frozen

Object = Mapping[str, object]
"""A decoded JSON object."""

T = TypeVar("T")

Params = Sequence[tuple[str, str]]
"""Query parameters in the order in which they are sent."""

INCIDENTS = "/api/v2/incidents"
PAGE_SIZE = 100
"""The most incidents that Datadog puts on one page (document); what we ask for everywhere."""

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_EMPTY: Object = MappingProxyType({})
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

# Nine digits are recorded and a microsecond has six: the rest is cut off, not left to what this
# version of Python makes of it.
_FRACTION = re.compile(r"([.,]\d{6})\d+")


@frozen
class Answer:
    """Status, headers and undecoded body of one answer, with the request that it answers.

    ``path`` is without the query; looking a header up ignores case.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return 200 <= self.status < 300

    @property
    def is_write(self) -> bool:
        """Whether the request may have changed something."""
        return is_write(self.method)


def is_write(method: str) -> bool:
    """Whether a request with this method may change something."""
    return method not in {"GET", "HEAD"}


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


def object_at(parent: Object, key: str, *deeper: str) -> Object:
    """The object under a path of keys; an empty one when anything on the way is missing."""
    found = _at(parent, (key, *deeper)) if deeper else parent.get(key)
    return found if isinstance(found, dict) else _EMPTY


def objects_at(parent: Object, *keys: str) -> Iterator[Object]:
    """The objects of the list under a path of keys; anything else in it is passed over."""
    found = _at(parent, keys)
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, dict))


def required_objects(parent: Object, key: str) -> Sequence[Object]:
    """The rows of a list that must be there, so that its absence is not taken for emptiness.

    A row that is not an object becomes an empty one, so that it does not count as absent.
    """
    rows = parent.get(key)
    if not isinstance(rows, list):
        raise lack_error(key)
    return tuple(row if isinstance(row, dict) else _EMPTY for row in rows)


def text(parent: Object, key: str, *deeper: str) -> str | None:
    """A text that is there and not blank, as it was sent."""
    value = _at(parent, (key, *deeper)) if deeper else parent.get(key)
    return value if isinstance(value, str) and value.strip() else None


def first_text(parent: Object, names: Iterable[str]) -> str | None:
    """The text of the first of these names that has one."""
    return next(filter(None, (text(parent, name) for name in names)), None)


def flag(parent: Object, key: str, *deeper: str) -> bool | None:
    """True or false, None for everything else."""
    value = _at(parent, (key, *deeper)) if deeper else parent.get(key)
    return value if isinstance(value, bool) else None


def whole_number(parent: Object, *keys: str) -> int | None:
    """A whole number, also when it was sent as a text."""
    value = _at(parent, keys)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    # True is a whole number to Python.
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
        fraction = _FRACTION.search(value)
        if fraction:
            value = value[: fraction.end(1)] + value[fraction.end() :]
        parsed = datetime.fromisoformat(value.strip())
        if parsed.tzinfo is UTC:
            return parsed
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    # The first hours of the year 1 can be before the first moment in UTC.
    except (ValueError, OverflowError):
        return None


def identifier(parent: Object, *keys: str) -> str | None:
    """The ``id`` of a resource, lower-case as UUIDs are compared."""
    value = text(object_at(parent, *keys) if keys else parent, "id")
    return value.strip().lower() if value else None


def _at(parent: Object, keys: tuple[str, ...]) -> object:
    found = parent.get(keys[0])
    for key in keys[1:]:
        # Not Mapping: hundreds of such questions are asked about each incident.
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


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


def related_ids(links: Object, name: str) -> list[str]:
    """The ids that one of the relationships points to, be it to one resource or to many."""
    data = object_at(links, name).get("data")
    rows = data if isinstance(data, list) else [data]
    found = (identifier(row) for row in rows if isinstance(row, dict))
    return [each for each in found if each]


def inclusions(answer: Object, type_name: str) -> dict[str, Object]:
    """What an answer includes of one type beside its data, by id."""
    rows = objects_at(answer, "included")
    return {
        found: row for row in rows if row.get("type") == type_name and (found := identifier(row))
    }


def lack_error(what: str) -> UnexpectedAnswer:
    """The error for something that an answer cannot do without."""
    return UnexpectedAnswer(f"lacks {what}.")


def path(base: str, *segments: str) -> str:
    """Return ``base`` followed by the segments, each of which stays one segment.

    Raises NotFound for a segment that no server would take for an id.
    """
    for segment in segments:
        # A dot segment cannot be quoted: clients fold "%2E%2E" too, and would ask for another
        # resource.
        if segment in {"", ".", ".."}:
            raise NotFound(f"Nothing in Datadog has the id {segment!r}.")
    return "/".join([base, *map(_quoted, segments)])


# Each incident is named in several addresses.
@lru_cache(maxsize=256)
def _quoted(segment: str) -> str:
    return quote(segment, safe="")


def request_body(type_name: str, **parts: object) -> Object:
    """The body that creates or changes one resource."""
    return {"data": {"type": type_name, **parts}}


def reference(type_name: str, resource_id: str | None) -> Object:
    """A relationship to one resource, or to none."""
    return {"data": None if resource_id is None else {"type": type_name, "id": resource_id}}


def page_params(*, size: int = PAGE_SIZE, **position: int) -> Params:
    """The parameters that ask for one page by its ``number``, or by the ``offset`` of its rows."""
    return (
        ("page[size]", str(size)),
        *((f"page[{name}]", str(value)) for name, value in position.items()),
    )


@frozen
class Page(Generic[T]):
    """One page of a listing, its rows by id.

    ``total`` counts the rows of all pages. ``more`` says whether another page follows, whatever
    this one holds, and is None where nothing tells.
    """

    rows: Mapping[str, T]
    total: int | None = None
    more: bool | None = None


def reads_page(read: Callable[[Object], tuple[str, T]], *total: str) -> Callable[[bytes], Page[T]]:
    """Make a reader of one row a reader of pages; ``total`` leads to the number of all rows."""

    def read_page(body: bytes) -> Page[T]:
        answer = document(body)
        return Page(
            rows=dict(map(read, required_objects(answer, "data"))),
            total=whole_number(answer, *total) if total else None,
        )

    return read_page


def paged(page_at: Callable[[int, int], Page[T]]) -> Iterator[tuple[str, T]]:
    """Read a listing to its end: every row once, with its id, page by page.

    ``page_at`` is given the number of a page, and how many rows came before it. Neither a short
    page nor a next one that is named ends or continues a listing: Datadog names a next page on the
    last one too, and gives fewer rows than were asked for although more follow (both recorded).
    """
    seen: set[str] = set()
    for number in count():
        page = page_at(number, len(seen))
        new = {key: row for key, row in page.rows.items() if key not in seen}
        yield from new.items()
        seen.update(new)
        if page.more is False or (page.total is not None and len(seen) >= page.total):
            return
        # A server that ignores the position repeats its rows for ever; an empty page is the end
        # unless the answer itself says that more follow.
        if not new and (page.rows or not page.more):
            return
