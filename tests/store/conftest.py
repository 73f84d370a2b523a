"""A record of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from tests.store.samples import clock


@pytest.fixture
def location(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "record.db"


@pytest.fixture
def record(location: Path) -> Iterator[SqlRecord]:
    with open_record(str(location), clock=clock) as opened:
        yield opened
