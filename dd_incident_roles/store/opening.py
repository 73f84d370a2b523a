"""Opens the record: creates a missing one, and upgrades an old one.

A copy of an SQLite file is kept before it is upgraded; PostgreSQL takes back what fails.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

from sqlalchemy import Connection, create_engine, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from dd_incident_roles import __version__
from dd_incident_roles.errors import ConfigurationError, NoRecord, RecordError, RecordReadOnly
from dd_incident_roles.store.address import is_postgresql, parse_address
from dd_incident_roles.store.database import Database, Part
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.sqlite import (
    Copy,
    SqliteDatabase,
    demand_ours,
    make_private,
    make_private_folder,
    put_on_disk,
    read_copy,
    translate_sqlite_errors,
)
from dd_incident_roles.store.tables import METADATA, SCHEMA_VERSION
from dd_incident_roles.values import frozen

BUSY_SECONDS: Final = 10.0
"""How long a transaction waits while another program writes."""

FIRST: Final = "0013"
"""The oldest schema of any release; earlier ones were never released."""

NEWEST: Final = "0013"
"""The schema that the tables here are of: the name of the last file in ``migrations/versions``."""


@frozen
class Migrations:
    """The steps between schemas: the folder that alembic reads, and the name of the last one."""

    folder: Path
    newest: str


SHIPPED: Final = Migrations(folder=Path(__file__).with_name("migrations"), newest=NEWEST)


def open_record(
    location: str,
    *,
    clock: Callable[[], datetime],
    create: bool = True,
    reads_only: bool = False,
    busy_seconds: float = BUSY_SECONDS,
    migrations: Migrations = SHIPPED,
) -> SqlRecord:
    """Open the record that a path, or an ``sqlite:///`` or ``postgresql://`` URL, names.

    What ``reads_only`` gets a copy in memory where a file cannot be written, an empty one where
    there is none. Raises ConfigurationError for a location that is neither, and RecordError, with
    nothing changed, for a database that is not ours, cannot be used, or is of a newer version.
    """
    database = open_database(
        location,
        create=create,
        reads_only=reads_only,
        busy_seconds=busy_seconds,
        migrations=migrations,
    )
    return SqlRecord(database, clock=clock, reads_only=reads_only)


def open_database(
    location: str,
    *,
    create: bool = True,
    reads_only: bool = False,
    busy_seconds: float = BUSY_SECONDS,
    migrations: Migrations = SHIPPED,
) -> Database:
    """The database of a record, with the tables of the newest schema in it; see ``open_record``."""
    way = _Way(
        create=create, reads_only=reads_only, busy_seconds=busy_seconds, migrations=migrations
    )
    if is_postgresql(location):
        return way.open_postgresql(location)
    path = _file_of(location)
    try:
        return way.open_file(path)
    except RecordReadOnly as unwritable:
        if not reads_only:
            raise
        return way.copy_file(path, unwritable)


def look_at_record(location: str, *, clock: Callable[[], datetime]) -> SqlRecord:
    """The record for who only looks: nothing is made or upgraded, and beside a file nothing stays.

    Raises NoRecord where there is none, and RecordError for one that is not ours, or is older.
    """
    way = _Way(create=False, reads_only=True)
    outdated = RecordReadOnly(
        f"The record has an older schema than {way.migrations.newest}.",
        hint="Any command that writes brings it up to date, and keeps a copy of a file.",
    )
    database: Database
    if is_postgresql(location):
        database = way.open_postgresql(location, outdated=outdated)
    else:
        path = _file_of(location)
        with translate_sqlite_errors(path):
            if not path.exists():
                _refuse_missing(str(path))
            demand_ours(path)
        database = way.copy_file(path, outdated, leaves_no_trace=True)
    return SqlRecord(database, clock=clock, reads_only=True)


# The privilege is null, and not false, while there is no table to have it on.
_GLANCE: Final = """
    SELECT current_schema() AS schema, getdatabaseencoding() AS encoding,
    pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean
        AS is_read_only,
    has_table_privilege(to_regclass('ledgers'), 'INSERT') IS NOT FALSE AS may_write,
    ARRAY(SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()) AS tables
"""


@frozen
class _Way:
    """How a record is opened, by the names of ``open_record``."""

    create: bool
    reads_only: bool
    busy_seconds: float = BUSY_SECONDS
    migrations: Migrations = SHIPPED

    def open_postgresql(self, location: str, outdated: RecordReadOnly | None = None) -> Database:
        """Open a schema of a database; raises ``outdated`` where it would have to be upgraded."""
        try:
            from dd_incident_roles.store.postgres import PostgresDatabase, defaults_of_libpq
        except ImportError:
            hint = "Install it: pip install 'dd-incident-roles[postgres]'."
            raise ConfigurationError("PostgreSQL needs the library psycopg", hint=hint) from None
        address = parse_address(location, defaults_of_libpq())
        database = PostgresDatabase(address, busy_seconds=self.busy_seconds)
        newest = self.migrations.newest
        try:
            with database.read() as connection:
                found = connection.exec_driver_sql(_GLANCE).one()
                _check_place(database.name, found.schema, found.encoding)
                database.schema = found.schema
                schema = _schema_of(connection, database.name, found.tables, newest=newest)
            if schema is None and not self.create:
                _refuse_missing(database.name)
            if outdated and schema != newest:
                _refuse(outdated)
            if not self.reads_only or schema != newest:
                _check_writable(
                    database.name, is_read_only=found.is_read_only, may_write=found.may_write
                )
            if schema != newest:
                # Alone with the record: a second program waits, and finds nothing left to do.
                with database.write(Part.EVERYTHING) as connection:
                    tables = connection.exec_driver_sql(_GLANCE).one().tables
                    schema = _schema_of(connection, database.name, tables, newest=newest)
                    _upgrade(connection, schema, self.migrations)
        except BaseException:
            database.close()
            raise
        return database

    def open_file(self, path: Path) -> SqliteDatabase:
        """Open a file, which is made where there is none, and upgraded where it is older."""
        # The record, and the files that SQLite keeps beside it.
        files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
        with translate_sqlite_errors(path):
            if not path.exists():
                if not self.create:
                    _refuse_missing(str(path))
                _create(path)
            for each in files:
                demand_ours(each)
            # SQLite opens a read-only file without an error, and fails much later.
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, "No permission to write", str(path))
        database = SqliteDatabase(path, busy_seconds=self.busy_seconds)
        try:
            with database.read() as connection:
                schema = _schema_of_file(connection, path, self.migrations)
            # Only now is it known whose file this is, and that it may be changed.
            for each in files:
                make_private(each)
            database.log_ahead()
            if schema != self.migrations.newest:
                _migrate(path, self.migrations, busy_seconds=self.busy_seconds)
        except BaseException:
            database.close()
            raise
        return database

    def copy_file(
        self, path: Path, unwritable: RecordReadOnly, *, leaves_no_trace: bool = False
    ) -> Database:
        """A copy of the record to read from; an older schema would have to be upgraded."""
        with translate_sqlite_errors(path):
            content = _empty()
            if path.exists():
                content = read_copy(
                    path, busy_seconds=self.busy_seconds, leaves_no_trace=leaves_no_trace
                )
        copy = Copy(content=content, unwritable=unwritable)
        database = SqliteDatabase(path, busy_seconds=self.busy_seconds, copy=copy)
        with database.read() as connection:
            if _schema_of_file(connection, path, self.migrations) != self.migrations.newest:
                raise unwritable
        return database


def _check_writable(record: str, *, is_read_only: bool, may_write: bool) -> None:
    if is_read_only:
        raise RecordReadOnly(
            f"The record {record} cannot be written: the server, or the session, is read-only.",
            hint="Name the primary server, not a standby.",
        )
    if not may_write:
        raise RecordReadOnly(
            f"The record {record} does not let this user write.",
            hint="docs/shared-record.md lists what the role needs.",
        )


def _check_place(name: str, schema: str | None, encoding: str) -> None:
    if schema is None:
        raise RecordError(
            f"The record {name} has no schema that this user may use.",
            hint="docs/shared-record.md lists what the role needs.",
        )
    if encoding != "UTF8":
        raise RecordError(
            f"The record {name} cannot hold every text: its encoding is {encoding}.",
            hint="Create a database with ENCODING 'UTF8'.",
        )


def _refuse(error: RecordError) -> NoReturn:
    raise error


def _refuse_missing(name: str) -> NoReturn:
    hint = "Any sync or assign creates it. For another one, use --store."
    _refuse(NoRecord(f"There is no record at {name}.", hint=hint))


def _create(path: Path) -> None:
    """Put an empty record in place, unless another program was faster, whose file then stays."""
    make_private_folder(path.parent)
    # Under another name and linked into place at the end, so that nobody ever sees a part of one; a
    # process that is killed on the way leaves no more than a hidden file behind.
    with _hidden_beside(path) as building:
        building.write_bytes(_empty())
        put_on_disk(building)
        with suppress(FileExistsError):
            path.hardlink_to(building)
    put_on_disk(path.parent)


@contextmanager
def _hidden_beside(path: Path) -> Iterator[Path]:
    """A private file in the same folder, which is removed at the end."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@cache
def _empty() -> bytes:
    """The content of an empty record."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        engine = create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
        with engine.begin() as connection:
            _create_tables(connection)
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
            message = "is not a database URL"
            raise ConfigurationError(message, key="store", hint=_HINT) from error
        if url.drivername not in _DRIVERS:
            message = f"must be SQLite or PostgreSQL, not {url.get_backend_name()}"
            raise ConfigurationError(message, key="store", hint=_HINT)
        if url.query or url.host:
            raise ConfigurationError("must contain only a path", key="store", hint=_HINT)
        path = url.database
    if not path or path == ":memory:":
        raise ConfigurationError(
            "must name a file, not a database in memory", key="store", hint=_HINT
        )
    # A link that a person names is followed once, here; one that is put there later is refused.
    return Path(path).expanduser().resolve()


def _schema_of_file(connection: Connection, path: Path, migrations: Migrations) -> str | None:
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    return _schema_of(connection, str(path), names.scalars(), newest=migrations.newest)


def _schema_of(
    connection: Connection, record: str, names: Iterable[str], *, newest: str
) -> str | None:
    """The schema of a database, which is the newest known or one that can be brought to it.

    None for a database without a single table, such as a file of no length. Raises RecordError
    where it is of no use.
    """
    # The tables of the queue that workers share may be beside ours.
    tables = [each for each in names if not each.startswith("procrastinate_")]
    version = select(SCHEMA_VERSION.c.version_num)
    found: str | None = connection.scalar(version) if SCHEMA_VERSION.name in tables else None
    if found is None and tables:
        raise RecordError(
            f"{record} is a database of another program, not a record.",
            hint="It was not changed. Choose another one with --store.",
        )
    if found is None or found == newest:
        return found
    is_known = found.isdigit() and len(found) == len(newest) and found < newest
    if is_known and found < FIRST:
        raise RecordError(
            f"A development version wrote the record {record} (schema {found}); dd-incident-roles "
            f"{__version__} cannot read it.",
            hint="Move the file away and sync: a new record then starts from what "
            "Datadog shows. The file was not changed.",
        )
    if not is_known:
        raise RecordError(
            f"A newer version wrote the record {record} (schema {found}); dd-incident-roles "
            f"{__version__} reads schemas up to {newest}.",
            hint="Install the newer version here. The record was not changed.",
        )
    return found


def _create_tables(connection: Connection) -> None:
    """Create the tables of the newest schema directly, because alembic is slow to load.

    Its steps begin at the first schema that was released: no file has an older one.
    """
    name = connection.dialect.name
    for index in (each for table in METADATA.tables.values() for each in table.indexes):
        # Said only here, because to say it to every dialect at once loads each of them.
        index.dialect_options[name]["where"] = index.dialect_options["sqlite"]["where"]
    METADATA.create_all(connection, checkfirst=False)
    connection.execute(insert(SCHEMA_VERSION).values(version_num=NEWEST))


def _migrate(path: Path, migrations: Migrations, *, busy_seconds: float) -> None:
    """Take every missing step in one transaction, so that a file has one schema or the other.

    A second program finds nothing left to do. Raises RecordError, with nothing changed, where
    a step would leave rows that belong to nothing.
    """
    # Foreign keys rest meanwhile, because a step may have to build a table anew, and are checked as
    # a whole at the end.
    database = SqliteDatabase(path, busy_seconds=busy_seconds, foreign_keys=False)
    with closing(database), database.write(Part.EVERYTHING) as connection:
        found = _schema_of_file(connection, path, migrations)
        if found not in {None, migrations.newest}:
            _keep_copy(path, f"schema-{found}")
        _upgrade(connection, found, migrations)
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RecordError(
                f"The record {path} could not be upgraded: some rows refer to rows that do not "
                "exist.",
                hint="It was not changed. This is a bug in dd-incident-roles: please report it.",
            )


def _upgrade(connection: Connection, found: str | None, migrations: Migrations) -> None:
    """Take every missing step, or make the tables; nothing where another program has done so."""
    if found == migrations.newest:
        return
    if found is None:
        _create_tables(connection)
        return
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    # A percent sign is special in alembic's configuration.
    config.set_main_option("script_location", str(migrations.folder).replace("%", "%%"))
    command.upgrade(config, "head")


def _keep_copy(path: Path, label: str) -> None:
    """Copy the file as it was before this transaction; one copy is kept for each schema."""
    with translate_sqlite_errors(path):
        copy = path.with_name(f"{path.name}.{label}.backup")
        with _hidden_beside(copy) as writing:
            # With SQLite's own backup, because the last writes may be in the log only.
            with (
                closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(writing)) as destination,
            ):
                source.backup(destination)
            put_on_disk(writing)
            writing.replace(copy)
        put_on_disk(path.parent)
