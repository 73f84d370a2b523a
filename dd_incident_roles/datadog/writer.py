"""What every way of writing a role can do."""

from __future__ import annotations

from typing import Protocol

from dd_incident_roles.datadog.situation import Situation
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.changes import Outcome


class RoleWriter(Protocol):
    """Writes roles in one way; ``situation`` was read just before, so it is what a write is for.

    Every method raises DatadogError, and WriteNotConfirmed when Datadog shows something else
    afterwards.
    """

    def hand_over(
        self,
        situation: Situation,
        role: RoleKey,
        before: frozenset[PersonKey],
        after: PersonKey | None,
    ) -> Outcome:
        """Put one holder in the place of those who were expected."""

    def give(self, situation: Situation, role: RoleKey, person: PersonKey) -> Outcome:
        """Add one holder."""

    def take(self, situation: Situation, role: RoleKey, person: PersonKey) -> Outcome:
        """Remove one holder."""


def found_instead(role: RoleKey, found: frozenset[PersonKey]) -> str:
    """Say who holds a role that was expected to be held by others."""
    names = ", ".join(sorted(found)) or "nobody"
    return f"{role} is held by {names} now"
