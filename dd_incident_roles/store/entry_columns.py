"""How an entry becomes columns, the same in the timeline and in the archive, and comes back."""

from __future__ import annotations

from sqlalchemy import RowMapping

from dd_incident_roles.model import Entry, EntryKey, IncidentId


def entry_columns(incident_id: IncidentId, entry: Entry) -> dict[str, object]:
    """The columns that say everything about an entry."""
    return {
        "incident": incident_id,
        "key": entry.key,
        "at": entry.at,
        "created": entry.created,
        "text": entry.text,
        "author": entry.author,
        "important": entry.important,
        "kind": entry.kind,
        "origin": entry.origin,
        "deleted_at": entry.deleted_at,
    }


def entry_of(row: RowMapping) -> Entry:
    """The entry that a row is about."""
    return Entry(
        key=EntryKey(row["key"]),
        at=row["at"],
        created=row["created"],
        text=row["text"],
        author=row["author"],
        important=row["important"],
        kind=row["kind"],
        origin=row["origin"],
        deleted_at=row["deleted_at"],
    )
