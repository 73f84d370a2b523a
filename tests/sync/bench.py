"""One incident with its record, its target and a clock that moves by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.model import PersonKey, RoleKey, Source
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.handoffs import assign, unassign
from dd_incident_roles.roles.ledger import Origin
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.plan import SyncResult
from dd_incident_roles.sync.run import RunOptions, run
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.sync.targets import Target
from tests.sync.memory_target import INCIDENT, Killed, MemoryTarget
from tests.sync.record_copies import InterruptedRecord, fresh_record

GRACE = timedelta(minutes=5)
CATALOGUE: Catalogue = load_catalogue()


T = TypeVar("T", bound=Target)


@dataclass(slots=True)
class AnyBench(Generic[T]):
    """A record, a target and the runs between them."""

    record: SqlRecord
    target: T
    at: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)
    ids: Iterator[int] = field(default_factory=count)
    patience: ClassVar[timedelta] = GRACE
    allowed: ClassVar[int] = 50

    def clock(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def new_id(self) -> str:
        return f"interval-{next(self.ids)}"

    @property
    def state(self) -> IncidentState:
        """All that the record holds."""
        return self.record.state(INCIDENT.id, self.target.name)

    def wait(self) -> None:
        """Let enough time pass for an absence to be believed."""
        self.at += self.patience + timedelta(seconds=1)

    def sync(
        self, *, commits: int | None = None, before_commit: Callable[[], None] | None = None
    ) -> SyncResult:
        """Run once; with ``commits`` the process is killed at the step after so many."""
        options = RunOptions(
            clock=self.clock,
            new_id=self.new_id,
            grace=GRACE,
            concurrency=1,
            allow_deletes=self.allowed,
            allow_creates=self.allowed,
        )
        record = InterruptedRecord(self.record, commits, before_commit=before_commit)
        return run([INCIDENT.id], target=self.target, record=record, options=options)

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


@dataclass(slots=True)
class Bench(AnyBench[MemoryTarget]):
    """One incident whose roles people change."""

    @classmethod
    def at_rest(cls, folder: Path) -> Bench:
        record = fresh_record(folder, lambda: datetime(2026, 1, 1, tzinfo=UTC))
        return cls(record=record, target=MemoryTarget())

    def assign(self, role: RoleKey, person: PersonKey) -> None:
        """Type ``assign``; a role with streams is given in one of the person's own."""
        own = None if CATALOGUE.role(role).is_single else person.partition("@")[0]
        self.assign_stream(role, person, own)

    def assign_stream(self, role: RoleKey, person: PersonKey, stream: str | None) -> None:
        """Type ``assign``, with a stream or without."""
        rows, known = self.record.assignments(INCIDENT.id), CATALOGUE.role(role)
        change = assign(rows, self._origin(), role=known, stream=stream, person=person)
        self.record.commit(INCIDENT.id, self.target.name, change.edits)

    def unassign(self, role: RoleKey, person: PersonKey, stream: str | None = None) -> None:
        """Type ``unassign``; without a stream the person leaves all of them."""
        rows, known = self.record.assignments(INCIDENT.id), CATALOGUE.role(role)
        change = unassign(rows, self._origin(), role=known, stream=stream, person=person)
        self.record.commit(INCIDENT.id, self.target.name, change.edits)

    def _origin(self) -> Origin:
        return Origin(now=self.clock(), by="scribe", source=Source.CLI, new_id=self.new_id)

    def held(self, role: RoleKey) -> set[PersonKey]:
        """Who holds a role in the record."""
        rows = self.record.assignments(INCIDENT.id)
        return {row.person for row in rows if row.role == role and row.is_open}
