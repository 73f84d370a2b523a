"""The timeline as people read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dd_incident_roles.model import Entry


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that nobody wished away, by when it happened and never by when they arrived."""
    return tuple(sorted((each for each in entries if each.deleted_at is None), key=_when))


def _when(entry: Entry) -> tuple[datetime, datetime, str]:
    return entry.at, entry.created, entry.key
