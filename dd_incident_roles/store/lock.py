"""One run at a time, one writer for an incident: locks that the kernel keeps until death."""

from __future__ import annotations

import fcntl
import os
import socket
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from dd_incident_roles.errors import RecordLocked
from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.database import translate_sqlite_errors
from dd_incident_roles.store.private_files import (
    OWNER_ONLY,
    demand_ours,
    make_descriptor_private,
    make_private_folder,
)

PAUSE_SECONDS: Final = 0.1
"""How long to wait before the next try."""

# Not one file for each incident: two incidents that share one wait for each other, no more.
_TURN_FILES: Final = 64


class _FileLock:
    """A lock on a file beside the record, held from entering to leaving.

    The file stays when the lock is given back: taking it away would let two processes each lock a
    file of that name. Entering raises RecordLocked after ``wait_seconds``, naming who holds it.
    """

    def __init__(
        self,
        store: Path,
        suffix: str,
        *,
        subject: str,
        clock: Callable[[], datetime] | None,
        sleep: Callable[[float], None],
        wait_seconds: float,
    ) -> None:
        self.path = store.with_name(f"{store.name}.{suffix}")
        self._subject = subject
        self._clock = clock
        self._sleep = sleep
        self._wait_seconds = wait_seconds
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        with translate_sqlite_errors(self.path):
            make_private_folder(self.path.parent)
            demand_ours(self.path)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            descriptor = os.open(self.path, flags, OWNER_ONLY)
            try:
                make_descriptor_private(descriptor)
                self._take(descriptor)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{self._signature()}\n".encode(), 0)
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
            os.ftruncate(self._descriptor, 0)
            # By word, because closing does nothing while a program being started has a copy.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, descriptor: int) -> None:
        waited = 0.0
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if waited >= self._wait_seconds:
                    raise self._refusal(descriptor) from None
            else:
                return
            self._sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS

    def _signature(self) -> str:
        signature = f"process {os.getpid()} on {socket.gethostname()}"
        if self._clock:
            signature += f" since {self._clock().isoformat(timespec='seconds')}"
        return signature

    def _refusal(self, descriptor: int) -> RecordLocked:
        # Empty in the instant before the holder has signed.
        owner = os.pread(descriptor, 500, 0).decode(errors="replace").strip() or None
        held_for: timedelta | None = None
        if self._clock and owner:
            # What the file says is not to be relied on: it may have another text, or a naive time.
            with suppress(ValueError, TypeError):
                held_for = self._clock() - datetime.fromisoformat(owner.rpartition(" ")[2])
        return RecordLocked(self._subject, owner, held_for=held_for)


class RunLock(_FileLock):
    """The right to run over a record."""

    def __init__(
        self,
        store: Path,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        wait_seconds: float = 0.0,
    ) -> None:
        super().__init__(
            store, "lock", subject=str(store), clock=clock, sleep=sleep, wait_seconds=wait_seconds
        )


class Turn(_FileLock):
    """The right to work on one incident of a record, which is held for seconds only.

    Beside it go a run over hundreds of incidents and the commands of people, so that nobody queues
    behind a run.
    """

    def __init__(
        self,
        store: Path,
        incident_id: IncidentId,
        *,
        sleep: Callable[[float], None],
        wait_seconds: float,
    ) -> None:
        number = zlib.crc32(incident_id.encode()) % _TURN_FILES
        super().__init__(
            store,
            f"turn-{number:02}",
            subject=f"this incident in {store}",
            clock=None,
            sleep=sleep,
            wait_seconds=wait_seconds,
        )
