"""A real record in a process that can be killed at any durable step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import EntryKey, Incident, IncidentId, Person, PersonKey
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import Edit, IncidentState
from tests.sync.memory_target import Killed


@dataclass(slots=True)
class InterruptedRecord:
    """Passes everything on to the real record, until the process is killed."""

    real: SqlRecord
    commits_left: int | None = None
    """How many commits still go through; None for all of them."""
    committed: int = 0
    before_commit: Callable[[], None] | None = None
    """What somebody else does to the record right before the next commit, once."""

    def state(self, incident_id: IncidentId, target: str) -> IncidentState:
        return self.real.state(incident_id, target)

    def keys_elsewhere(
        self, incident_id: IncidentId, keys: Collection[EntryKey]
    ) -> frozenset[EntryKey]:
        return self.real.keys_elsewhere(incident_id, keys)

    def commit(
        self,
        incident_id: IncidentId,
        target: str,
        edits: Sequence[Edit],
        *,
        expected_version: int | None = None,
    ) -> None:
        if self.commits_left == 0:
            raise Killed
        if self.before_commit:
            act, self.before_commit = self.before_commit, None
            act()
        self.real.commit(incident_id, target, edits, expected_version=expected_version)
        self.committed += 1
        if self.commits_left is not None:
            self.commits_left -= 1

    def remember(
        self, incident: Incident, people: Mapping[PersonKey, Person], at: datetime
    ) -> None:
        self.real.remember(incident, people, at)

    def incident(self, incident_id: IncidentId) -> Incident | None:
        return self.real.incident(incident_id)
