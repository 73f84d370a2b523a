"""How the record and a target stand to each other, role by role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dd_incident_roles.model import PersonKey, RoleKey


class Standing(StrEnum):
    """How a role stands once the record has taken in what the target shows.

    PENDING is what the target still has to learn, or what it may have lost.
    """

    IN_SYNC = "in_sync"
    PENDING = "pending"
    NOT_SUPPORTED = "not_supported"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleStanding:
    """How one role stands; ``doubted`` are holders whom the target no longer shows."""

    role: RoleKey
    standing: Standing
    reason: str | None = None
    doubted: frozenset[PersonKey] = frozenset()
    overheld: frozenset[PersonKey] = frozenset()
