"""Reading a timeline from JSON: a document of ours, or a plain list of entries."""

from __future__ import annotations

import json
from datetime import UTC, datetime, tzinfo

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.model import NOTE
from dd_incident_roles.timeline.importing import FileEntry, FileTimeline, refuse_all
from dd_incident_roles.timeline.stamps import in_zone

SCHEMA = "dd-incident-roles/timeline/1"
_HINT = 'Give a list of objects such as {"at": "2026-01-31T14:03:00Z", "text": "…"}.'


def read_json(text: str, *, file: str, zone: tzinfo | None) -> FileTimeline:
    """Read the entries; times that name no zone are in ``zone``, else in UTC.

    Raises ConfigurationError that names the file and every entry that cannot be read.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"is no JSON: {error}", file=file, hint=_HINT) from None
    rows = content.get("entries") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise ConfigurationError("has no list of entries", file=file, hint=_HINT)
    ours = isinstance(content, dict) and content.get("schema") == SCHEMA
    incident = content.get("incident") if isinstance(content, dict) and ours else None
    entries: list[FileEntry] = []
    problems: list[ConfigurationError] = []
    for number, row in enumerate(rows):
        if ours and _says_nothing(row):
            continue
        try:
            entries.append(_entry(row, f"entries[{number}]", file, zone or UTC))
        except ConfigurationError as problem:
            problems.append(problem)
    refuse_all(problems, file=file, hint=_HINT)
    return FileTimeline(
        entries=tuple(entries), incident=incident if isinstance(incident, str) else None
    )


def _says_nothing(row: object) -> bool:
    """Datadog can show a note without a text, which our own documents then have too."""
    text = row.get("text") if isinstance(row, dict) else None
    return isinstance(text, str) and not text.strip()


def _entry(row: object, place: str, file: str, zone: tzinfo) -> FileEntry:
    if not isinstance(row, dict):
        raise ConfigurationError("is no object", file=file, key=place, hint=_HINT)
    text, author, important = row.get("text"), row.get("author"), row.get("important", False)
    if not isinstance(text, str) or not text.strip():
        raise ConfigurationError("must be a text", file=file, key=f"{place}.text", value=text)
    if author is not None and not isinstance(author, str):
        raise ConfigurationError("must be a text", file=file, key=f"{place}.author", value=author)
    if not isinstance(important, bool):
        raise ConfigurationError(
            "must be true or false", file=file, key=f"{place}.important", value=important
        )
    return FileEntry(
        at=_moment(row.get("at"), f"{place}.at", file, zone),
        text=text.strip(),
        author=author or None,
        important=important,
        kind=str(row.get("kind") or NOTE),
        place=f"{file}: {place}",
    )


def _moment(value: object, key: str, file: str, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        if at is not None:
            return at if at.tzinfo else in_zone(at, None, zone)
        problem = "is not a time"
    except ValueError as error:
        problem = str(error) if "clocks change" in str(error) else "is not a time"
    raise ConfigurationError(problem, file=file, key=key, value=value, hint=_HINT)
