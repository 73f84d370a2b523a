"""The parts that every answer is made of, and moments as Datadog writes and reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from dd_incident_roles.sandbox.world import Row

Json = dict[str, object]
Shown = Mapping[str, object]


def reference(kind: str, row_id: str | None) -> Json:
    """Renders a relationship to one row, or to none."""
    return {"data": None if row_id is None else {"type": kind, "id": row_id}}


def references(kind: str, row_ids: Iterable[str]) -> Json:
    """Renders a relationship to several rows."""
    return {"data": [{"type": kind, "id": row_id} for row_id in row_ids]}


def authors(row: Row) -> Json:
    """Renders the relationships to who made a row and who changed it last."""
    return {
        "created_by_user": reference("users", row.created_by),
        "last_modified_by_user": reference("users", row.last_modified_by),
    }


def resource(kind: str, row_id: str, attributes: Shown, relationships: Shown | None = None) -> Json:
    """Renders one row."""
    shown: Json = {"type": kind, "id": row_id, "attributes": attributes}
    if relationships is not None:
        shown["relationships"] = relationships
    return shown


def offset_page(offset: int, shown: int) -> Json:
    """Renders the page of a listing; ``next_offset`` is there on the last page too (recording)."""
    return {"pagination": {"offset": offset, "next_offset": offset + shown, "size": shown}}


def older(moment: datetime) -> str:
    """Writes a moment as the older back-end does: microseconds and an offset (recording)."""
    return moment.astimezone(UTC).isoformat()


def newer(moment: datetime) -> str:
    """Writes a moment as the newer back-end does: a Z, and no zeros at the end (recording)."""
    whole, dot, fraction = moment.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}{dot if fraction else ''}{fraction}Z"


def whole_seconds(moment: datetime) -> str:
    """Writes a moment as search does: to the second (recording)."""
    return older(moment.replace(microsecond=0))


def read(text: str) -> datetime:
    """Reads a moment in any of these forms; one without an offset is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
