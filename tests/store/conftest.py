"""A record of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.store.database import Database
from dd_incident_roles.store.opening import BUSY_SECONDS, open_record
from dd_incident_roles.store.record import SqlRecord
from tests.store.samples import clock


@pytest.fixture
def location(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "record.db"


@pytest.fixture
def database(location: Path) -> Iterator[Database]:
    """The file of ``record``, for those who change it by hand."""
    open_record(str(location), clock=clock).close()
    database = Database(location, busy_seconds=BUSY_SECONDS)
    yield database
    database.close()


@pytest.fixture
def record(database: Database) -> SqlRecord:
    return SqlRecord(database, clock=clock)
