"""What requests are made of: paths and bodies, and listings that come in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar
from urllib.parse import quote

from dd_incident_roles.datadog import wire
from dd_incident_roles.errors import NotFound

Params = Sequence[tuple[str, str]]
"""Query parameters in the order in which they are sent."""

T = TypeVar("T")

INCIDENTS = "/api/v2/incidents"
PAGE_SIZE = 100
"""The most incidents that Datadog puts on one page (document); what we ask for everywhere."""


def path(base: str, *segments: str) -> str:
    """Return ``base`` followed by the segments, each of which stays one segment.

    Raises NotFound for a segment that no server would take for an id.
    """
    for segment in segments:
        # A dot segment cannot be quoted: clients fold "%2E%2E" too, and would ask for another
        # resource.
        if segment in {"", ".", ".."}:
            raise NotFound(f"Nothing in Datadog has the id {segment!r}.")
    return "/".join([base, *(quote(segment, safe="") for segment in segments)])


def request_body(type_name: str, **parts: object) -> wire.Object:
    """The body that creates or changes one resource."""
    return {"data": {"type": type_name, **parts}}


def reference(type_name: str, resource_id: str | None) -> wire.Object:
    """A relationship to one resource, or to none."""
    return {"data": None if resource_id is None else {"type": type_name, "id": resource_id}}


def page_params(*, size: int = PAGE_SIZE, **position: int) -> Params:
    """The parameters that ask for one page by its ``number``, or by the ``offset`` of its rows."""
    return (
        ("page[size]", str(size)),
        *((f"page[{name}]", str(value)) for name, value in position.items()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a listing, its rows by id.

    ``total`` counts the rows of all pages. ``more`` says whether another page follows, whatever
    this one holds, and is None where nothing tells.
    """

    rows: Mapping[str, T]
    total: int | None = None
    more: bool | None = None


def reads_page(
    read: Callable[[wire.Object], tuple[str, T]], *total: str
) -> Callable[[bytes], Page[T]]:
    """Make a reader of one row a reader of pages; ``total`` leads to the number of all rows."""

    def read_page(body: bytes) -> Page[T]:
        answer = wire.document(body)
        return Page(
            rows=dict(map(read, wire.required_objects(answer, "data"))),
            total=wire.whole_number(answer, *total) if total else None,
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
