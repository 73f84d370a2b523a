"""A program that does one thing to a record again and again, killed one step later each time.

A step is a statement, a commit, or an act on the file system. Usage: ``crashing TASK FOLDER``; the
record of the n-th attempt is ``FOLDER/n/record.db``, and the last attempt is the one that lived.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Engine, event

from dd_incident_roles.store.lock import run_lock
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.sync.state import ArchiveEntry, Drop, Edit, EntryIntent, Presence
from tests.store.entry_samples import K1, K2, entry_intent, entry_link, put, tombstone
from tests.store.samples import BO, ONE, clock, closing, incident, intent, link, opening
from tests.store.statement_samples import decision, devising, proposal

ACTS = frozenset(
    {"open", "sqlite3.connect", "os.mkdir", "os.chmod", "os.link", "os.remove", "os.rename"}
)
LONG = "x" * 5_000_000
"""So long that the transaction outgrows memory, and is in the log when it is cut off."""

HANDOVER: tuple[Edit, ...] = (
    closing(),
    opening("a2", person=BO, since=closing().until),
    link(Presence(BO), BO, remote_id=LONG),
    link(holder=BO),
    intent(holder=BO),
    intent(holder=None),
)


TIMELINE: tuple[Edit, ...] = (
    put(text=LONG),
    ArchiveEntry(key=K2, at=clock()),
    entry_link(K1, "r2"),
    Drop(EntryIntent, K2),
    entry_intent(K1),
    tombstone(),
    opening("a2", person=BO),
)

ACCEPTANCE: tuple[Edit, ...] = (
    decision(),
    closing(),
    opening("a2", person=BO, since=closing().until),
    put(text=LONG),
    proposal("h2", giver=BO),
)


def begin(path: Path) -> None:
    with open_record(str(path), clock=clock) as record:
        record.put_cached("kind", "key", "value")


def hand_over(path: Path) -> None:
    with open_record(str(path), clock=clock) as record:
        record.commit(ONE, "datadog", HANDOVER, expected_version=1)


def edit_timeline(path: Path) -> None:
    with open_record(str(path), clock=clock) as record:
        record.commit(ONE, "datadog", TIMELINE, expected_version=2)


def accept_handoff(path: Path) -> None:
    with open_record(str(path), clock=clock) as record:
        record.commit(ONE, "datadog", ACCEPTANCE, expected_version=2)


def remember(path: Path) -> None:
    with open_record(str(path), clock=clock) as record:
        record.remember(incident(state="stable"), {}, clock())


def lock(path: Path) -> None:
    with run_lock(path, clock=clock, sleep=print):
        os.kill(os.getpid(), signal.SIGKILL)


def prepare(path: Path) -> None:
    with open_record(str(path), clock=clock) as record:
        record.commit(ONE, "datadog", [opening()])
        record.remember(incident(), {}, clock())


def prepare_timeline(path: Path) -> None:
    prepare(path)
    with open_record(str(path), clock=clock) as record:
        record.commit(ONE, "datadog", [put(), put(K2), entry_link(), entry_intent(K2)])


def prepare_handoff(path: Path) -> None:
    prepare(path)
    with open_record(str(path), clock=clock) as record:
        record.commit(ONE, "datadog", [proposal(), devising()])


TASKS: Mapping[str, tuple[Callable[[Path], None] | None, Callable[[Path], None]]] = (
    MappingProxyType(
        {
            "begin": (None, begin),
            "hand_over": (prepare, hand_over),
            "edit_timeline": (prepare_timeline, edit_timeline),
            "accept_handoff": (prepare_handoff, accept_handoff),
            "remember": (prepare, remember),
        }
    )
)


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


def attempt(task: str, folder: Path, step: int) -> bool:
    """Do the task in a process of its own, and say whether that lived."""
    path = folder / str(step) / "record.db"
    before, during = TASKS[task]
    if before:
        before(path)
    child = os.fork()
    if child == 0:
        die_at(step)
        during(path)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status == 0


def main(task: str, folder: Path) -> None:
    step = 1
    while not attempt(task, folder, step):
        step += 1


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
