"""What planning the timeline comes to: edits, effects, writes, and what is to be said."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.sync.entries.changes import EntryChange
from dd_incident_roles.sync.entries.effects import TimelineEffect
from dd_incident_roles.sync.state import Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPlan:
    """The part of a plan that one entry, or all of them together, contributes."""

    edits: tuple[Edit, ...] = ()
    effects: tuple[TimelineEffect, ...] = ()
    writes: tuple[EntryChange, ...] = ()
    notices: tuple[str, ...] = ()
