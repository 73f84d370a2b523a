"""Running something again and again until somebody ends it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from dd_incident_roles.cli.failures import tell
from dd_incident_roles.errors import IncidentRolesError, UsageError

STDERR = 2


def watch(once: Callable[[], int], pause_seconds: float) -> int:
    """Run, pause, and run again; returns the last exit code when asked to end.

    SIGTERM and Ctrl-C end it after the run that is under way, a second one at once. A run that
    fails is told and tried again after the pause; wrong usage or configuration ends it, since
    waiting would not help.
    """
    with _told_to_end() as wait:
        code = _safely(once)
        while not wait(pause_seconds):
            code = _safely(once)
    return code


@contextmanager
def _told_to_end() -> Iterator[Callable[[float], bool]]:
    """Give a function that pauses and says whether the end was asked for meanwhile.

    A pipe and not an event: a signal may come while the event is being waited for, whose lock the
    handler would then wait for in vain.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = {
        name: signal.signal(name, _handler(writing)) for name in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield lambda seconds: bool(select.select([reading], [], [], seconds)[0])
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        os.close(reading)
        os.close(writing)


def _handler(writing: int) -> Callable[[int, FrameType | None], None]:
    is_asked = False

    def end(name: int, _frame: FrameType | None) -> None:
        nonlocal is_asked
        if is_asked:
            raise KeyboardInterrupt
        is_asked = True
        if name == signal.SIGINT:
            # Python's own stderr may be in the middle of a line, where writing to it would fail.
            os.write(STDERR, b"Ends after this run; Ctrl-C again ends it at once.\n")
        try:
            os.write(writing, b".")
        except BlockingIOError:
            # Thousands asked for it already.
            return

    return end


def _safely(once: Callable[[], int]) -> int:
    try:
        return once()
    except UsageError:
        raise
    except IncidentRolesError as error:
        tell(error)
        return error.exit_code
