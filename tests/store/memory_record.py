"""The record as plain dictionaries: what the record must agree with."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from dd_incident_roles.model import Assignment, IncidentId
from dd_incident_roles.roles.ledger import Close, Open
from dd_incident_roles.roles.statements import Handoff, Statement
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    Intent,
    Key,
    Put,
    PutEntry,
    Row,
    key_of,
)
from tests.store.memory_statements import MemoryStatements
from tests.store.memory_timeline import MemoryTimeline, Refused

Noted = TypeVar("Noted", bound=Row)


@dataclass(slots=True)
class Side:
    """What one target knows of one incident: rows of every kind, and intents by what they try."""

    rows: dict[tuple[type[Row], Key, str | None], Row] = field(default_factory=dict)

    def of(self, kind: type[Noted]) -> set[Noted]:
        return {row for row in self.rows.values() if isinstance(row, kind)}

    def change(self, edit: Edit) -> None:
        match edit:
            case Put(EntryLink() as link):
                others = {each.remote_id for each in self.of(EntryLink) if each.key != link.key}
                if link.remote_id in others:
                    raise Refused("linked")
                self.rows[EntryLink, link.key, None] = link
            case Put(Intent(item=item, holder=holder) as intent):
                self.rows.setdefault((Intent, item, holder), intent)
            case Put(EntryIntent(key=key, digest=digest) as intent):
                self.rows[EntryIntent, key, digest] = intent
            case Put(row):
                self.rows[type(row), key_of(row), None] = row
            case Drop():
                gone = [at for at in self.rows if at[:2] == (edit.kind, edit.key)]
                for at in gone:
                    del self.rows[at]
            case _:
                pass


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
            if isinstance(edit, Statement):
                statements.change(edit, made._stated_ids())
            timeline.change(edit, now)
            made._ledger(incident, edit)
            side.change(edit)
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

    def _ledger(self, incident: IncidentId, edit: Edit) -> None:
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
