"""Running something again and again until somebody ends it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import Event
from types import FrameType

from dd_incident_roles.cli.failures import tell
from dd_incident_roles.errors import IncidentRolesError, UsageError


def watch(once: Callable[[], int], pause_seconds: float) -> int:
    """Run, pause, and run again; returns the last exit code when asked to end.

    SIGTERM and Ctrl-C end it after the run that is under way. A run that fails is told and tried
    again after the pause; wrong usage or configuration ends it, since waiting would not help.
    """
    ended = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {name: signal.signal(name, end) for name in (signal.SIGTERM, signal.SIGINT)}
    code = 0
    try:
        while not ended.is_set():
            code = _safely(once)
            ended.wait(pause_seconds)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    return code


def _safely(once: Callable[[], int]) -> int:
    try:
        return once()
    except UsageError:
        raise
    except IncidentRolesError as error:
        tell(error)
        return error.exit_code
