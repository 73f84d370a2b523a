"""One entry of an incident's timeline, which Datadog calls a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

NOTE = "markdown"
STATUS_CHANGE = "incident_status_change"
ROLE_CHANGE = "role_assignment_change"

BY_PEOPLE = "datadog"
BY_KEYS = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A note of somebody, or what a system noted.

    ``text`` is for notes and ``facts`` for the rest; ``author`` is None for a system, and for
    people of a chat who have no account.
    """

    id: str
    incident_id: str
    cell_type: str
    created: datetime
    modified: datetime
    display_time: datetime
    author: str | None = None
    source: str = BY_PEOPLE
    text: str = ""
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    important: bool = False
    parent_id: str | None = None

    @property
    def is_note(self) -> bool:
        """Whether a person or a program wrote it, so that it can be changed."""
        return self.cell_type == NOTE
