"""Whether Datadog accepts the keys."""

from __future__ import annotations

from dd_incident_roles.datadog.http import Session


def validate_keys(session: Session) -> None:
    """Ask Datadog whether both keys are good; raises Unauthorized or Forbidden when not."""
    session.send("GET", "/api/v2/validate_keys")
