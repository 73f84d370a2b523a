"""The environment variables, each with the setting that it gives."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

VARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "api_key": "DD_API_KEY",
        "app_key": "DD_APP_KEY",
        "site": "DD_SITE",
        "api_url": "DD_INCIDENT_ROLES_API_URL",
        "store": "DD_INCIDENT_ROLES_STORE",
        "roles": "DD_INCIDENT_ROLES_ROLES",
        "policy": "DD_INCIDENT_ROLES_POLICY",
        "people": "DD_INCIDENT_ROLES_PEOPLE",
        "concurrency": "DD_INCIDENT_ROLES_CONCURRENCY",
        "timeout_seconds": "DD_INCIDENT_ROLES_TIMEOUT",
        "absence_grace_seconds": "DD_INCIDENT_ROLES_ABSENCE_GRACE",
        "timeline": "DD_INCIDENT_ROLES_TIMELINE",
        "me": "DD_INCIDENT_ROLES_ME",
        "service_accounts": "DD_INCIDENT_ROLES_SERVICE_ACCOUNTS",
    }
)
"""By the name of the setting."""

CONFIG_VARIABLE: Final = "DD_INCIDENT_ROLES_CONFIG"
"""Names the file with the other settings, and is none itself."""

SECRETS: Final = frozenset({"api_key", "app_key"})
"""Settings that come by environment only, and are never shown."""

PATHS: Final = frozenset({"roles", "policy", "people"})
"""Settings that name a file; in the settings file they start from its own folder."""
