"""Paths of the API, with every id quoted."""

from __future__ import annotations

from urllib.parse import quote

from dd_incident_roles.errors import NotFound

INCIDENTS = "/api/v2/incidents"
CURRENT_USER = "/api/v2/current_user"


def path(base: str, *segments: str) -> str:
    """Return ``base`` followed by the segments, each of which stays one segment.

    Raises NotFound for a segment that no server would take for an id.
    """
    return "/".join([base, *(_quoted(segment) for segment in segments)])


def _quoted(segment: str) -> str:
    # A dot segment cannot be quoted: clients fold "%2E%2E" too, and would ask for another resource.
    if segment in {"", ".", ".."}:
        raise NotFound(f"Nothing in Datadog has the id {segment!r}.")
    return quote(segment, safe="")
