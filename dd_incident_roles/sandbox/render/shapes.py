"""The parts that every answer is made of."""

from __future__ import annotations

from collections.abc import Iterable

Json = dict[str, object]


def reference(kind: str, row_id: str | None) -> Json:
    """Renders a relationship to one row, or to none."""
    return {"data": None if row_id is None else {"type": kind, "id": row_id}}


def references(kind: str, row_ids: Iterable[str]) -> Json:
    """Renders a relationship to several rows."""
    return {"data": [{"type": kind, "id": row_id} for row_id in row_ids]}


def resource(kind: str, row_id: str, attributes: Json, relationships: Json | None = None) -> Json:
    """Renders one row."""
    shown: Json = {"type": kind, "id": row_id, "attributes": attributes}
    if relationships is not None:
        shown["relationships"] = relationships
    return shown


def offset_page(offset: int, shown: int) -> Json:
    """Renders the page of a listing; ``next_offset`` is there on the last page too (recording)."""
    return {"pagination": {"offset": offset, "next_offset": offset + shown, "size": shown}}
