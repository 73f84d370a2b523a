"""What the record asks of its database, whichever that is: transactions and locks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.lock import Locks, incident_turn, run_lock


class Part(StrEnum):
    """What a transaction writes that belongs to no incident."""

    PEOPLE = "people"
    CACHE = "cache"
    EVIDENCE = "evidence"
    OWNER = "owner"
    RUNS = "runs"
    EVERYTHING = "everything"
    """Any incident, or all of them."""


Subject = IncidentId | Part
"""What a transaction writes."""

_TAKEN: Final = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"})


class Database(ABC):
    """The record's database; any number of threads may use it at once.

    ``name`` is what people are told of where it is, without a password. Every method raises
    RecordError for whatever the database refuses, and RecordReadOnly where nothing can be written.
    """

    def __init__(self, name: str, engine: Engine, locks: Locks) -> None:
        self.name = name
        self._engine = engine
        self._locks = locks

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the record, whatever is written meanwhile."""
        with self._explaining(), self._engine.connect() as connection:
            self._begin_reading(connection)
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """The same for one statement, which sees one state of the record by itself."""
        with self._explaining(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *subjects: Subject, at_once: bool = True) -> Iterator[Connection]:
        """A transaction in which nobody else writes about the same.

        It is committed as a whole or not at all. One statement alone is all that by itself, and
        need not begin anything ``at_once``.
        """
        with self._writing(subjects, at_once=at_once) as connection:
            yield connection

    def run_lock(
        self,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        wait_seconds: float = 0.0,
    ) -> AbstractContextManager[None]:
        """The lock for a run; entering raises RecordLocked, which names the holder."""
        return run_lock(self._locks, self.name, clock=clock, sleep=sleep, wait_seconds=wait_seconds)

    def turn(
        self, incident_id: IncidentId, *, sleep: Callable[[float], None], wait_seconds: float
    ) -> AbstractContextManager[None]:
        """The right to write about one incident, which is held for seconds only.

        Beside it go a run over hundreds of incidents and the commands of people, so that nobody
        queues behind a run. Entering raises RecordLocked after ``wait_seconds``.
        """
        return incident_turn(
            self._locks, self.name, incident_id, sleep=sleep, wait_seconds=wait_seconds
        )

    def close(self) -> None:
        """Close every connection."""
        self._locks.close()
        self._engine.dispose()

    @abstractmethod
    def _explaining(self) -> AbstractContextManager[None]:
        """Raises RecordError for the errors of the database."""

    @abstractmethod
    def _begin_reading(self, connection: Connection) -> None:
        """Begin a transaction that sees one state."""

    @abstractmethod
    def _writing(
        self, subjects: Collection[Subject], *, at_once: bool
    ) -> AbstractContextManager[Connection]:
        """A transaction that is committed at the end, alone with what it writes about."""


def is_taken(error: IntegrityError) -> bool:
    """Whether a row was refused only because a unique value exists already."""
    codes = (getattr(error.orig, name, None) for name in ("sqlite_errorname", "sqlstate"))
    return any(code in _TAKEN for code in codes)


def part_of(connection: Connection) -> AbstractContextManager[object]:
    """A part of a transaction that may be refused without an end to the rest.

    In SQLite every statement is one.
    """
    return nullcontext() if connection.dialect.name == "sqlite" else connection.begin_nested()
