"""When a run must stop as a whole, because every further request would fail in the same way."""

from __future__ import annotations

from threading import Lock

from dd_incident_roles.errors import DatadogError, Forbidden, IncidentRolesError


class RunStopped(IncidentRolesError):
    """The run had been stopped before this incident's turn came; nothing was looked at."""


class Halt:
    """The reason to stop that the threads of one run share.

    ``reading_works`` is known where the incidents were found by a search that succeeded.
    """

    def __init__(self, *, reading_works: bool = False) -> None:
        self._lock = Lock()
        self._reason: DatadogError | None = None
        self._reading_works = reading_works

    def check(self) -> None:
        """Raise RunStopped once there is a reason to stop."""
        with self._lock:
            if self._reason:
                raise RunStopped(
                    f"Not looked at, because the run was stopped: {self._reason.message}",
                    hint=self._reason.hint,
                )

    def reading_worked(self) -> None:
        """Note that the keys may read incidents, so that one refusal is about one incident."""
        with self._lock:
            self._reading_works = True

    def consider(self, error: IncidentRolesError, *, reading: bool) -> None:
        """Stop the run if the error says that the others would fail as well.

        A write that is forbidden is forbidden by itself: one entry, or one incident.
        """
        if not isinstance(error, DatadogError):
            return
        with self._lock:
            denied = isinstance(error, Forbidden) and reading and not self._reading_works
            if self._reason is None and (error.stops_the_run or denied):
                self._reason = error
