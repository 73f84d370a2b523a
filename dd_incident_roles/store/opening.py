"""The way to the record: made if there is none, brought up to date if it is old."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from dd_incident_roles.errors import ConfigurationError, RecordError, RecordReadOnly
from dd_incident_roles.store.database import Copy, Database, read_copy, translate_sqlite_errors
from dd_incident_roles.store.migration import (
    SHIPPED,
    Migrations,
    create_tables,
    migrate,
    schema_of,
)
from dd_incident_roles.store.private_files import (
    demand_ours,
    make_private,
    make_private_folder,
    put_on_disk,
)
from dd_incident_roles.store.record import SqlRecord

BUSY_SECONDS: Final = 10.0
"""How long a transaction waits for its turn while another program writes."""


def open_record(
    location: str,
    *,
    clock: Callable[[], datetime],
    create: bool = True,
    reads_only: bool = False,
    busy_seconds: float = BUSY_SECONDS,
    migrations: Migrations = SHIPPED,
) -> SqlRecord:
    """Open the record that a path or an ``sqlite:///`` URL names.

    What ``reads_only`` gets a copy in memory where the record cannot be written, an empty one where
    there is none. Raises ConfigurationError for a location that is no file, and RecordError, with
    nothing changed, for a file that is not ours, cannot be used, or that a newer version wrote.
    """
    path = _file_of(location)
    try:
        database = _open_file(path, create=create, busy_seconds=busy_seconds, migrations=migrations)
    except RecordReadOnly as unwritable:
        if not reads_only:
            raise
        database = _copy_file(path, unwritable, busy_seconds=busy_seconds, migrations=migrations)
    return SqlRecord(database, clock=clock, reads_only=reads_only)


def _open_file(
    path: Path, *, create: bool, busy_seconds: float, migrations: Migrations
) -> Database:
    # The record, and the files that SQLite keeps beside it.
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
    with translate_sqlite_errors(path):
        if not path.exists():
            if not create:
                raise RecordError(
                    f"There is no record at {path}.",
                    hint="Any sync or assignment begins one; --store names another file.",
                )
            _create(path)
        for each in files:
            demand_ours(each)
        # SQLite opens a file that it may not write without a word, and complains much later.
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "No permission to write", str(path))
    database = Database(path, busy_seconds=busy_seconds)
    try:
        with database.read() as connection:
            schema = schema_of(connection, path, newest=migrations.newest)
        # Only now is it known whose file this is, and that it may be changed.
        for each in files:
            make_private(each)
        database.log_ahead()
        if schema != migrations.newest:
            migrate(path, migrations, busy_seconds=busy_seconds)
    except BaseException:
        database.close()
        raise
    return database


def _copy_file(
    path: Path, unwritable: RecordReadOnly, *, busy_seconds: float, migrations: Migrations
) -> Database:
    """A copy of the record, to read from; one with an older schema would have to be written."""
    with translate_sqlite_errors(path):
        content = read_copy(path, busy_seconds=busy_seconds) if path.exists() else _empty()
    copy = Copy(content=content, unwritable=unwritable)
    database = Database(path, busy_seconds=busy_seconds, copy=copy)
    with database.read() as connection:
        if schema_of(connection, path, newest=migrations.newest) != migrations.newest:
            raise unwritable
    return database


def _create(path: Path) -> None:
    """Put an empty record in place, unless another program was faster, whose file then stays."""
    make_private_folder(path.parent)
    # Under another name and linked into place at the end, so that nobody ever sees a part of one; a
    # process that is killed on the way leaves no more than a hidden file behind.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    building = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_empty())
        put_on_disk(building)
        path.hardlink_to(building)
    except FileExistsError:
        return
    finally:
        building.unlink()
    put_on_disk(path.parent)


@cache
def _empty() -> bytes:
    """The content of a record that holds nothing yet."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        engine = create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
        with engine.begin() as connection:
            create_tables(connection)
        return memory.serialize()


_DRIVERS: Final = frozenset({"sqlite", "sqlite+pysqlite"})
_HINT: Final = "Give a path, or a URL such as sqlite:////var/lib/dd-incident-roles/record.db."


def _file_of(location: str) -> Path:
    """The file that a path or an ``sqlite:///`` URL names; raises ConfigurationError.

    A URL can have a password in it and is never shown.
    """
    path: str | None = location
    if "://" in location:
        try:
            url = make_url(location)
        except (ArgumentError, ValueError) as error:
            message = "is not the URL of a database"
            raise ConfigurationError(message, key="store", hint=_HINT) from error
        if url.drivername not in _DRIVERS:
            message = f"this version keeps its record in SQLite, not in {url.get_backend_name()}"
            raise ConfigurationError(message, key="store", hint=_HINT)
        if url.query or url.host:
            raise ConfigurationError("must have nothing but a path in it", key="store", hint=_HINT)
        path = url.database
    if not path or path == ":memory:":
        raise ConfigurationError("must name a file that lasts", key="store", hint=_HINT)
    return Path(path).expanduser().resolve()
