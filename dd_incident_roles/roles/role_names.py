"""Names that Datadog keeps for its own roles, and how long one of ours may be."""

from __future__ import annotations

from typing import Final

from dd_incident_roles.errors import UsageError
from dd_incident_roles.roles.catalogue import folded

LONGEST_NAME: Final = 255
"""The most characters of a user-defined role's name in Datadog (document)."""

RESERVED: Final = frozenset({"incident commander", "responder"})
"""Names that Datadog keeps for its own roles (document: the roles of its incident settings)."""


def check_datadog_name(name: str) -> None:
    """Raise UsageError for what cannot be the name of a user-defined role in Datadog."""
    if not name or any(not character.isprintable() for character in name):
        raise UsageError("A role needs a title on one line.", hint="Put it in quotes.")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"The title has more than {LONGEST_NAME} characters.")
    if folded(name) in RESERVED:
        raise UsageError(
            f"{name!r} is a name that Datadog keeps for itself.", hint="Choose another title."
        )
