"""What the product is told by environment, file and options; only this package reads the first."""

from __future__ import annotations

from dd_incident_roles.settings.loading import load_settings
from dd_incident_roles.settings.model import Keys, Settings
from dd_incident_roles.settings.variables import VARIABLES

__all__ = ["VARIABLES", "Keys", "Settings", "load_settings"]
