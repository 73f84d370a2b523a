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
class Attachment:
    """A postmortem or a link."""

    id: str
    incident_id: str
    modified: datetime
    last_modified_by: str
    attachment_type: str
    title: str
    document_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """A stretch of time in which something was impaired."""

    id: str
    incident_id: str
    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str
    description: str
    start_at: datetime
    end_at: datetime | None = None
    fields: Mapping[str, object] | None = None


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
class NotificationRule:
    """Who is told when an incident of a type is declared or changes."""

    id: str
    incident_type_id: str
    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str
    trigger: str
    conditions: tuple[Mapping[str, object], ...] = ()
    handles: tuple[str, ...] = ()
    renotify_on: tuple[str, ...] = ()
    enabled: bool = True
    visibility: str = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of the organisation, and the ids of its members."""

    id: str
    name: str
    handle: str
    created: datetime
    modified: datetime
    members: tuple[str, ...] = ()
