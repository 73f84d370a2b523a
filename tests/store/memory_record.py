"""The record as plain dictionaries: what the record must agree with."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime

from dd_incident_roles.model import Assignment, IncidentId, PersonKey, RoleKey
from dd_incident_roles.sync.entries.state import ArchiveEntry, EntryEdit, PutEntry
from dd_incident_roles.sync.handoff import Handoff
from dd_incident_roles.sync.state import (
    ClearIntents,
    Close,
    Conflict,
    DropLink,
    DropRefused,
    Edit,
    Intent,
    Item,
    Link,
    Open,
    PutConflict,
    PutIntent,
    PutLink,
    PutRefused,
    RefusedWrite,
    RoleEdit,
    SettleConflict,
    Statement,
)
from tests.store.memory_statements import MemoryStatements
from tests.store.memory_timeline import EntrySide, MemoryTimeline, Refused


@dataclass(slots=True)
class Side:
    """What one target knows of one incident."""

    links: dict[Item, Link] = field(default_factory=dict)
    intents: dict[tuple[Item, PersonKey | None], Intent] = field(default_factory=dict)
    conflicts: dict[RoleKey, Conflict] = field(default_factory=dict)
    refused: dict[str, RefusedWrite] = field(default_factory=dict)
    entries: EntrySide = field(default_factory=EntrySide)


@dataclass(slots=True)
class MemoryRecord:
    """Everything, as a commit leaves it."""

    versions: dict[IncidentId, int] = field(default_factory=dict)
    rows: dict[str, tuple[IncidentId, Assignment]] = field(default_factory=dict)
    sides: dict[tuple[IncidentId, str], Side] = field(default_factory=dict)
    timelines: dict[IncidentId, MemoryTimeline] = field(default_factory=dict)
    statements: dict[IncidentId, MemoryStatements] = field(default_factory=dict)

    def after(
        self,
        incident: IncidentId,
        target: str,
        edits: Sequence[Edit],
        expected: int | None,
        now: datetime,
    ) -> MemoryRecord:
        """What the edits make of it; raises Refused when they do not fit."""
        version = self.versions.get(incident, 0)
        if expected not in {None, version}:
            raise Refused("version")
        made = deepcopy(self)
        side = made.sides.setdefault((incident, target), Side())
        timeline = made.timelines.setdefault(incident, MemoryTimeline())
        statements = made.statements.setdefault(incident, MemoryStatements())
        for edit in edits:
            if isinstance(edit, EntryEdit):
                timeline.change(edit, now)
                side.entries.change(edit)
            elif isinstance(edit, Statement):
                statements.change(edit, made._stated_ids())
            else:
                made._ledger(incident, edit)
                _bookkeeping(side, edit)
        moving = Open | Close | PutEntry | ArchiveEntry | Statement
        moved = any(isinstance(edit, moving) for edit in edits)
        made.versions[incident] = version + moved
        return made

    def assignments(self, incident: IncidentId) -> set[Assignment]:
        return {row for owner, row in self.rows.values() if owner == incident}

    def open_handoffs(self) -> set[tuple[IncidentId, Handoff]]:
        return {
            (incident, handoff)
            for incident, stated in self.statements.items()
            for handoff in stated.open_handoffs()
        }

    def _stated_ids(self) -> set[str]:
        return {
            identity
            for stated in self.statements.values()
            for identity in (*stated.handoffs, *stated.corrections)
        }

    def _ledger(self, incident: IncidentId, edit: RoleEdit) -> None:
        match edit:
            case Open(assignment=new):
                held = {
                    (row.role, row.stream, row.person)
                    for row in self.assignments(incident)
                    if row.is_open
                }
                if new.id in self.rows or (new.role, new.stream, new.person) in held:
                    raise Refused("held")
                self.rows[new.id] = (incident, new)
            case Close(assignment_id=identity):
                owner, row = self.rows.get(identity, (None, None))
                if row is None or owner != incident or not row.is_open or edit.until < row.since:
                    raise Refused("not open")
                self.rows[identity] = (
                    incident,
                    replace(
                        row,
                        until=edit.until,
                        ended_by=edit.ended_by,
                        ended_source=edit.ended_source,
                    ),
                )
            case _:
                pass


def _bookkeeping(side: Side, edit: RoleEdit) -> None:
    match edit:
        case PutLink(link=link):
            side.links[link.item] = link
        case DropLink(item=item):
            side.links.pop(item, None)
        case PutIntent(intent=intent):
            side.intents.setdefault((intent.item, intent.holder), intent)
        case ClearIntents(item=item):
            side.intents = {key: kept for key, kept in side.intents.items() if key[0] != item}
        case PutConflict(conflict=conflict):
            side.conflicts[conflict.role] = conflict
        case SettleConflict(role=role):
            side.conflicts.pop(role, None)
        case PutRefused(refused=refused):
            side.refused[refused.about] = refused
        case DropRefused(about=about):
            side.refused.pop(about, None)
        case _:
            pass
