"""Cells in the layouts that were seen, and entries to write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dd_incident_roles.model import Entry, EntryKey
from tests.datadog.conftest import BASE
from tests.datadog.payloads import INCIDENT_ID, Json

TIMELINE = f"{BASE}/api/v2/incidents/{INCIDENT_ID}/timeline"
AT = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
LATER = "2026-01-31T09:20:00Z"
EARLIER = "2026-01-31T09:05:00Z"


def cell(
    cell_id: str = "c1",
    text: str | None = "Looking",
    attributes: Mapping[str, object] | None = None,
    *,
    without: tuple[str, ...] = (),
    relationships: Mapping[str, object] | None = None,
    **more: object,
) -> Json:
    """A note as a resource, with everything that is likely to be there."""
    usual: Json = {
        "cell_type": "markdown",
        "content": {"content": text},
        "created": "2026-01-31T09:10:00Z",
        "modified": "2026-01-31T09:10:00Z",
        "display_time": "2026-01-31T09:00:00Z",
        "important": False,
        "source": "datadog",
    }
    all_of_it = {**usual, **(attributes or {}), **more}
    shown = {name: each for name, each in all_of_it.items() if name not in without}
    made: Json = {"type": "incident_timeline_cells", "id": cell_id, "attributes": shown}
    return made if relationships is None else {**made, "relationships": dict(relationships)}


def entry(text: str = "Looking", *, key: str = "k1", important: bool = False) -> Entry:
    """An entry of the record, of half past nine less half an hour."""
    return Entry(key=EntryKey(key), at=AT, created=AT, text=text, author="Ada", important=important)


def tagged(text: str = "Looking", key: str = "k1") -> str:
    """The text of an entry as it stands in Datadog."""
    return f"{text}\n\n\u2014 Ada \u00b7 dd-incident-roles/{key}"
