"""One incident's timeline with its record, its target and a clock that moves by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.result import SyncResult
from dd_incident_roles.sync.run import RunOptions, run
from dd_incident_roles.sync.state import PutEntry
from tests.sync.entries.memory_timeline import MemoryTimeline
from tests.sync.interrupted_record import InterruptedRecord
from tests.sync.memory_target import INCIDENT, Killed
from tests.sync.record_copies import fresh_record

GRACE = timedelta(minutes=5)


@dataclass(slots=True)
class TimelineBench:
    """Everything that one story of the timeline needs."""

    record: SqlRecord
    target: MemoryTimeline
    at: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)

    @classmethod
    def at_rest(cls, folder: Path) -> TimelineBench:
        record = fresh_record(folder, lambda: datetime(2026, 1, 1, tzinfo=UTC))
        return cls(record=record, target=MemoryTimeline())

    def clock(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def wait(self) -> None:
        """Let enough time pass for an absence to be believed, and for every old listing to go."""
        self.at += 2 * GRACE + timedelta(seconds=1)

    def sync(
        self,
        *,
        commits: int | None = None,
        before_commit: Callable[[], None] | None = None,
        allow_deletes: int | None = 1000,
    ) -> SyncResult:
        record = InterruptedRecord(self.record, commits, before_commit=before_commit)
        terms = RunOptions(
            clock=self.clock,
            new_id=lambda: "unused",
            grace=GRACE,
            concurrency=1,
            allow_deletes=allow_deletes,
            allow_creates=1000,
        )
        return run([INCIDENT.id], target=self.target, record=record, options=terms)

    def killed_sync(self, commits: int) -> bool:
        """Run until the process is killed; False if it came to its end before."""
        try:
            self.sync(commits=commits)
        except Killed:
            return True
        return False

    def settle(self) -> None:
        """Run as often as a scheduled job would until everything has been seen twice."""
        for _ in range(4):
            self.sync()
            self.wait()

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
