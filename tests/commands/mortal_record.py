"""A record in a process that is killed before one of its durable steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dd_incident_roles.commands.application import Application
from dd_incident_roles.model import Incident, IncidentId, Person, PersonKey
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import Edit


class Killed(BaseException):
    """The process ended here."""


class MortalRecord(SqlRecord):
    """The record of an application, until its process is killed at the step after so many."""

    def __init__(self, application: Application, steps: int) -> None:
        database = Database(application.record.path, busy_seconds=10)
        super().__init__(database, clock=application.clock)
        self._left = steps

    def commit(
        self,
        incident_id: IncidentId,
        target: str,
        edits: Sequence[Edit],
        *,
        expected_version: int | None = None,
    ) -> None:
        self._step()
        super().commit(incident_id, target, edits, expected_version=expected_version)

    def remember(
        self, incident: Incident, people: Mapping[PersonKey, Person], at: datetime
    ) -> None:
        self._step()
        super().remember(incident, people, at)

    def _step(self) -> None:
        if self._left == 0:
            raise Killed
        self._left -= 1
