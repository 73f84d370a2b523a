"""What the reports show of a timeline, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dd_incident_roles.model import Entry, IncidentId
from dd_incident_roles.report.views import TargetState


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTarget:
    """Where an entry is in a target: its id there, if it has one, and how the two compare."""

    state: TargetState
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry; ``key`` is what has to be typed to name it."""

    entry: Entry
    key: str
    targets: Mapping[str, EntryTarget] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineView:
    """The timeline of one incident, in the order of what happened.

    ``name`` is how the incident is called in a sentence, ``title`` its title where it is known.
    """

    incident_id: IncidentId
    name: str
    title: str | None
    rows: tuple[EntryRow, ...]
    notices: tuple[str, ...] = ()
