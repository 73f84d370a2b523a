"""One run at a time, one writer for an incident: locks that the kernel keeps until death."""

from __future__ import annotations

import fcntl
import os
import socket
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from dd_incident_roles.errors import RecordLocked
from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.failures import told_plainly
from dd_incident_roles.store.private_files import (
    OWNER_ONLY,
    demand_ours,
    make_descriptor_private,
    make_private_folder,
)

PAUSE_SECONDS: Final = 0.1
"""How long to wait before the next try."""

TURN_FILES: Final = 64


class _FileLock:
    """A lock on a file beside the record, held from entering to leaving.

    The file stays when the lock is given back: taking it away would let two processes each lock a
    file of that name.
    """

    def __init__(
        self, store: Path, suffix: str, *, sleep: Callable[[float], None], wait_seconds: float
    ) -> None:
        self.store = store
        self.path = store.with_name(f"{store.name}.{suffix}")
        self._sleep = sleep
        self._wait_seconds = wait_seconds
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        with told_plainly(self.path):
            make_private_folder(self.path.parent)
            demand_ours(self.path)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            descriptor = os.open(self.path, flags, OWNER_ONLY)
            try:
                make_descriptor_private(descriptor)
                self._take(descriptor)
                self._sign(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            _give_back(self._descriptor)
            self._descriptor = None

    def _take(self, descriptor: int) -> None:
        waited = 0.0
        while not _is_taken(descriptor):
            if waited >= self._wait_seconds:
                raise self._refusal(descriptor)
            self._sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS

    def _refusal(self, descriptor: int) -> RecordLocked:
        raise NotImplementedError

    def _sign(self, descriptor: int) -> None:
        raise NotImplementedError


class RunLock(_FileLock):
    """The right to run over a record; entering raises RecordLocked, naming who holds it."""

    def __init__(
        self,
        store: Path,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        wait_seconds: float = 0.0,
    ) -> None:
        super().__init__(store, "lock", sleep=sleep, wait_seconds=wait_seconds)
        self._clock = clock

    def _refusal(self, descriptor: int) -> RecordLocked:
        owner = _signature(descriptor)
        return RecordLocked(str(self.store), owner, held_for=_age(owner, self._clock()))

    def _sign(self, descriptor: int) -> None:
        since = self._clock().isoformat(timespec="seconds")
        os.ftruncate(descriptor, 0)
        signature = f"process {os.getpid()} on {socket.gethostname()} since {since}\n"
        os.pwrite(descriptor, signature.encode(), 0)


class Turn(_FileLock):
    """The right to work on one incident of a record, which is held for seconds only.

    Beside it go a run over hundreds of incidents and the commands of people, so that nobody queues
    behind a run. Entering raises RecordLocked after ``wait_seconds``. There is a fixed number of
    files, not one for each incident: two incidents that share one wait for each other, no more.
    """

    def __init__(
        self,
        store: Path,
        incident_id: IncidentId,
        *,
        sleep: Callable[[float], None],
        wait_seconds: float,
    ) -> None:
        number = zlib.crc32(incident_id.encode()) % TURN_FILES
        super().__init__(store, f"turn-{number:02}", sleep=sleep, wait_seconds=wait_seconds)

    def _refusal(self, descriptor: int) -> RecordLocked:
        return RecordLocked(f"this incident in {self.store}", _signature(descriptor))

    def _sign(self, descriptor: int) -> None:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _give_back(descriptor: int) -> None:
    """Unlock by word, because closing does nothing while a program being started has a copy."""
    os.ftruncate(descriptor, 0)
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _age(owner: str | None, now: datetime) -> timedelta | None:
    """How long somebody says to have held the lock."""
    try:
        since = datetime.fromisoformat((owner or "").rpartition(" ")[2])
        return now - since
    except (ValueError, TypeError):
        return None


def _signature(descriptor: int) -> str | None:
    """Who says to hold the lock; None in the instant before the holder has signed."""
    return os.pread(descriptor, 500, 0).decode(errors="replace").strip() or None
