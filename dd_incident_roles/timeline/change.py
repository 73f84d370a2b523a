"""What a command does to the timeline, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from dd_incident_roles.model import Entry
from dd_incident_roles.sync.entries.state import ArchiveEntry, PutEntry


class Act(Enum):
    """What somebody did to the timeline."""

    ADDED = auto()
    EDITED = auto()
    CORRECTED = auto()
    """Somebody else's entry stands, and one of ours says what is wrong with it."""
    DELETED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineChange:
    """The edits that a command asks for; none where the record already says so.

    ``entry`` is ours, as it then is; ``theirs`` is the entry of somebody else that it corrects.
    """

    act: Act
    entry: Entry
    edits: tuple[PutEntry | ArchiveEntry, ...]
    theirs: Entry | None = None
