"""The way to the record: made if there is none, brought up to date if it is old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from dd_incident_roles.errors import RecordError
from dd_incident_roles.store.creation import create as create_file
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.failures import told_plainly
from dd_incident_roles.store.location import file_of
from dd_incident_roles.store.migration import SHIPPED, Migrations, migrate
from dd_incident_roles.store.private_files import make_private
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.schema_version import Standing, standing

BUSY_SECONDS = 10.0
"""How long a transaction waits for its turn while another program writes."""


def open_record(
    location: str,
    *,
    clock: Callable[[], datetime],
    create: bool = True,
    busy_seconds: float = BUSY_SECONDS,
    migrations: Migrations = SHIPPED,
) -> SqlRecord:
    """Open the record that a path or an ``sqlite:///`` URL names.

    Raises ConfigurationError for a location that is no file, and RecordError, with nothing changed,
    for a file that cannot be used or that a newer version wrote.
    """
    path = file_of(location)
    _see_to_file(path, create=create)
    database = Database(path, busy_seconds=busy_seconds)
    try:
        with database.read() as connection:
            found = standing(connection, path, newest=migrations.newest)
        _make_private(path)
        database.log_ahead()
        if found is not Standing.CURRENT:
            migrate(path, migrations, busy_seconds=busy_seconds)
    except BaseException:
        database.close()
        raise
    return SqlRecord(database, clock=clock)


def _make_private(path: Path) -> None:
    """Take the record, and the two files that SQLite keeps beside it, away from everybody else."""
    for suffix in ("", "-wal", "-shm"):
        make_private(path.with_name(path.name + suffix))


def _see_to_file(path: Path, *, create: bool) -> None:
    with told_plainly(path):
        if path.is_dir():
            raise RecordError(
                f"The record {path} is a folder, where a file should be.",
                hint="Name a file in it with --store.",
            )
        if path.exists():
            return
        if not create:
            raise RecordError(
                f"There is no record at {path}.",
                hint="Any sync or assignment begins one; --store names another file.",
            )
        create_file(path)
