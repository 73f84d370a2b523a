"""The control API under /_sandbox/, by which other processes drive the sandbox."""

from __future__ import annotations

from starlette.routing import Route

from dd_incident_roles.sandbox.sandbox import Sandbox


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Makes the routes of the control API."""
    return []
