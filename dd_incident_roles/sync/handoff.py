"""Handoffs that wait for their receiver, as the record keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dd_incident_roles.model import PersonKey, RoleKey


class Outcome(StrEnum):
    """How a proposed handoff ended; SUPERSEDED is by another change of the role."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """That somebody was asked to take over a role; the giver holds it until they accept.

    ``giver`` is None where nobody held the role. ``outcome`` is None while nobody answered, be it
    before ``expires`` or after.
    """

    id: str
    role: RoleKey
    stream: str | None
    giver: PersonKey | None
    receiver: PersonKey
    proposed: datetime
    proposed_by: str
    expires: datetime
    note: str | None = None
    outcome: Outcome | None = None
    decided: datetime | None = None
    decided_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody answered yet."""
        return self.outcome is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """Begin a handoff, which is open."""

    handoff: Handoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """End an open handoff, named by its id."""

    handoff_id: str
    outcome: Outcome
    at: datetime
    by: str
