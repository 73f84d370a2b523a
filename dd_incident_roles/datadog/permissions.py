"""What the keys need to be allowed in Datadog, and for what; docs/permissions.md has the same."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from dd_incident_roles.values import frozen


class Need(StrEnum):
    """How much a missing permission matters."""

    ALWAYS = "always"
    """Without it the program is of no use."""
    USEFUL = "useful"
    """Without it something is missing."""
    SOMETIMES = "sometimes"
    """Only some commands, or some settings, need it."""


@frozen(kw_only=False)
class Permission:
    """A permission by the name that Datadog gives it, and what takes it."""

    name: str
    purpose: str
    need: Need


PERMISSIONS: Final = (
    Permission("incident_read", "every command", Need.ALWAYS),
    Permission(
        "incident_write",
        "commander, responders, roles, property fields, timeline entries",
        Need.ALWAYS,
    ),
    Permission(
        "incident_settings_read", "which roles and property fields are defined", Need.USEFUL
    ),
    Permission(
        "user_access_read",
        "finding people, and telling service accounts apart; `check` looks at the accounts of "
        "holders (IR002, IR013)",
        Need.USEFUL,
    ),
    Permission("teams_read", "`suggest`, and the warning about `qualified`", Need.SOMETIMES),
    Permission(
        "on_call_read",
        "`suggest`, where `suggested_from` names an on-call team",
        Need.SOMETIMES,
    ),
    Permission(
        "incident_settings_write",
        "only `catalog apply` and `roles devise --define`",
        Need.SOMETIMES,
    ),
    Permission(
        "incidents_private_global_access",
        "only if private incidents are to be seen",
        Need.SOMETIMES,
    ),
)

BY_PLACE: Final = MappingProxyType(
    {
        "config": "incident_settings_{}",
        "incidents": "incident_{}",
        "users": "user_access_read",
        "team": "teams_read",
        "on-call": "on_call_read",
    }
)
"""What the keys need for each part of the API; the braces take "read" or "write"."""


def permission_for(path: str, *, writes: bool) -> str | None:
    """The permission that a request takes (document; for readings of settings unverified)."""
    parts = path.removeprefix("/api/v2/").split("/")
    place = parts[0]
    if parts[:2] == ["incidents", "config"]:
        # The types of incidents are read like the incidents themselves (specification).
        place = "incidents" if parts[2:3] == ["types"] and not writes else "config"
    needed = BY_PLACE.get(place)
    return needed.format("write" if writes else "read") if needed else None
