"""The first beginning of a record: whole, or not there."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.pool import StaticPool

from dd_incident_roles.store.database import Database
from dd_incident_roles.store.entry_tables import ENTRY_METADATA
from dd_incident_roles.store.failures import told_plainly
from dd_incident_roles.store.private_files import make_private_folder, put_on_disk
from dd_incident_roles.store.schema_version import NEWEST
from dd_incident_roles.store.statement_tables import STATEMENT_METADATA
from dd_incident_roles.store.tables import METADATA, SCHEMA_VERSION


def create(path: Path) -> None:
    """Put an empty record in place, unless somebody else was faster, whose file then stays.

    It is made under another name and linked into place at the end, so that nobody ever sees a part
    of one; whoever is killed on the way leaves no more than a hidden file behind.
    """
    with told_plainly(path):
        make_private_folder(path.parent)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        os.close(descriptor)
        building = Path(name)
        try:
            database = Database(building, busy_seconds=0)
            try:
                database.log_ahead()
                with database.write() as connection:
                    _build(connection)
            finally:
                database.close()
            path.hardlink_to(building)
        except FileExistsError:
            return
        finally:
            building.unlink()
        put_on_disk(path.parent)


def empty() -> bytes:
    """The content of a record that holds nothing yet."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        engine = create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
        with engine.begin() as connection:
            _build(connection)
        return memory.serialize()


def _build(connection: Connection) -> None:
    """Make the newest schema; alembic, which would take the same way in steps, is slow to load."""
    METADATA.create_all(connection)
    ENTRY_METADATA.create_all(connection)
    STATEMENT_METADATA.create_all(connection)
    connection.execute(insert(SCHEMA_VERSION).values(version_num=NEWEST))
