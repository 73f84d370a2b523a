"""Fresh records for many examples: one is made, and then copied."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord


@cache
def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="record-")) / "record.db"
    open_record(str(path), clock=datetime.now).close()
    return path


def fresh_record(folder: Path, clock: Callable[[], datetime]) -> SqlRecord:
    """Open an empty record in a folder of its own."""
    path = folder / "record.db"
    shutil.copyfile(_template(), path)
    return open_record(str(path), clock=clock)
