"""What somebody says as they hand a role over, made fit for one line of an entry."""

from __future__ import annotations

from dd_incident_roles.errors import UsageError
from dd_incident_roles.timeline.entry_text import on_one_line

LONGEST_NOTE = 2000
"""A brief is read in the middle of an incident; more than this nobody reads."""


def note_text(typed: str | None) -> str | None:
    """The note on one line and without anything that nobody sees; None where nothing is said.

    Raises UsageError for one that is too long.
    """
    said = on_one_line(typed or "")
    if len(said) > LONGEST_NOTE:
        raise UsageError(
            f"The note has {len(said)} characters; it can have {LONGEST_NOTE}.",
            hint="Write an entry with timeline add, and mention it in the note.",
        )
    return said or None
