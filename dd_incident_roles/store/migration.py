"""Which schema a file has, and bringing an older one up to date with a copy kept of what it was."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select

from dd_incident_roles import __version__
from dd_incident_roles.errors import RecordError
from dd_incident_roles.store.database import Database, translate_sqlite_errors
from dd_incident_roles.store.private_files import put_on_disk
from dd_incident_roles.store.tables import METADATA, SCHEMA_VERSION

FIRST: Final = "0007"
"""The oldest schema that any release had; those before it were never released."""

NEWEST: Final = "0007"
"""The schema that the tables here are of: the name of the last file in ``migrations/versions``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    """The steps between schemas: the folder that alembic reads, and the name of the last one."""

    folder: Path
    newest: str


SHIPPED: Final = Migrations(folder=Path(__file__).with_name("migrations"), newest=NEWEST)


def schema_of(connection: Connection, path: Path, *, newest: str) -> str | None:
    """The schema of a file, which is the newest known or an older one that can be brought to it.

    None for a database without a single table, such as a file of no length. Raises RecordError
    where a file is of no use.
    """
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = tables.scalars().all()
    version = select(SCHEMA_VERSION.c.version_num)
    found: str | None = connection.scalar(version) if SCHEMA_VERSION.name in names else None
    if found is None and names:
        raise RecordError(
            f"The file {path} is a database of some other program, not a record.",
            hint="It was left as it is. Choose another file with --store.",
        )
    if found is None or found == newest:
        return found
    is_known = found.isdigit() and len(found) == len(newest) and found < newest
    if is_known and found < FIRST:
        raise RecordError(
            f"The record {path} has schema {found} of a development version before the first "
            f"release; this version of dd-incident-roles ({__version__}) cannot read it.",
            hint="Move the file away and sync: a new record then begins with what Datadog "
            "shows. The file was left as it is.",
        )
    if not is_known:
        raise RecordError(
            f"The record {path} has schema {found}; this version of dd-incident-roles "
            f"({__version__}) knows schemas up to {newest}.",
            hint="A newer version wrote it: install that version here. The file was left as it is.",
        )
    return found


def create_tables(connection: Connection) -> None:
    """Make the tables of the newest schema at once; alembic, which goes in steps, is slow to load.

    Its steps begin at the first schema that was released: no file has an older one.
    """
    METADATA.create_all(connection, checkfirst=False)
    connection.execute(insert(SCHEMA_VERSION).values(version_num=NEWEST))


def migrate(path: Path, migrations: Migrations, *, busy_seconds: float) -> None:
    """Take every missing step in one transaction, so that a file has one schema or the other.

    A second program finds nothing left to do. Raises RecordError, with nothing changed, where
    a step would leave rows that belong to nothing.
    """
    # Foreign keys rest meanwhile, because a step may have to build a table anew, and are checked as
    # a whole at the end.
    database = Database(path, busy_seconds=busy_seconds, foreign_keys=False)
    with closing(database), database.write() as connection:
        found = schema_of(connection, path, newest=migrations.newest)
        if found == migrations.newest:
            return
        if found is None:
            create_tables(connection)
            return
        from alembic import command
        from alembic.config import Config

        _keep_copy(path, f"schema-{found}")
        config = Config(attributes={"connection": connection})
        # A percent sign has a meaning in alembic's configuration.
        config.set_main_option("script_location", str(migrations.folder).replace("%", "%%"))
        command.upgrade(config, "head")
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RecordError(
                f"The record {path} could not be brought up to date: rows of it belong to nothing.",
                hint="It was left as it is. This is a mistake in the program: please report it.",
            )


def _keep_copy(path: Path, label: str) -> None:
    """Copy the file as it was before this transaction; one copy is kept for each schema."""
    with translate_sqlite_errors(path):
        copy = path.with_name(f"{path.name}.{label}.backup")
        descriptor, name = tempfile.mkstemp(prefix=f".{copy.name}.", suffix=".new", dir=path.parent)
        os.close(descriptor)
        writing = Path(name)
        try:
            # By SQLite's own backup, because what was written last may be in the log only.
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
