"""What hangs on an incident or on the organisation beside the response team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """A task or follow-up; assignees are handles, or objects for people of a chat."""

    id: str
    incident_id: str
    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str
    content: str
    assignees: tuple[object, ...] = ()
    completed: datetime | None = None
    due_date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """What another product keeps about the incident, such as its chat channel."""

    id: str
    incident_id: str
    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str
    integration_type: int
    status: int
    metadata: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of the organisation, and the ids of its members."""

    id: str
    name: str
    handle: str
    created: datetime
    modified: datetime
    members: tuple[str, ...] = ()
