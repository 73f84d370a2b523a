"""One entry as a file has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """What a file says happened, and on which line it says so."""

    at: datetime
    text: str
    line: int
    author: str | None = None
    important: bool = False
