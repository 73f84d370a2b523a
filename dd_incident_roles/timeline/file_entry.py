"""One entry as a file has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import NOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """What a file says happened, and where it says so, such as ``notes.md:3``."""

    at: datetime
    text: str
    place: str
    author: str | None = None
    important: bool = False
    kind: str = NOTE
