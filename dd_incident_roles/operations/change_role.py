"""Giving a role and taking it: the record first, then Datadog for that one incident."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from dd_incident_roles.errors import (
    DatadogError,
    IncidentRolesError,
    NotFound,
    RecordChanged,
    RecordLocked,
    Unauthorized,
    UnknownIncident,
)
from dd_incident_roles.model import Assignment, IncidentId, Person, PersonKey
from dd_incident_roles.operations.application import Application
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.store.lock import RunLock
from dd_incident_roles.sync.apply import take_in
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.result import IncidentResult, SyncResult
from dd_incident_roles.sync.run import look_at, run
from dd_incident_roles.sync.state import SettleConflict

LOCK_WAIT_SECONDS = 10.0
"""How long a command waits for a scheduled run that is working on the same record."""

_TRIES = 5

Decide = Callable[[Sequence[Assignment]], LedgerChange]
"""Decides what a command does to the record, given everything the record holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged:
    """What a command changed in the record, and what became of it in Datadog.

    ``sync`` is None where Datadog was not to be written, or could not be; ``problem`` is why not.
    ``unverified`` says that nobody could ask Datadog whether the person exists.
    """

    incident_id: IncidentId
    role: Role
    change: LedgerChange
    sync: SyncResult | None = None
    problem: IncidentRolesError | None = None
    unverified: bool = False
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def exit_code(self) -> int:
        """0 when everything that was asked for is done, 3 when the change waits in the record."""
        if self.problem:
            return 3
        return self.sync.exit_code if self.sync else 0


def change_role(
    application: Application,
    incident_id: IncidentId,
    role: Role,
    decide: Decide,
    *,
    sync: bool,
    removals: int = 0,
) -> RoleChanged:
    """Record a change and carry it to Datadog.

    What Datadog shows is taken in first, so that the command is about the present and not about
    what was known a minute ago. Where Datadog cannot be reached the change is recorded all the
    same. ``removals`` is how many holders the command itself takes away on purpose.
    """
    problem = _take_in_what_is_shown(application, incident_id) if sync else None
    change = _record(application, incident_id, role, decide)
    changed = RoleChanged(incident_id=incident_id, role=role, change=change, problem=problem)
    if not sync or problem:
        return changed
    try:
        with RunLock(
            application.record.path,
            clock=application.clock,
            sleep=application.sleep,
            wait_seconds=LOCK_WAIT_SECONDS,
        ):
            result = run(
                [incident_id],
                target=application.target,
                record=application.record,
                terms=application.run_terms(allow_deletes=removals or None),
            )
    except RecordLocked as locked:
        return replace(changed, problem=locked)
    return replace(changed, sync=result)


def _take_in_what_is_shown(
    application: Application, incident_id: IncidentId
) -> IncidentRolesError | None:
    [seen] = look_at(
        [incident_id],
        target=application.target,
        record=application.record,
        terms=application.run_terms(),
    )
    match seen:
        case Plan():
            take_in(
                seen, target=application.target, record=application.record, at=application.clock()
            )
            return None
        case IncidentResult(failures=failures):
            error = failures[0].error
            if isinstance(error, NotFound):
                raise UnknownIncident(incident_id) from error
            if isinstance(error, Unauthorized) or not isinstance(error, DatadogError):
                raise error
            return error


def _record(
    application: Application, incident_id: IncidentId, role: Role, decide: Decide
) -> LedgerChange:
    """Commit the change to what the record holds at that moment; somebody else may be quicker."""
    for attempt in range(_TRIES):
        state = application.record.state(incident_id, application.target.name)
        change = decide(state.assignments)
        settled = [
            SettleConflict(role=conflict.role)
            for conflict in state.conflicts
            if conflict.role == role.key
        ]
        if change.is_empty and not settled:
            return change
        try:
            application.record.commit(
                incident_id,
                application.target.name,
                [*change.edits, *settled],
                expected_version=state.version,
            )
        except RecordChanged:
            if attempt == _TRIES - 1:
                raise
            continue
        return change
    raise AssertionError("the loop returns or raises")
