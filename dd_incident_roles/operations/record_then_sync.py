"""What every changing command does: the record first, then Datadog for that one incident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from dd_incident_roles.errors import (
    DatadogError,
    IncidentRolesError,
    NotFound,
    RecordChanged,
    RecordLocked,
    Unauthorized,
    UnknownIncident,
)
from dd_incident_roles.model import IncidentId, RoleKey
from dd_incident_roles.operations.application import Application
from dd_incident_roles.store.lock import RunLock
from dd_incident_roles.sync.apply import take_in
from dd_incident_roles.sync.guard import asked_for
from dd_incident_roles.sync.hold_back import Subject
from dd_incident_roles.sync.result import IncidentResult, SyncResult
from dd_incident_roles.sync.run import RunTerms, look_at, run
from dd_incident_roles.sync.state import Edit, IncidentState

LOCK_WAIT_SECONDS = 10.0
"""How long a command waits for a scheduled run that is working on the same record."""

_TRIES = 5

Change = TypeVar("Change")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Generic[Change]):
    """What a command comes to, and the edits that bring the record there, if it is not yet."""

    change: Change
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried(Generic[Change]):
    """A change that is in the record, and what became of it in Datadog.

    ``sync`` is None where Datadog was not to be written, or could not be; ``problem`` is why not.
    """

    incident_id: IncidentId
    change: Change
    sync: SyncResult | None = None
    problem: IncidentRolesError | None = None

    @property
    def exit_code(self) -> int:
        """0 when all is done, 3 when the change waits, 4 when the guard held something back."""
        if self.problem:
            return 3
        return self.sync.exit_code if self.sync else 0


def record_then_sync(
    application: Application,
    incident_id: IncidentId,
    decide: Callable[[IncidentState], Decision[Change]],
    *,
    sync: bool,
    or_nothing: bool = False,
    commanded: frozenset[RoleKey] = frozenset(),
) -> Carried[Change]:
    """Record a change and carry it to Datadog.

    What Datadog shows is taken in first, so that the command is about the present and not about
    what was known a minute ago. Where Datadog cannot be reached the change is recorded all the
    same, unless it is to be made on both sides ``or_nothing``: then what was in the way is raised,
    and no other run works on the record meanwhile. ``commanded`` are the roles of which it says who
    holds them. What the command itself takes away is permitted by it, whatever the guard holds back
    besides.
    """
    terms = application.run_terms()
    application.target.probe_again()
    if sync and or_nothing:
        with _turn(application):
            _take_in_or_raise(application, incident_id, terms)
            change, wanted = _record(application, incident_id, decide)
            carrying = replace(terms, commanded=commanded, wanted=wanted)
            result = _run(application, incident_id, carrying)
        return Carried(incident_id=incident_id, change=change, sync=result)
    problem = _take_in_what_is_shown(application, incident_id, terms) if sync else None
    change, wanted = _record(application, incident_id, decide)
    carrying = replace(terms, commanded=commanded, wanted=wanted)
    carried = Carried(incident_id=incident_id, change=change, problem=problem)
    if not sync or problem:
        return carried
    try:
        with _turn(application):
            return replace(carried, sync=_run(application, incident_id, carrying))
    except RecordLocked as locked:
        return replace(carried, problem=locked)


def _turn(application: Application) -> RunLock:
    """The right to run over the record, once whoever has it is done."""
    return RunLock(
        application.record.path,
        clock=application.clock,
        sleep=application.sleep,
        wait_seconds=LOCK_WAIT_SECONDS,
    )


def _run(application: Application, incident_id: IncidentId, terms: RunTerms) -> SyncResult:
    return run([incident_id], target=application.target, record=application.record, terms=terms)


def _take_in_or_raise(application: Application, incident_id: IncidentId, terms: RunTerms) -> None:
    problem = _take_in_what_is_shown(application, incident_id, terms)
    if problem:
        raise problem


def _take_in_what_is_shown(
    application: Application, incident_id: IncidentId, terms: RunTerms
) -> IncidentRolesError | None:
    """Take in what Datadog shows and the guard lets through; returns what is in the way."""
    for _ in range(_TRIES):
        [seen] = look_at(
            [incident_id], target=application.target, record=application.record, terms=terms
        )
        if isinstance(seen, IncidentResult):
            return _why_unread(incident_id, seen)
        try:
            take_in(
                seen,
                target=application.target,
                record=application.record,
                at=application.clock(),
            )
        except RecordChanged:
            # A sync was quicker, and has changed what the plan was made from.
            continue
        return None
    return None


def _why_unread(incident_id: IncidentId, result: IncidentResult) -> IncidentRolesError:
    error = result.failures[0].error
    if isinstance(error, NotFound):
        raise UnknownIncident(incident_id) from error
    if isinstance(error, Unauthorized) or not isinstance(error, DatadogError):
        raise error
    return error


def _record(
    application: Application,
    incident_id: IncidentId,
    decide: Callable[[IncidentState], Decision[Change]],
) -> tuple[Change, frozenset[Subject]]:
    """Commit the change to what the record holds at that moment; somebody else may be quicker.

    Returns what the command takes away besides the change.
    """
    for attempt in range(_TRIES):
        state = application.record.state(incident_id, application.target.name)
        decision = decide(state)
        decided = decision.change, asked_for(state, decision.edits)
        if not decision.edits:
            return decided
        try:
            application.record.commit(
                incident_id,
                application.target.name,
                decision.edits,
                expected_version=state.version,
            )
        except RecordChanged:
            if attempt == _TRIES - 1:
                raise
            continue
        return decided
    raise AssertionError("the loop returns or raises")
