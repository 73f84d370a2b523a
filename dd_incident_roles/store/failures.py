"""What SQLite and the file system complain about, in sentences for people."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from dd_incident_roles.errors import RecordError, RecordReadOnly

_UNWRITABLE: Final = frozenset(
    {errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.ENOSPC, errno.EPERM, errno.EROFS}
)
_UNREADABLE: Final = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ})
_LEAST_ROOM: Final = 256 * 1024
"""With fewer bytes free than this, SQLite's files beside the record find no room."""

_PRIMARY: Final = 0xFF
"""An SQLite result code has its kind in the lowest byte, and details above it."""


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
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
        kind = RecordReadOnly if error.errno in _UNWRITABLE else RecordError
        raise kind(
            f"The record {path} cannot be used: {error.strerror or error}.",
            hint="See to the folder and its permissions, or choose another file with --store.",
        ) from error


def _from_sqlite(path: Path, error: BaseException) -> RecordError:
    code = getattr(error, "sqlite_errorcode", None)
    match None if code is None else code & _PRIMARY:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return RecordError(
                f"The record {path} stayed locked by another program.",
                hint="Nothing was written. Try again when the other program is done.",
            )
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return RecordError(
                f"The file {path} is damaged, or is not a record at all ({error}).",
                hint="It was left as it is. Put a backup in its place, or move it away and sync: "
                "a new record then begins with what Datadog shows.",
            )
        case sqlite3.SQLITE_FULL:
            return _full(path)
        case sqlite3.SQLITE_IOERR if code not in _UNREADABLE:
            if _is_full(path.parent):
                return _full(path)
            return RecordReadOnly(
                f"The record {path} could not be written ({error}).",
                hint="The last change was not kept; everything before it was. See to the disk and "
                "to limits of the size of files, and run again.",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return RecordReadOnly(
                f"The record {path} cannot be opened for writing ({error}).",
                hint="See to the permissions of the file and of its folder, in which SQLite "
                "keeps two more files, or choose another file with --store.",
            )
        case _:
            return RecordError(
                f"The record {path} could not be read or written ({error}).",
                hint="The last change was not kept; everything before it was. Run again.",
            )


def _full(path: Path) -> RecordReadOnly:
    return RecordReadOnly(
        f"The disk that holds the record {path} is full.",
        hint="Nothing was written. Make room and run again.",
    )


def _is_full(folder: Path) -> bool:
    """SQLite reports some writes that find no room as plain errors of input and output."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LEAST_ROOM
