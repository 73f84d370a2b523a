"""dd-incident-roles: during an incident on Datadog, everybody knows who does what."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
