"""Records for tests: fresh ones for many examples, and one in a process that can be killed."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from dd_incident_roles.model import EntryKey, Incident, IncidentId, Person, PersonKey
from dd_incident_roles.store.opening import open_database, open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import Edit, IncidentState
from tests.postgres import Server
from tests.sync.memory_target import Killed

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
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
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


@dataclass(slots=True)
class InterruptedRecord:
    """Passes everything on to the real record, until the process is killed."""

    real: SqlRecord
    commits_left: int | None = None
    """How many commits still go through; None for all of them."""
    committed: int = 0
    before_commit: Callable[[], None] | None = None
    """What somebody else does to the record right before the next commit, once."""

    def state(self, incident_id: IncidentId, target: str) -> IncidentState:
        return self.real.state(incident_id, target)

    def keys_elsewhere(
        self, incident_id: IncidentId, keys: Collection[EntryKey]
    ) -> frozenset[EntryKey]:
        return self.real.keys_elsewhere(incident_id, keys)

    def commit(
        self,
        incident_id: IncidentId,
        target: str,
        edits: Sequence[Edit],
        *,
        expected_version: int | None = None,
    ) -> None:
        if self.commits_left == 0:
            raise Killed
        if self.before_commit:
            act, self.before_commit = self.before_commit, None
            act()
        self.real.commit(incident_id, target, edits, expected_version=expected_version)
        self.committed += 1
        if self.commits_left is not None:
            self.commits_left -= 1

    def remember(
        self, incident: Incident, people: Mapping[PersonKey, Person], at: datetime
    ) -> None:
        self.real.remember(incident, people, at)

    def incident(self, incident_id: IncidentId) -> Incident | None:
        return self.real.incident(incident_id)
