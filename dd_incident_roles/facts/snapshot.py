"""What was known of many incidents at one moment, as one immutable value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import NotEvaluated

SCHEMA: Final = "dd-incident-roles/snapshot/"
"""How the name of the schema begins; the version of the format follows."""

FORMAT: Final = 1
"""The version of the format that is written and read here."""

PROGRAM: Final = "dd-incident-roles "
"""What stands before the version of the program that made a snapshot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The facts about incidents, when they were looked at, how they were chosen, and what is amiss.

    ``described`` says in words how the incidents were chosen, and ``is_whole`` that they are all of
    their kind, not a choice. ``version`` is that of the program that looked, and ``unread`` is what
    it could not look at. ``closed_within`` is how far back one of closed incidents reaches.
    """

    taken_at: datetime
    described: str
    version: str
    incidents: tuple[Facts, ...]
    unread: tuple[NotEvaluated, ...] = ()
    is_whole: bool = False
    closed_within: timedelta | None = None
