"""A timeline as a file has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.errors import ConfigurationError, UnreadableFile
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTimeline:
    """The entries of a file, and the incident that it says it is about, if it says so.

    ``incident`` is ``IR-1001`` or a UUID.
    """

    entries: tuple[FileEntry, ...]
    incident: str | None = None


def refuse_all(
    problems: Sequence[ConfigurationError], *, file: str, hint: str | None = None
) -> None:
    """Raise what is wrong with a file, all of it at once; one problem is raised as it is."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise UnreadableFile(problems, file=file, hint=hint)
