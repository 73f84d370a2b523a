"""What is said of an edit that does not fit the record any more."""

from __future__ import annotations

from dd_incident_roles.errors import RecordChanged


def overtaken(what: str) -> RecordChanged:
    """The refusal of an edit, with what the record turned out to hold."""
    return RecordChanged(
        f"The record was changed meanwhile: {what}; nothing was written.",
        hint="Run the command again.",
    )
