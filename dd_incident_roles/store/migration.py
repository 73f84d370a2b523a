"""Bringing an older record up to the newest schema, with a copy kept of what it was."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dd_incident_roles.errors import RecordError
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.failures import told_plainly
from dd_incident_roles.store.private_files import put_on_disk
from dd_incident_roles.store.schema_version import NEWEST, Standing, revision, standing

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    """The steps between schemas: the folder that alembic reads, and the name of the last one."""

    folder: Path
    newest: str


SHIPPED: Final = Migrations(folder=Path(__file__).with_name("migrations"), newest=NEWEST)


def migrate(path: Path, migrations: Migrations, *, busy_seconds: float) -> None:
    """Take every missing step in one transaction, so that a file has one schema or the other.

    Whoever comes second finds nothing left to do. Foreign keys rest meanwhile, because a step may
    have to build a table anew, and are checked as a whole at the end.
    """
    database = Database(path, busy_seconds=busy_seconds, foreign_keys=False)
    try:
        with database.write() as connection:
            match standing(connection, path, newest=migrations.newest):
                case Standing.CURRENT:
                    return
                case Standing.OLDER:
                    _keep_copy(path, f"schema-{revision(connection)}")
                case Standing.EMPTY:
                    pass
            _take_steps(connection, migrations)
            _check_foreign_keys(connection, path)
    finally:
        database.close()


def _keep_copy(path: Path, label: str) -> None:
    """Copy the file as it was before this transaction; one copy is kept for each schema."""
    with told_plainly(path):
        copy = path.with_name(f"{path.name}.{label}.backup")
        descriptor, name = tempfile.mkstemp(prefix=f".{copy.name}.", suffix=".new", dir=path.parent)
        os.close(descriptor)
        writing = Path(name)
        try:
            with (
                closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(writing)) as destination,
            ):
                source.backup(destination)
            put_on_disk(writing)
            writing.replace(copy)
        finally:
            writing.unlink(missing_ok=True)
        put_on_disk(path.parent)


def _take_steps(connection: Connection, migrations: Migrations) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(migrations.folder).replace("%", "%%"))
    command.upgrade(config, "head")


def _check_foreign_keys(connection: Connection, path: Path) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RecordError(
            f"The record {path} could not be brought up to date: rows of it belong to nothing.",
            hint="It was left as it is. This is a mistake in the program: please report it.",
        )
