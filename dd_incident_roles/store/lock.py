"""One run at a time, one writer for an incident: the kernel ends these locks with the process."""

from __future__ import annotations

import fcntl
import os
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dd_incident_roles.errors import RecordLocked
from dd_incident_roles.model import IncidentId
from dd_incident_roles.store import private_files
from dd_incident_roles.store.database import translate_sqlite_errors

PAUSE_SECONDS: Final = 0.1
"""How long to wait before the next try."""

# Not one file for each incident: two incidents that share one wait for each other, no more.
_TURN_FILES: Final = 64


def run_lock(
    store: Path,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    wait_seconds: float = 0.0,
) -> AbstractContextManager[Path]:
    """The lock for a run over a record; entering raises RecordLocked, which names the holder."""
    path = store.with_name(f"{store.name}.lock")
    return _hold(path, str(store), clock=clock, sleep=sleep, wait_seconds=wait_seconds)


def incident_turn(
    store: Path, incident_id: IncidentId, *, sleep: Callable[[float], None], wait_seconds: float
) -> AbstractContextManager[Path]:
    """The lock for one incident of a record, which is held for seconds only.

    Beside it go a run over hundreds of incidents and the commands of people, so that nobody queues
    behind a run. Entering raises RecordLocked after ``wait_seconds``.
    """
    number = zlib.crc32(incident_id.encode()) % _TURN_FILES
    path = store.with_name(f"{store.name}.turn-{number:02}")
    subject = f"this incident in {store}"
    return _hold(path, subject, clock=None, sleep=sleep, wait_seconds=wait_seconds)


@contextmanager
def _hold(
    path: Path,
    subject: str,
    *,
    clock: Callable[[], datetime] | None,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> Iterator[Path]:
    """A lock on a file beside the record, signed with the time where there is a clock."""
    with translate_sqlite_errors(path):
        private_files.make_private_folder(path.parent)
        private_files.demand_ours(path)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, private_files.OWNER_ONLY)
    try:
        with translate_sqlite_errors(path):
            private_files.make_descriptor_private(descriptor)
            waited = 0.0
            while not _is_taken(descriptor):
                if waited >= wait_seconds:
                    raise _refusal(descriptor, subject, clock)
                sleep(PAUSE_SECONDS)
                waited += PAUSE_SECONDS
            since = f" since {clock().isoformat(timespec='seconds')}" if clock else ""
            signature = f"process {os.getpid()} on {socket.gethostname()}{since}\n"
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, signature.encode(), 0)
        try:
            yield path
        finally:
            # The file stays: if it were removed, two processes could each lock a file of that name.
            os.ftruncate(descriptor, 0)
            # Unlocked explicitly: closing does nothing while a starting program has a copy.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refusal(descriptor: int, subject: str, clock: Callable[[], datetime] | None) -> RecordLocked:
    # Empty for the moment before the holder has signed it.
    owner = os.pread(descriptor, 500, 0).decode(errors="replace").strip() or None
    held_for: timedelta | None = None
    if clock and owner:
        # The text may be anything, even a time without a zone.
        with suppress(ValueError, TypeError):
            held_for = clock() - datetime.fromisoformat(owner.rpartition(" ")[2])
    return RecordLocked(subject, owner, held_for=held_for)
