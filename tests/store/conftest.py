"""A record of its own for each test, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.store.database import Database
from dd_incident_roles.store.opening import open_database
from dd_incident_roles.store.record import SqlRecord
from tests.store.samples import clock


@pytest.fixture
def location(tmp_path: Path) -> Path:
    """Where a record can be in a file."""
    return tmp_path / "kept" / "record.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, location: Path) -> str:
    """Where a record can be, one time each; what is about files has it as ``in_a_file``."""
    if request.param == "sqlite":
        return str(location)
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def database(store: str) -> Iterator[Database]:
    """The database of ``record``, for those who change it by hand."""
    database = open_database(store)
    yield database
    database.close()


@pytest.fixture
def record(database: Database) -> SqlRecord:
    return SqlRecord(database, clock=clock)
