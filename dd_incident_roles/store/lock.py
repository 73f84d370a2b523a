"""One run at a time: a lock that the kernel keeps, and lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from dd_incident_roles.errors import RecordLocked
from dd_incident_roles.store.failures import told_plainly
from dd_incident_roles.store.private_files import (
    OWNER_ONLY,
    demand_ours,
    make_descriptor_private,
    make_private_folder,
)

PAUSE_SECONDS: Final = 0.1
"""How long to wait before the next try."""


class RunLock:
    """The right to run over a record, held from entering to leaving.

    Entering raises RecordLocked, naming who holds it, after ``wait_seconds`` at the latest. The
    file beside the record stays when the lock is given back: taking it away would let two runs each
    lock a file of that name.
    """

    def __init__(
        self,
        store: Path,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        wait_seconds: float = 0.0,
    ) -> None:
        self.store = store
        self.path = store.with_name(f"{store.name}.lock")
        self._clock = clock
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
                raise RecordLocked(str(self.store), _signature(descriptor))
            self._sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS

    def _sign(self, descriptor: int) -> None:
        since = self._clock().isoformat(timespec="seconds")
        os.ftruncate(descriptor, 0)
        signature = f"process {os.getpid()} on {socket.gethostname()} since {since}\n"
        os.pwrite(descriptor, signature.encode(), 0)


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


def _signature(descriptor: int) -> str | None:
    """Who says to hold the lock; None in the instant before the holder has signed."""
    return os.pread(descriptor, 500, 0).decode(errors="replace").strip() or None
