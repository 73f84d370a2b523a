"""How soon something was due, in the words of a finding."""

from __future__ import annotations

from datetime import timedelta

from dd_incident_roles.policy.wording import span


def due(grace: timedelta) -> str:
    """The end of a sentence that says what was expected, such as ``due within 10 minutes``."""
    return f"due within {span(grace)}" if grace else "due at once"
