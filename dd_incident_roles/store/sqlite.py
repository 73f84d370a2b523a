"""One SQLite file, for its owner only: its transactions, locks, and errors as people read them."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import stat
import zlib
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from dd_incident_roles.errors import RecordError, RecordReadOnly
from dd_incident_roles.files import other_kind
from dd_incident_roles.store.database import RUN, Database, Subject
from dd_incident_roles.values import frozen

_UNWRITABLE: Final = frozenset(
    {errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.ENOSPC, errno.EPERM, errno.EROFS}
)
_UNREADABLE: Final = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ})
# With fewer free bytes than this there is no room for SQLite's files beside the record.
_LEAST_ROOM: Final = 256 * 1024
# An SQLite result code has its kind in the lowest byte, and details above it.
_PRIMARY: Final = 0xFF
_OWNER_ONLY: Final = 0o600
_OTHERS: Final = 0o077
# Where a database file says that it is read beside a write-ahead log, which memory has not.
_WAL: Final = slice(18, 20)


@contextmanager
def translate_sqlite_errors(path: Path) -> Iterator[None]:
    """Raise RecordError, naming the file, for whatever SQLite or the file system refuses.

    It is RecordReadOnly where nothing could be written, and reading may still work.
    """
    try:
        yield
    except DBAPIError as error:
        raise _from_sqlite(path, error.orig or error) from error
    except sqlite3.Error as error:
        raise _from_sqlite(path, error) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _full(path) from error
        kind = RecordReadOnly if error.errno in _UNWRITABLE else RecordError
        raise kind(
            f"The record {path} cannot be used: {error.strerror or error}.",
            hint="Check the folder and its permissions, or choose another file with --store.",
        ) from error


def _from_sqlite(path: Path, error: BaseException) -> RecordError:
    code = getattr(error, "sqlite_errorcode", None)
    match None if code is None else code & _PRIMARY:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return RecordError(
                f"Another program keeps the record {path} locked.",
                hint="Nothing was written. Try again when the other program is done.",
            )
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return RecordError(
                f"The file {path} is damaged, or is not a record at all ({error}).",
                hint="It was not changed. Restore a backup, or move the file away and sync: a new "
                "record then starts from what Datadog shows.",
            )
        case sqlite3.SQLITE_FULL:
            return _full(path)
        case sqlite3.SQLITE_IOERR if code not in _UNREADABLE:
            if _is_full(path.parent):
                return _full(path)
            return RecordReadOnly(
                f"The record {path} could not be written ({error}).",
                hint="The last change was lost; everything before it is kept. Check "
                "the disk and its limits on file size, and run again.",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return RecordReadOnly(
                f"The record {path} cannot be opened for writing ({error}).",
                hint="Check the permissions of the file and of its folder, where SQLite keeps two "
                "more files, or choose another file with --store.",
            )
        case _:
            return RecordError(
                f"The record {path} could not be read or written ({error}).",
                hint="The last change was lost; everything before it is kept. Run again.",
            )


def _full(path: Path) -> RecordReadOnly:
    return RecordReadOnly(
        f"The disk that holds the record {path} is full.",
        hint="Nothing was written. Make room and run again.",
    )


def _is_full(folder: Path) -> bool:
    # SQLite reports some writes to a full disk as plain input/output errors.
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LEAST_ROOM


@cache
def _engine() -> Engine:
    return create_engine("sqlite://")


def make_private_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, each for its owner only."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def demand_ours(file: Path) -> None:
    """Raise RecordError unless a file, if there is one, is a regular one of the user who runs this.

    A device, a pipe or a link would be written to, and a stranger's file would be believed.
    """
    try:
        found = file.lstat()
    except FileNotFoundError:
        return
    if kind := other_kind(found.st_mode):
        raise RecordError(
            f"{file} is {kind}, not a regular file.",
            hint="It was not changed. Choose a file with --store.",
        )
    if found.st_uid != os.geteuid():
        raise RecordError(
            f"{file} belongs to another user (uid {found.st_uid}; this runs as {os.geteuid()}).",
            hint="It was not changed. Run this as its owner, or choose another file with --store.",
        )


def make_private(file: Path) -> None:
    """Remove everyone else's rights to a file; those of its owner stay."""
    # By name, and never by opening it: closing any descriptor of a database drops the locks that
    # SQLite holds on it in this process (fcntl(2)), and a second process writes into its pages.
    with suppress(FileNotFoundError, PermissionError):
        mode = file.lstat().st_mode
        if stat.S_ISREG(mode) and mode & _OTHERS:
            file.chmod(stat.S_IMODE(mode) & ~_OTHERS)


def put_on_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Not one file for each incident: two incidents that share one wait for each other, no more.
_TURN_FILES: Final = 64


class FileLocks:
    """Locks on files beside a record, which the kernel ends with the process."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._descriptors: dict[Path, int] = {}

    def _path(self, name: str) -> Path:
        number = zlib.crc32(name.encode()) % _TURN_FILES
        kind = "lock" if name == RUN else f"turn-{number:02}"
        return self._store.with_name(f"{self._store.name}.{kind}")

    def take(self, name: str, signature: str) -> bool:
        """Take a lock, whose file is made where there is none."""
        path = self._path(name)
        with translate_sqlite_errors(path):
            make_private_folder(path.parent)
            demand_ours(path)
            # It was looked at just now, and somebody may have put a link in its place since.
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            descriptor = os.open(path, flags, _OWNER_ONLY)
            try:
                os.fchmod(descriptor, _OWNER_ONLY)
                # Not `lockf`, which lets in other threads of this process, and whose lock would go
                # when `holder` closes the file.
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{signature}\n".encode(), 0)
            except BaseException as error:
                os.close(descriptor)
                if isinstance(error, BlockingIOError):
                    return False
                raise
        self._descriptors[path] = descriptor
        return True

    def holder(self, name: str) -> str | None:
        """What the holder wrote into the file: nothing yet, for the moment before it has signed."""
        with suppress(OSError):
            return self._path(name).read_text("utf-8", errors="replace")[:500].strip() or None
        return None

    def release(self, name: str) -> None:
        """Let go of a lock."""
        descriptor = self._descriptors.pop(self._path(name))
        try:
            # The file stays: if it were removed, two processes could each lock a file of that name.
            os.ftruncate(descriptor, 0)
            # Unlocked explicitly: closing does nothing while a starting program has a copy.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Let go of nothing: whoever holds one releases it."""


@frozen
class Copy:
    """A database in memory, taken from a file that cannot be written, and why it cannot."""

    content: bytes
    unwritable: RecordReadOnly


class SqliteDatabase(Database):
    """An existing file.

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
        # The threads of one process queue for their turn, which is fairer than polling the file.
        self._one_by_one = Lock()
        # As many connections as threads: a thread that waited for another's could wait for ever.
        super().__init__(str(path), _engine(), FileLocks(path), self._connect, max_overflow=-1)

    def _explaining(self) -> AbstractContextManager[None]:
        return translate_sqlite_errors(self.path)

    def _begin_reading(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    @contextmanager
    def _writing(self, _subjects: Collection[Subject], *, at_once: bool) -> Iterator[Connection]:
        if self._copy:
            raise self._copy.unwritable
        with self._one_by_one, self._explaining(), self._engine.begin() as connection:
            if at_once:
                # The write lock at once, which shuts out everybody: a transaction that reads first
                # and writes later could be refused half-way, whatever its patience.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def log_ahead(self) -> None:
        """Set the file to be readable while it is written, which a copy is not.

        To be called only once it is known whose file this is, because it writes to it.
        """
        with translate_sqlite_errors(self.path), closing(self._open()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

    def _connect(self) -> sqlite3.Connection:
        if self._copy:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            connection.deserialize(self._copy.content)
            return connection
        return self._open()

    def _open(self) -> sqlite3.Connection:
        # The mode is set because SQLite would create a missing file that everyone can read.
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # In the log ahead, SQLite waits for the disk only at checkpoints unless it is asked to.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA foreign_keys = {'ON' if self._foreign_keys else 'OFF'}")
        except BaseException:
            connection.close()
            raise
        return connection


def read_copy(path: Path, *, busy_seconds: float, leaves_no_trace: bool = False) -> bytes:
    """The whole of a database file as of one moment, read without writing into it.

    SQLite makes two files beside it, unless it ``leaves_no_trace`` where nobody has it open.
    """
    with translate_sqlite_errors(path):
        beside = path.with_name(f"{path.name}-wal")
        if leaves_no_trace and not beside.exists():
            content = _serialize(f"{path.as_uri()}?mode=ro&immutable=1", busy_seconds)
            # Whoever opened it meanwhile may have written into what was being read.
            if not beside.exists():
                return content
        try:
            return _serialize(f"{path.as_uri()}?mode=ro", busy_seconds)
        except sqlite3.OperationalError:
            # SQLite wants to make two files beside the one that it reads. Where it cannot, and no
            # log is there that would have to be read as well, the file by itself is the record.
            if beside.exists() and beside.stat().st_size:
                raise
            return _serialize(f"{path.as_uri()}?mode=ro&immutable=1", busy_seconds)


def _serialize(uri: str, busy_seconds: float) -> bytes:
    with closing(sqlite3.connect(uri, uri=True, timeout=busy_seconds)) as connection:
        content = bytearray(connection.serialize())
    content[_WAL] = b"\x01\x01"
    return bytes(content)
