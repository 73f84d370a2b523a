"""What SQLite and the file system complain about, in sentences for people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from dd_incident_roles.errors import RecordError

_PRIMARY: Final = 0xFF
"""An SQLite result code has its kind in the lowest byte, and details above it."""


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Raise RecordError, naming the file, for whatever SQLite or the file system refuses."""
    try:
        yield
    except DBAPIError as error:
        raise _from_sqlite(path, error.orig or error) from error
    except sqlite3.Error as error:
        raise _from_sqlite(path, error) from error
    except OSError as error:
        raise RecordError(
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
            return RecordError(
                f"The disk that holds the record {path} is full.",
                hint="Nothing was written. Make room and run again.",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return RecordError(
                f"The record {path} cannot be opened for writing ({error}).",
                hint="See to the permissions of the file and of its folder, in which SQLite "
                "keeps two more files, or choose another file with --store.",
            )
        case _:
            return RecordError(
                f"The record {path} could not be read or written ({error}).",
                hint="The last change was not kept; everything before it was. Run again.",
            )
