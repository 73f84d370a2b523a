"""One timeline in memory that behaves like Datadog's, with its record and its faults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

from dd_incident_roles.model import NOTE, Entry, EntryKey, IncidentId, Person, PersonKey
from dd_incident_roles.sync.entries.identity import Tagged, with_tag, without_tag
from dd_incident_roles.sync.state import EntryState, PutEntry
from dd_incident_roles.sync.targets import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryListing,
    Outdated,
    Reading,
    RemoteChange,
    RemoteEntry,
    Removed,
    RoleListing,
    UpdateEntry,
    WriteOutcome,
    Written,
)
from tests.sync.bench import GRACE, AnyBench
from tests.sync.memory_target import INCIDENT, MemoryDatadog
from tests.sync.record_copies import fresh_record

BEGAN = INCIDENT.declared
NO_ROLES = RoleListing(holders={}, via={}, single=frozenset())


@dataclass(slots=True, kw_only=True)
class MemoryTimeline(MemoryDatadog):
    """The cells of one incident, as far as the engine can see them."""

    cells: dict[str, RemoteEntry] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=count)
    ticks: count[int] = field(default_factory=count)
    longest: int | None = None
    keeps_times: bool = True
    writable: bool = True
    people: tuple[str, ...] = ()
    no_timeline: str | None = None
    complete: bool = True
    ours: bool | None = None
    """What Datadog says of the author of what is written with our keys."""
    account: str | None = None
    """Whose keys these are, where Datadog names the author of each entry."""

    def tick(self) -> datetime:
        return BEGAN + timedelta(seconds=next(self.ticks))

    def snapshot(self) -> Reading:
        entries = tuple(self._as_seen(cell) for cell in self.cells.values())
        timeline = EntryListing(entries=entries, complete=self.complete, writable=self.writable)
        return Reading(
            incident=self.incident,
            people=self.persons(),
            roles=NO_ROLES,
            timeline=None if self.no_timeline else timeline,
            no_timeline=self.no_timeline,
        )

    def seen_by(self, account: str) -> MemoryTimeline:
        """The same cells for the keys of another account."""
        return replace(self, account=account, faults=[])

    def _as_seen(self, cell: RemoteEntry) -> RemoteEntry:
        return replace(cell, ours=cell.author == self.account) if self.account else cell

    def persons(self) -> dict[PersonKey, Person]:
        return {PersonKey(each): Person(key=PersonKey(each), email=each) for each in self.people}

    def write_note(
        self,
        text: str,
        *,
        kind: str = NOTE,
        source: str | None = None,
        ours: bool | None = False,
    ) -> RemoteEntry:
        """Somebody writes a note in Datadog's own pages, or Datadog notes something by itself."""
        at = self.tick()
        said = without_tag(text) if kind == NOTE else Tagged(text=text)
        cell = RemoteEntry(
            id=f"cell-{next(self.numbers):04}",
            at=at,
            created=at,
            modified=at,
            text=said.text,
            tagged=said.key,
            signed=said.author,
            whole=text,
            author="eve@corp.example",
            ours=ours,
            kind=kind,
            source=source,
        )
        self.cells[cell.id] = cell
        return cell

    def edit(self, cell_id: str, text: str) -> None:
        """Somebody edits a cell in Datadog's own pages."""
        cell = self.cells[cell_id]
        whole = with_tag(text, key=cell.tagged, author=cell.signed) if cell.tagged else text
        self.cells[cell_id] = replace(cell, text=text, whole=whole, modified=self.tick())

    def perform(self, incident_id: IncidentId, change: RemoteChange) -> WriteOutcome:
        fault = self.fate_of(change)
        if isinstance(change, UpdateEntry | DeleteEntry | DeleteSpare):
            present = self.cells.get(change.remote_id)
            if present is None and isinstance(change, UpdateEntry):
                return Outdated(found="it is gone")
            if present is None:
                return Removed(already=True)
            assert not self.account or present.author == self.account, "no account may do that"
            if present.digest != change.seen:
                return Outdated(found="somebody edited it")
        self.fail_before(fault)
        outcome = self._write(change)
        self.note(change, fault)
        return outcome

    def _write(self, change: RemoteChange) -> WriteOutcome:
        match change:
            case CreateEntry(entry=entry):
                now = self.tick()
                cell = RemoteEntry(
                    id=f"cell-{next(self.numbers):04}",
                    at=entry.at if self.keeps_times else now,
                    created=now,
                    modified=now,
                    text=entry.text[: self.longest],
                    author=self.account or ("bot@corp.example" if self.ours else None),
                    important=entry.important,
                    tagged=entry.key,
                    signed=entry.author,
                    statement=entry.statement,
                    whole=_tagged(entry),
                    ours=self.ours,
                )
                self.cells[cell.id] = cell
                return Written(entry=cell)
            case UpdateEntry(entry=entry, remote_id=remote_id):
                present = self.cells[remote_id]
                self.cells[remote_id] = replace(
                    present,
                    text=entry.text[: self.longest],
                    tagged=entry.key,
                    signed=entry.author,
                    statement=entry.statement,
                    whole=_tagged(entry),
                    at=entry.at if self.keeps_times else present.at,
                    important=entry.important,
                    modified=self.tick(),
                )
                return Written(entry=self.cells[remote_id])
            case DeleteEntry(remote_id=remote_id):
                del self.cells[remote_id]
                return Removed()
            case DeleteSpare(remote_id=remote_id, stays=stays):
                if stays not in self.cells:
                    return Outdated(found="the other copy is gone")
                del self.cells[remote_id]
                return Removed()
            case _:
                raise AssertionError(f"{change} is no write of an entry")


def _tagged(entry: Entry) -> str:
    return with_tag(entry.text, key=entry.key, author=entry.author, statement=entry.statement)


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
        return self.state.timeline

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
