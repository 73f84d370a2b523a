"""A record in which something happens right before each durable step: others act, or a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.application import Application
from dd_incident_roles.model import Incident, IncidentId, Person, PersonKey
from dd_incident_roles.store.opening import open_database
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import Edit


class Killed(BaseException):
    """The process ended here."""


class SteppedRecord(SqlRecord):
    """The record of an application, which calls back before it commits and before it remembers."""

    def __init__(
        self,
        application: Application,
        *,
        before_commit: Callable[[], object],
        before_remember: Callable[[], object] = lambda: None,
    ) -> None:
        database = open_database(application.settings.store)
        super().__init__(database, clock=application.clock)
        self.before_commit = before_commit
        self.before_remember = before_remember

    def commit(
        self,
        incident_id: IncidentId,
        target: str,
        edits: Sequence[Edit],
        *,
        expected_version: int | None = None,
    ) -> None:
        self.before_commit()
        super().commit(incident_id, target, edits, expected_version=expected_version)

    def remember(
        self, incident: Incident, people: Mapping[PersonKey, Person], at: datetime
    ) -> None:
        self.before_remember()
        super().remember(incident, people, at)


@contextmanager
def shared(application: Application, *others: Callable[[], object]) -> Iterator[Application]:
    """The product on a record in which others do something before each of its first commits."""
    left = list(others)
    with SteppedRecord(application, before_commit=lambda: left and left.pop(0)()) as record:
        yield replace(application, record=record)


@contextmanager
def mortal(application: Application, steps: int) -> Iterator[Application]:
    """The product in a process that is killed at the durable step after so many."""
    left = iter(range(steps))

    def step() -> None:
        if next(left, None) is None:
            raise Killed

    with SteppedRecord(application, before_commit=step, before_remember=step) as record:
        yield replace(application, record=record)
