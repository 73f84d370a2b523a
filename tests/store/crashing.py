"""A program that does one thing to a record again and again, killed one step later each time.

A step is a statement, a commit, or an act on the file system. Usage: ``crashing TASK FOLDER``; the
record of the n-th attempt is ``FOLDER/n/record.db``, and the last attempt is the one that lived.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from sqlalchemy import Engine, event

from dd_incident_roles.store.opening import open_record
from dd_incident_roles.sync.state import ArchiveEntry, Drop, Edit, EntryIntent, IncidentResponder
from tests.store.samples import (
    BO,
    K1,
    K2,
    ONE,
    clock,
    closing,
    decision,
    devising,
    entry_intent,
    entry_link,
    incident,
    intent,
    link,
    opening,
    proposal,
    put,
    tombstone,
)

ACTS = frozenset(
    {"open", "sqlite3.connect", "os.mkdir", "os.chmod", "os.link", "os.remove", "os.rename"}
)
LONG = "x" * 5_000_000
"""So long that the transaction outgrows memory, and is in the log when it is cut off."""

PREPARED: Mapping[str, Sequence[Edit]] = MappingProxyType(
    {
        "hand_over": [],
        "edit_timeline": [put(), put(K2), entry_link(), entry_intent(K2)],
        "accept_handoff": [proposal(), devising()],
    }
)
"""What a record holds beside one assignment, before the commit that is killed."""

COMMITTED: Mapping[str, Sequence[Edit]] = MappingProxyType(
    {
        "hand_over": [
            *(closing(), opening("a2", person=BO, since=closing().until)),
            *(link(IncidentResponder(BO), BO, remote_id=LONG), link(holder=BO)),
            *(intent(holder=BO), intent(holder=None)),
        ],
        "edit_timeline": [
            *(put(text=LONG), ArchiveEntry(key=K2, at=clock()), entry_link(K1, "r2")),
            *(Drop(EntryIntent, K2), entry_intent(K1), tombstone(), opening("a2", person=BO)),
        ],
        "accept_handoff": [
            *(decision(), closing(), opening("a2", person=BO, since=closing().until)),
            *(put(text=LONG), proposal("h2", giver=BO)),
        ],
    }
)


def prepare(path: Path, edits: Sequence[Edit] = ()) -> None:
    with open_record(str(path), clock=clock) as record:
        record.commit(ONE, "datadog", [opening()])
        record.remember(incident(), {}, clock())
        record.commit(ONE, "datadog", edits)


def commit(path: Path, edits: Sequence[Edit]) -> None:
    with open_record(str(path), clock=clock) as record:
        version = record.state(ONE, "datadog").version
        record.commit(ONE, "datadog", edits, expected_version=version)


def begin(path: Path) -> None:
    with open_record(str(path), clock=clock) as record:
        record.put_cached("kind", "key", "value")


def remember(path: Path) -> None:
    with open_record(str(path), clock=clock) as record:
        record.remember(incident(state="stable"), {}, clock())


def lock(path: Path) -> None:
    with open_record(str(path), clock=clock) as record, record.run_lock(clock=clock):
        os.kill(os.getpid(), signal.SIGKILL)


def die_at(step: int) -> None:
    """Arrange for this process to be killed at its n-th step, counting from one."""
    left = [step]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def act(name: str, arguments: tuple[object, ...]) -> None:
        if name in ACTS and not str(arguments[:1]).endswith((".py',)", ".pyc',)")):
            count()

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "after_cursor_execute", count)
    event.listen(Engine, "commit", count)
    sys.addaudithook(act)


def attempt(task: str, folder: Path, step: int, template: Path) -> bool:
    """Do the task in a process of its own, and say whether that lived."""
    path = folder / str(step) / "record.db"
    if task != "begin":
        path.parent.mkdir()
        shutil.copyfile(template, path)
    child = os.fork()
    if child == 0:
        die_at(step)
        match task:
            case "begin":
                begin(path)
            case "remember":
                remember(path)
            case _:
                commit(path, COMMITTED[task])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status == 0


def main(task: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory() as aside:
        # Made here for begin too: that its tables are made in memory first is no step on a disk.
        template = Path(aside) / "record.db"
        prepare(template, PREPARED.get(task, ()))
        step = 1
        while not attempt(task, folder, step, template):
            step += 1


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
