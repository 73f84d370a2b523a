"""What a plan does to the timeline of the record, as values a report can show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dd_incident_roles.model import Entry


class EntryNews(StrEnum):
    """What happened to an entry of the record."""

    CREATED = "create"
    UPDATED = "update"
    DELETED = "delete"
    LINKED = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryEffect:
    """One entry that the record takes over from the target, or learns to be on both sides."""

    news: EntryNews
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBoth:
    """Both sides changed an entry: theirs keeps its place, ours goes on as an entry of its own."""

    theirs: Entry
    ours: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Somebody else's entry was changed here: theirs stands, and ours is a note about it."""

    theirs: Entry
    note: Entry


TimelineEffect = EntryEffect | KeptBoth | Corrected
"""One change to the record's timeline."""
