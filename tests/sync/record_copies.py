"""Fresh records for many examples: a file is copied, and a database is lent and emptied."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path

from dd_incident_roles.store.opening import open_database, open_record
from dd_incident_roles.store.record import SqlRecord
from tests.postgres import Server

_SERVER: ContextVar[Server | None] = ContextVar("_SERVER", default=None)


@contextmanager
def records_in(server: Server) -> Iterator[None]:
    """Have fresh records in a server instead of files."""
    before = _SERVER.set(server)
    try:
        yield
    finally:
        _SERVER.reset(before)


@cache
def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="record-")) / "record.db"
    open_record(str(path), clock=datetime.now).close()
    return path


class FreshRecord(SqlRecord):
    """An empty record of its own, at a ``location`` where others can open it as well."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._lent = ExitStack()
        if server := _SERVER.get():
            self.location = server.url(self._lent.enter_context(server.lent()))
        else:
            self.location = str(folder / "record.db")
            shutil.copyfile(_template(), self.location)
        super().__init__(open_database(self.location), clock=clock)

    def close(self) -> None:
        super().close()
        self._lent.close()


def fresh_record(folder: Path, clock: Callable[[], datetime]) -> FreshRecord:
    """Open an empty record, which is in the folder if it is in a file."""
    return FreshRecord(folder, clock)
