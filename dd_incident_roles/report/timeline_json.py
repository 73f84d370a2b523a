"""The document of ``timeline list --format json``, which ``timeline import`` reads too."""

from __future__ import annotations

from dd_incident_roles.report.document import JsonValue, document, instant
from dd_incident_roles.report.timeline_views import EntryRow, TimelineView
from dd_incident_roles.report.views import TargetState


def timeline_json(timeline: TimelineView) -> str:
    """Every entry of a timeline, and where it is; a target that cannot hold one is left out."""
    return document(
        "timeline",
        {
            "incident": timeline.incident_id,
            "entries": [_entry(row) for row in timeline.rows],
        },
    )


def _entry(row: EntryRow) -> JsonValue:
    entry = row.entry
    return {
        "id": entry.key,
        "at": instant(entry.at),
        "text": entry.text,
        "author": entry.author,
        "important": entry.important,
        "kind": entry.kind,
        "origin": entry.origin,
        "targets": {
            name: {"id": target.id, "state": target.state.value}
            for name, target in sorted(row.targets.items())
            if target.state is not TargetState.NOT_SUPPORTED
        },
    }
