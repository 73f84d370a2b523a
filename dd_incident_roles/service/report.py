"""What one run came to, for whoever watches the program: the loop, its log lines and metrics."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from types import MappingProxyType

from dd_incident_roles.errors import (
    DatadogError,
    IncidentRolesError,
    RecordLocked,
    TargetError,
)
from dd_incident_roles.sync.plan import HELD_BACK, Failure, IncidentResult, SyncResult
from dd_incident_roles.sync.run import RunStopped
from dd_incident_roles.values import frozen

log = logging.getLogger("dd_incident_roles.run")
"""Lines about runs: numbers and names of kinds, and nothing that anybody wrote."""


@frozen
class Report:
    """One run: when it went on, what it did, or the ``error`` that ended it.

    ``seconds`` is how long it took. ``is_whole`` says that it was about all that the program is
    to sync, and not about a few hints. ``answers`` are counted by system and class of status,
    ``findings`` by rule and level; None where nobody asked for them. In ``waiting`` incidents
    something waits. ``unknown`` is how many hints were about no incident that can be synced.
    """

    run: str
    began: datetime
    finished: datetime
    seconds: float
    is_whole: bool
    result: SyncResult | None = None
    error: IncidentRolesError | None = None
    answers: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    findings: Mapping[tuple[str, str], int] | None = None
    waiting: int | None = None
    unknown: int = 0

    @property
    def exit_code(self) -> int:
        """What the run would end the program with."""
        if self.error:
            return self.error.exit_code
        return self.result.exit_code if self.result else 0

    @property
    def is_complete(self) -> bool:
        """Whether all was read and written that may be."""
        # What the guard holds back waits for a person: another run would get no further.
        return self.exit_code in {0, HELD_BACK}

    @property
    def is_locked_out(self) -> bool:
        """Whether another program was running instead."""
        return isinstance(self.error, RecordLocked)

    @property
    def is_outage(self) -> bool:
        """Whether Datadog does not answer, or wants to be asked less."""
        if isinstance(self.error, DatadogError):
            return True
        return any(map(_stops_datadog, self.failures))

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What could not be read or written."""
        results = self.result.incidents if self.result else ()
        return tuple(failure for each in results for failure in each.failures)

    @property
    def reason(self) -> str | None:
        """Why it was not complete, without anything that a failure is about."""
        if self.is_complete:
            return None
        kinds = self.result.failed if self.result else {}
        if self.error:
            kinds = {type(self.error).__name__: 1}
        return ", ".join(f"{kind} ({number})" for kind, number in sorted(kinds.items()))


def _stops_datadog(failure: Failure) -> bool:
    error = failure.error
    if isinstance(error, RunStopped):
        return True
    return isinstance(error, DatadogError) and error.stops_the_run


def log_run(report: Report) -> None:
    """Write a line about a run, and one about each incident in which something happened.

    A line has numbers, ids, and the names of systems and kinds of error: whatever people wrote,
    and who they are, stays out of the logs.
    """
    for each in report.result.incidents if report.result else ():
        if counts := _counts(each):
            log.info("incident synced", extra=_fields(report, _of_incident(each), counts))
    whole: dict[str, object] = {
        "began": report.began.isoformat(timespec="milliseconds"),
        "seconds": round(report.seconds, 3),
        "exit_code": report.exit_code,
        "everything": report.is_whole,
    }
    if report.result:
        results = report.result.incidents
        whole["incidents"] = len({each.incident_id for each in results})
        if not report.is_whole and whole["incidents"] == 1:
            whole["incident"] = _of_incident(results[0])["incident"]
        whole["left_unread"] = sum(each.left_since is not None for each in results)
        whole |= sum((Counter(_counts(each)) for each in results), Counter[str]())
    whole["answers"] = {system: dict(count) for system, count in report.answers.items()}
    if report.reason:
        whole["failed"] = report.reason
    log.info("run finished", extra=_fields(report, whole))


def _fields(report: Report, *parts: Mapping[str, object]) -> dict[str, object]:
    together: dict[str, object] = {"run": report.run}
    for part in parts:
        together |= part
    return {"fields": together}


def _of_incident(result: IncidentResult) -> dict[str, object]:
    incident = result.incident
    return {
        "incident": incident.public_id if incident else result.incident_id,
        "target": result.target,
    }


def _counts(result: IncidentResult) -> dict[str, int]:
    """How much happened in an incident, without what did not."""
    counts = {
        "writes": len(result.writes),
        "taken_over": len(result.effects) + len(result.timeline_effects),
        "refused_writes": len(result.refused_writes),
        "held_back": int(result.refusal is not None),
        "failures": len(result.failures),
        "doubtful": sum(
            failure.ambiguous
            or (isinstance(failure.error, TargetError) and failure.error.ambiguous)
            for failure in result.failures
        ),
    }
    return {name: number for name, number in counts.items() if number}
