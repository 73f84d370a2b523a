"""The way to the record: made if there is none, brought up to date if it is old."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from dd_incident_roles.errors import ConfigurationError, RecordError, RecordReadOnly
from dd_incident_roles.store.creation import create as create_file
from dd_incident_roles.store.creation import empty
from dd_incident_roles.store.database import Copy, Database, copied
from dd_incident_roles.store.failures import told_plainly
from dd_incident_roles.store.migration import SHIPPED, Migrations, migrate
from dd_incident_roles.store.private_files import demand_ours, make_private
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.schema_version import Standing, standing

BUSY_SECONDS = 10.0
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
    path = file_of(location)
    try:
        database = _opened(path, create=create, busy_seconds=busy_seconds, migrations=migrations)
    except RecordReadOnly as unwritable:
        if not reads_only:
            raise
        database = _recalled(path, unwritable, busy_seconds=busy_seconds, migrations=migrations)
    return SqlRecord(database, clock=clock, reads_only=reads_only)


def _opened(path: Path, *, create: bool, busy_seconds: float, migrations: Migrations) -> Database:
    _see_to_file(path, create=create)
    database = Database(path, busy_seconds=busy_seconds)
    try:
        with database.read() as connection:
            found = standing(connection, path, newest=migrations.newest)
        for each in _files(path):
            make_private(each)
        database.log_ahead()
        if found is not Standing.CURRENT:
            migrate(path, migrations, busy_seconds=busy_seconds)
    except BaseException:
        database.close()
        raise
    return database


def _recalled(
    path: Path, unwritable: RecordReadOnly, *, busy_seconds: float, migrations: Migrations
) -> Database:
    """A copy of the record, to read from; one with an older schema would have to be written."""
    with told_plainly(path):
        content = copied(path, busy_seconds=busy_seconds) if path.exists() else empty()
    copy = Copy(content=content, unwritable=unwritable)
    database = Database(path, busy_seconds=busy_seconds, copy=copy)
    with database.read() as connection:
        if standing(connection, path, newest=migrations.newest) is not Standing.CURRENT:
            raise unwritable
    return database


def _files(path: Path) -> tuple[Path, ...]:
    """The record, and the files that SQLite keeps beside it."""
    return tuple(path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal"))


def _see_to_file(path: Path, *, create: bool) -> None:
    with told_plainly(path):
        if not path.exists():
            if not create:
                raise RecordError(
                    f"There is no record at {path}.",
                    hint="Any sync or assignment begins one; --store names another file.",
                )
            create_file(path)
        for each in _files(path):
            demand_ours(each)
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "No permission to write", str(path))


_DRIVERS: Final = frozenset({"sqlite", "sqlite+pysqlite"})
_HINT: Final = "Give a path, or a URL such as sqlite:////var/lib/dd-incident-roles/record.db."


def file_of(location: str) -> Path:
    """The file that a path or an ``sqlite:///`` URL names; raises ConfigurationError.

    A URL can have a password in it and is never shown.
    """
    path = _path_in_url(location) if "://" in location else location
    if not path or path == ":memory:":
        raise ConfigurationError("must name a file that lasts", key="store", hint=_HINT)
    return Path(path).expanduser().resolve()


def _path_in_url(location: str) -> str | None:
    try:
        url = make_url(location)
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError("is not the URL of a database", key="store", hint=_HINT) from error
    if url.drivername not in _DRIVERS:
        raise ConfigurationError(
            f"this version keeps its record in SQLite, not in {url.get_backend_name()}",
            key="store",
            hint=_HINT,
        )
    if url.query or url.host:
        raise ConfigurationError("must have nothing but a path in it", key="store", hint=_HINT)
    return url.database
