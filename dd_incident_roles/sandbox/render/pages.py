"""The pages of teams and of their members, with all that stands around them (recording)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dd_incident_roles.sandbox.render.shapes import Json

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a page begins and how much it holds at most; ``around`` is its meta and links."""

    offset: int
    size: int
    around: Json

    def part_of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows on this page."""
        return rows[self.offset : self.offset + self.size]


def numbered_page(url: str, total: int, *, number: int, size: int) -> Page:
    """Makes a page by number; there is a next number on the last page too (recording)."""
    last = max(total - 1, 0) // size
    before = max(number - 1, 0)
    pagination: Json = {
        "number": number,
        "first_number": 0,
        "prev_number": before,
        "next_number": number + 1,
        "last_number": last,
        "size": size,
        "type": "number_size",
        "total": total,
    }
    links = {
        "last": f"page[number]={last}&page[size]={size}",
        "next": f"page[number]={number + 1}&page[size]={size}",
        "prev": f"page[number]={before}&page[size]={size}" if number else None,
        "first": f"page[number]=0&page[size]={size}",
    }
    return Page(offset=number * size, size=size, around=_around(url, pagination, links))


def counted_page(url: str, total: int, *, offset: int, limit: int) -> Page:
    """Makes a page by offset; there is a next offset even where there is nobody (recording)."""
    last = max(total - 1, 0) // max(limit, 1) * limit
    before = max(offset - limit, 0)
    pagination: Json = {
        "offset": offset,
        "first_offset": 0,
        "prev_offset": before,
        "next_offset": offset + limit,
        "last_offset": last,
        "limit": limit,
        "type": "offset_limit",
        "total": total,
    }
    links = {
        "last": f"page[offset]={last}&page[limit]={limit}" if total else None,
        "next": f"page[offset]={offset + limit}&page[limit]={limit}",
        "prev": f"page[offset]={before}&page[limit]={limit}" if offset else None,
        "first": f"page[offset]=0&page[limit]={limit}",
    }
    return Page(offset=offset, size=limit, around=_around(url, pagination, links))


def _around(url: str, pagination: Json, links: Mapping[str, str | None]) -> Json:
    place = url.partition("?")[0]
    return {
        "meta": {"pagination": pagination},
        "links": {
            "self": url,
            **{
                name: None if query is None else f"{place}?{query}" for name, query in links.items()
            },
        },
    }
