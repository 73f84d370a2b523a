"""What the record asks of its database, whichever that is: transactions and locks.

One run at a time, one writer for an incident: the locks end with the process.
"""

from __future__ import annotations

import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol, cast

from sqlalchemy import Connection, Engine, bindparam, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import LRUCache

from dd_incident_roles.errors import RecordLocked, TakenOver
from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.rows import in_lots, insert_into
from dd_incident_roles.store.tables import LEDGERS


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


PAUSE_SECONDS: Final = 0.1
"""How long to wait before the next try at a lock."""

RUN: Final = "run"
"""The name of the lock for a run; the others are those of incidents."""


# To compile a statement takes longer than to run it: what is compiled serves every record that this
# process opens.
_COMPILED: Final = LRUCache[Any, Any](500)


class Locks(Protocol):
    """Where the locks of a record are: beside its file, or in its database.

    Every method raises RecordError where they cannot be asked.
    """

    def take(self, name: str, signature: str) -> bool:
        """Take a lock, signed for those who would like to have it; False where it is held."""

    def holder(self, name: str) -> str | None:
        """The signature of whoever holds a lock; None where that is not known."""

    def release(self, name: str) -> None:
        """Let go of a lock that was taken here."""

    def close(self) -> None:
        """Let go of all of them."""


# Locked until the end of the transaction, so that no turn begins between the look and the change.
_EPOCHS: Final = (
    select(LEDGERS.c.incident, LEDGERS.c.epoch)
    .where(LEDGERS.c.incident.in_(bindparam("among", expanding=True)))
    .with_for_update(key_share=True)
)


class Database(ABC):
    """The record's database; any number of threads may use it at once.

    ``name`` is what people are told of where it is, without a password. Every method raises
    RecordError for whatever the database refuses, and RecordReadOnly where nothing can be written.
    The engines of all records of a kind have the dialect of a ``shared`` one.
    """

    def __init__(
        self,
        name: str,
        shared: Engine,
        locks: Locks,
        connect: Callable[[], object],
        **pooling: Any,
    ) -> None:
        self.name = name
        self._locks = locks
        pool = QueuePool(
            cast("Callable[[], DBAPIConnection]", connect), dialect=shared.dialect, **pooling
        )
        options = {"compiled_cache": _COMPILED}
        self._engine = Engine(pool, shared.dialect, shared.url, execution_options=options)
        self._epochs: dict[IncidentId, int] = {}

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
    def write(
        self, subject: Subject, *others: Subject, at_once: bool = True
    ) -> Iterator[Connection]:
        """A transaction in which nobody else writes about the same.

        It is committed as a whole or not at all. One statement alone is all that by itself, and
        need not begin anything ``at_once``. Raises TakenOver where it is about an incident whose
        turn is held here, and somebody else has had one since.
        """
        with self._writing(subjects := (subject, *others), at_once=at_once) as connection:
            self._demand_turns(connection, subjects)
            yield connection

    @contextmanager
    def run_lock(self, *, clock: Callable[[], datetime]) -> Iterator[None]:
        """The lock for a run; entering raises RecordLocked, which names the holder."""
        since = f" since {clock().isoformat(timespec='seconds')}"
        if not self._locks.take(RUN, f"{_signature()}{since}"):
            owner, held_for = self._locks.holder(RUN), None
            # The text may be anything, even a time without a zone.
            with suppress(ValueError, TypeError):
                held_for = clock() - datetime.fromisoformat((owner or "").rpartition(" ")[2])
            raise RecordLocked(self.name, owner, held_for=held_for)
        try:
            yield
        finally:
            self._locks.release(RUN)

    @contextmanager
    def turn(
        self, incident_id: IncidentId, *, sleep: Callable[[float], None], wait_seconds: float
    ) -> Iterator[None]:
        """The right to write about one incident, which is held for seconds only.

        Beside it go a run over hundreds of incidents and the commands of people, so that nobody
        queues behind a run. Entering raises RecordLocked after ``wait_seconds``. A lock can be lost
        with its connection, while this process was stopped; ``write`` then raises TakenOver.
        """
        waited = 0.0
        while not self._locks.take(incident_id, _signature()):
            if waited >= wait_seconds:
                owner = self._locks.holder(incident_id)
                raise RecordLocked(f"this incident in {self.name}", owner)
            sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS
        try:
            self._epochs[incident_id] = self._next_epoch(incident_id)
            try:
                yield
            finally:
                del self._epochs[incident_id]
        finally:
            self._locks.release(incident_id)

    def _next_epoch(self, incident_id: IncidentId) -> int:
        """Begin an epoch of an incident, in which nobody may write of it who had a turn before."""
        with self.write(incident_id) as connection:
            new = insert_into(connection, LEDGERS).values(incident=incident_id, version=0, epoch=1)
            raised = {"epoch": func.coalesce(LEDGERS.c.epoch, 0) + 1}
            entered = new.on_conflict_do_update(index_elements=["incident"], set_=raised)
            epoch: int = connection.execute(entered.returning(LEDGERS.c.epoch)).scalar_one()
        return epoch

    def _demand_turns(self, connection: Connection, subjects: Collection[Subject]) -> None:
        # A copy, because the turns of other threads begin and end meanwhile.
        held = dict(self._epochs)
        about = held if Part.EVERYTHING in subjects else held.keys() & subjects
        found = dict[str, int]()
        for lot in in_lots(about):
            found.update(map(tuple, connection.execute(_EPOCHS, {"among": lot})))
        for each in about:
            if found.get(each) != held[each]:
                raise TakenOver(
                    f"Another process took over the incident {each} in the record {self.name} "
                    "while this one was held up.",
                    hint="Nothing was written here. The other one goes on; run again to see.",
                )

    def close(self) -> None:
        """Close every connection; one that a thread still uses, when it gives it back."""
        self._locks.close()
        event.listen(self._engine.pool, "checkin", lambda _, entry: entry.invalidate())
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


def _signature() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


def is_taken(error: IntegrityError) -> bool:
    """Whether a row was refused only because a unique value exists already."""
    codes = (getattr(error.orig, name, None) for name in ("sqlite_errorname", "sqlstate"))
    return any(code in _TAKEN for code in codes)


def part_of(connection: Connection) -> AbstractContextManager[object]:
    """A part of a transaction that may be refused without an end to the rest.

    In SQLite every statement is one.
    """
    return nullcontext() if connection.dialect.name == "sqlite" else connection.begin_nested()
