"""What people say about the past of a role beside what was recorded: added, never replaced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import PersonKey, RoleKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Who really held a role in a stretch of the past, whatever was recorded of it.

    ``person`` is None where nobody did. Where two corrections speak of the same time, the one that
    was recorded later stands.
    """

    id: str
    role: RoleKey
    stream: str | None
    person: PersonKey | None
    since: datetime
    until: datetime
    reason: str
    set_by: str
    recorded: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct:
    """Add a correction."""

    correction: Correction
