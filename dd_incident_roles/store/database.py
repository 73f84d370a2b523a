"""One SQLite file, with the transactions that all reading and writing goes through."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import QueuePool

from dd_incident_roles.errors import RecordReadOnly
from dd_incident_roles.store.failures import told_plainly

_WAL: Final = slice(18, 20)
"""Where a database file says that it is read beside a write-ahead log, which memory has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A database in memory, taken from a file that cannot be written, and why it cannot."""

    content: bytes
    unwritable: RecordReadOnly


class Database:
    """An existing file; any number of threads may use it at once.

    With a ``copy`` it is that instead: every reading sees the copy, and writing raises
    RecordReadOnly.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_seconds: float,
        foreign_keys: bool = True,
        copy: Copy | None = None,
    ) -> None:
        self.path = path
        self._copy = copy
        self._busy_seconds = busy_seconds
        self._foreign_keys = foreign_keys
        self._turn = Lock()
        self._engine: Engine = create_engine(
            "sqlite://", creator=self._connect, poolclass=QueuePool, max_overflow=-1
        )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the record, whatever is written meanwhile."""
        with told_plainly(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that nobody else writes during, kept whole at its end or not at all.

        It takes the right to write at once: one that read first and then wanted to write could be
        refused half-way, whatever its patience. The threads of one process queue for their turn,
        which is fairer than polling the file.
        """
        if self._copy:
            raise self._copy.unwritable
        with self._turn, told_plainly(self.path), self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def log_ahead(self) -> None:
        """Make the file one that is read while it is written; it stays so.

        A copy made with SQLite's own tools is not. To be called only once it is known whose file
        this is, because it writes to it.
        """
        with told_plainly(self.path), closing(self._open()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        """Close the file; the last one to do so takes its write-ahead log along."""
        self._engine.dispose()

    def _connect(self) -> sqlite3.Connection:
        if self._copy:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            connection.deserialize(self._copy.content)
            return connection
        return self._open()

    def _open(self) -> sqlite3.Connection:
        """Open the file if it is there: SQLite by itself would make one, for all to read."""
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA foreign_keys = {'ON' if self._foreign_keys else 'OFF'}")
        except BaseException:
            connection.close()
            raise
        return connection


def copied(path: Path, *, busy_seconds: float) -> bytes:
    """The whole of a database file as of one moment, read without writing anything beside it.

    SQLite wants to make two files beside the one that it reads. Where it cannot, and no log is
    there that would have to be read as well, the file stands for itself.
    """
    with told_plainly(path):
        try:
            return _serialized(f"{path.as_uri()}?mode=ro", busy_seconds)
        except sqlite3.OperationalError:
            log = path.with_name(f"{path.name}-wal")
            if log.exists() and log.stat().st_size:
                raise
            return _serialized(f"{path.as_uri()}?mode=ro&immutable=1", busy_seconds)


def _serialized(uri: str, busy_seconds: float) -> bytes:
    with closing(sqlite3.connect(uri, uri=True, timeout=busy_seconds)) as connection:
        content = bytearray(connection.serialize())
    content[_WAL] = b"\x01\x01"
    return bytes(content)
