"""One run at a time, one writer for an incident: the locks end with the process."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final, Protocol

from dd_incident_roles.errors import RecordLocked
from dd_incident_roles.model import IncidentId

PAUSE_SECONDS: Final = 0.1
"""How long to wait before the next try."""

RUN: Final = "run"
"""The name of the lock for a run; the others are those of incidents."""


class Locks(Protocol):
    """Where the locks of a record are: beside its file, or in its database.

    Every method raises RecordError where they cannot be asked.
    """

    def take(self, name: str, signature: str) -> bool:
        """Take a lock, signed for those who would like to have it; False where it is held."""

    def holder(self, name: str) -> str | None:
        """The signature of whoever holds a lock; None where that is not known."""

    def release(self, name: str) -> None:
        """Let go of a lock that was taken here."""

    def close(self) -> None:
        """Let go of all of them."""


@contextmanager
def run_lock(
    locks: Locks,
    record: str,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> Iterator[None]:
    """The lock for a run over a record; entering raises RecordLocked, which names the holder."""
    since = f" since {clock().isoformat(timespec='seconds')}"
    if not _wait(locks, RUN, since, sleep, wait_seconds):
        owner, held_for = locks.holder(RUN), None
        # The text may be anything, even a time without a zone.
        with suppress(ValueError, TypeError):
            held_for = clock() - datetime.fromisoformat((owner or "").rpartition(" ")[2])
        raise RecordLocked(record, owner, held_for=held_for)
    try:
        yield
    finally:
        locks.release(RUN)


@contextmanager
def incident_turn(
    locks: Locks,
    record: str,
    incident_id: IncidentId,
    *,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> Iterator[None]:
    """The lock for one incident; entering raises RecordLocked after ``wait_seconds``."""
    if not _wait(locks, incident_id, "", sleep, wait_seconds):
        raise RecordLocked(f"this incident in {record}", locks.holder(incident_id))
    try:
        yield
    finally:
        locks.release(incident_id)


def _wait(
    locks: Locks, name: str, since: str, sleep: Callable[[float], None], wait_seconds: float
) -> bool:
    """Take a lock as soon as it is free; False where it is not in time."""
    signature = f"process {os.getpid()} on {socket.gethostname()}{since}"
    waited = 0.0
    while not locks.take(name, signature):
        if waited >= wait_seconds:
            return False
        sleep(PAUSE_SECONDS)
        waited += PAUSE_SECONDS
    return True
