"""The record as plain dictionaries: what the record must agree with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from dd_incident_roles.model import Assignment, Entry, EntryKey, IncidentId, RoleKey
from dd_incident_roles.roles import ledger as said
from dd_incident_roles.roles.ledger import Close, Open
from dd_incident_roles.store.tables import ArchivedEntry, ArchiveReason
from dd_incident_roles.sync import state as kinds


class Refused(Exception):
    """The model would not take the edits."""


@dataclass(slots=True)
class MemoryIncident:
    """Everything about one incident, in the order in which it was first written."""

    version: int = 0
    assignments: dict[str, Assignment] = field(default_factory=dict)
    handoffs: dict[str, said.Handoff] = field(default_factory=dict)
    corrections: dict[str, said.Correction] = field(default_factory=dict)
    devised: dict[RoleKey, said.DevisedRole] = field(default_factory=dict)
    places: dict[str, said.PlaceLink] = field(default_factory=dict)
    entries: dict[EntryKey, tuple[Entry, datetime]] = field(default_factory=dict)
    archive: list[ArchivedEntry] = field(default_factory=list)
    noted: dict[str, dict[tuple[type[kinds.Row], kinds.Key, str | None], kinds.Row]] = field(
        default_factory=dict
    )
    """For each target, rows of every kind, and intents by what they try."""

    def open_handoffs(self) -> list[said.Handoff]:
        """Those that nobody answered."""
        return [each for each in self.handoffs.values() if each.outcome is None]

    def change(self, target: str, edit: kinds.Edit, now: datetime, taken: Collection[str]) -> None:
        """Take in one edit; ``taken`` are the ids of what was recorded of any incident."""
        match edit:
            case Open(assignment=new):
                held = [
                    row
                    for row in self.assignments.values()
                    if row.is_open and (row.role, row.stream) == (new.role, new.stream)
                ]
                if new.id in taken or new.person in {row.person for row in held}:
                    raise Refused("held")
                self.assignments[new.id] = new
            case Close(assignment_id=name):
                row = self.assignments.get(name)
                if row is None or not row.is_open or edit.until < row.since:
                    raise Refused("not open")
                self.assignments[name] = edit.applied_to(row)
            case kinds.PutEntry(entry=entry):
                old, _ = self.entries.get(entry.key, (entry, now))
                if old != entry:
                    self._archive(entry.key, now, ArchiveReason.REPLACED)
                self.entries.setdefault(entry.key, (entry, now))
            case kinds.ArchiveEntry(key=key, at=at):
                if key not in self.entries:
                    raise Refused("unknown entry")
                self._archive(key, at, ArchiveReason.REMOVED)
            case kinds.Put() | kinds.Drop():
                note(self.noted.setdefault(target, {}), edit)
            case _:
                self._state(edit, taken)

    def _state(self, edit: said.Statement | kinds.Restore, taken: Collection[str]) -> None:
        match edit:
            case kinds.Restore(row=row):
                self._restore(row)
            case said.Propose(handoff=handoff):
                waiting = {(each.role, each.stream) for each in self.open_handoffs()}
                is_offered = (handoff.role, handoff.stream) in waiting
                if handoff.id in taken or is_offered or handoff.expires <= handoff.proposed:
                    raise Refused("proposed")
                self.handoffs[handoff.id] = handoff
            case said.Decide(handoff_id=name):
                if name not in {each.id for each in self.open_handoffs()}:
                    raise Refused("not open")
                self.handoffs[name] = replace(
                    self.handoffs[name], outcome=edit.outcome, decided=edit.at, decided_by=edit.by
                )
            case said.Correct(correction=correction):
                if correction.id in taken or correction.until <= correction.since:
                    raise Refused("corrected")
                self.corrections[correction.id] = correction
            case said.Devise(role=role):
                self.devised[role.key] = role
            case said.Locate(place=place):
                before = self.places.get(place.target)
                if before and before.where != place.where:
                    # What was agreed with another place counts no more.
                    self.noted.pop(place.target, None)
                self.places[place.target] = place
            case _:
                assert_never(edit)

    def _restore(self, row: Assignment | said.Handoff | said.Correction) -> None:
        match row:
            case Assignment():
                self.assignments[row.id] = row
            case said.Handoff():
                self.handoffs[row.id] = row
            case said.Correction():
                self.corrections[row.id] = row

    def _archive(self, key: EntryKey, at: datetime, why: ArchiveReason) -> None:
        old, since = self.entries.pop(key)
        self.archive.append(ArchivedEntry(entry=old, recorded_at=since, archived_at=at, why=why))


def note(
    rows: dict[tuple[type[kinds.Row], kinds.Key, str | None], kinds.Row],
    edit: kinds.Put | kinds.Drop,
) -> None:
    match edit:
        case kinds.Put(kinds.EntryLink(key=key, remote_id=remote_id) as link):
            links = [row for row in rows.values() if isinstance(row, kinds.EntryLink)]
            if remote_id in {each.remote_id for each in links if each.key != key}:
                raise Refused("linked")
            rows[kinds.EntryLink, key, None] = link
        case kinds.Put(kinds.Intent(item=item, holder=holder) as intent):
            rows.setdefault((kinds.Intent, item, holder), intent)
        case kinds.Put(kinds.EntryIntent(key=key, digest=digest) as intent):
            rows[kinds.EntryIntent, key, digest] = intent
        case kinds.Put(row):
            rows[type(row), kinds.key_of(row), None] = row
        case kinds.Drop():
            for at in [at for at in rows if at[:2] == (edit.kind, edit.key)]:
                del rows[at]


@dataclass(slots=True)
class MemoryRecord:
    """Everything, as a commit leaves it."""

    incidents: dict[IncidentId, MemoryIncident] = field(default_factory=dict)

    def after(
        self,
        incident_id: IncidentId,
        target: str,
        edits: Sequence[kinds.Edit],
        expected: int | None,
        now: datetime,
    ) -> MemoryRecord:
        """What the edits make of it; raises Refused when they do not fit."""
        made = deepcopy(self)
        incident = made.incidents.setdefault(incident_id, MemoryIncident())
        if expected not in {None, incident.version}:
            raise Refused("version")
        # A place first: what is noted in the same commit is about the new one.
        for edit in sorted(edits, key=lambda each: not isinstance(each, said.Locate)):
            taken = {
                identity
                for each in made.incidents.values()
                for identity in (*each.assignments, *each.handoffs, *each.corrections)
            }
            incident.change(target, edit, now, taken)
        incident.version += any(isinstance(edit, kinds.Moving) for edit in edits)
        return made
