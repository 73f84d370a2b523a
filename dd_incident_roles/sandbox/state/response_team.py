"""Who takes part in an incident, and in which role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """One person's part in one incident; the user is absent for people from outside Datadog.

    Those have an ``external_id`` in the ``external_source`` that they respond from (client model).
    """

    id: str
    incident_id: str
    user_id: str | None
    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str
    last_active: datetime | None = None
    is_billable: bool = True
    external_id: str | None = None
    external_source: str | None = None

    @property
    def has_acted(self) -> bool:
        """Whether the person has updated the incident: such a responder stays (document)."""
        return self.last_active is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A role given to a responder; the incident is implied by the responder."""

    id: str
    incident_id: str
    responder_id: str
    role_id: str
    created: datetime
    modified: datetime
    created_by: str
