"""One incident's timeline with its record, its target and a clock that moves by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.state import EntryState, PutEntry
from tests.sync.bench import GRACE, AnyBench
from tests.sync.entries.memory_timeline import MemoryTimeline
from tests.sync.memory_target import INCIDENT
from tests.sync.record_copies import fresh_record

KEY = EntryKey("key-1")


@dataclass(slots=True)
class TimelineBench(AnyBench[MemoryTimeline]):
    """One incident whose timeline people write; every old listing is gone after the patience."""

    patience: ClassVar[timedelta] = 2 * GRACE
    allowed: ClassVar[int] = 1000

    @classmethod
    def at_rest(cls, folder: Path) -> TimelineBench:
        record = fresh_record(folder, lambda: datetime(2026, 1, 1, tzinfo=UTC))
        return cls(record=record, target=MemoryTimeline())

    def in_place_of_lost(self, folder: Path) -> TimelineBench:
        """The same target beside a record that was begun again."""
        folder.mkdir()
        record = fresh_record(folder, self.clock)
        return TimelineBench(record=record, target=self.target, at=self.at)

    def tell_role(self, key: str, text: str) -> Entry:
        """Record our own entry about a role change, in the second in which Datadog writes."""
        at = self.target.tick()
        kind = "role_change"
        entry = Entry(key=EntryKey(key), at=at, created=self.at, text=text, kind=kind)
        self.put(entry)
        return entry

    def add(self, key: str, text: str) -> None:
        """Type ``timeline add``."""
        now = self.clock()
        self.put(Entry(key=EntryKey(key), at=now, created=now, text=text, author="Ana"))

    def edit(self, key: EntryKey, text: str) -> None:
        """Type ``timeline edit``."""
        self.put(replace(self.entry(key), text=text))

    def delete(self, key: EntryKey) -> None:
        """Type ``timeline delete``."""
        self.put(replace(self.entry(key), deleted_at=self.clock()))

    def put(self, entry: Entry) -> None:
        self.record.commit(INCIDENT.id, self.target.name, [PutEntry(entry=entry)])

    def entry(self, key: EntryKey) -> Entry:
        return next(each for each in self.record.entries(INCIDENT.id) if each.key == key)

    @property
    def noted(self) -> EntryState:
        """What the record has noted about the entries and the target."""
        return self.record.state(INCIDENT.id, self.target.name).timeline

    @property
    def live(self) -> list[Entry]:
        """The entries of the record that nobody wished away."""
        return [each for each in self.record.entries(INCIDENT.id) if each.deleted_at is None]

    def texts(self) -> tuple[list[str], list[str]]:
        """What the record says, and what the target shows."""
        here = sorted(entry.text for entry in self.live)
        return here, sorted(cell.text for cell in self.target.cells.values())

    def only_cell(self) -> str:
        """The id of the one cell that there is."""
        [cell_id] = self.target.cells
        return cell_id
