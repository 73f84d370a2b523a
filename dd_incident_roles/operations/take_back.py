"""Undoing a handoff that Datadog refused, so that it was made nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dd_incident_roles.model import Assignment, Source
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.change_role import RoleChanged
from dd_incident_roles.operations.record_then_sync import Decision, record_then_sync
from dd_incident_roles.roles.ledger import instant_of_change
from dd_incident_roles.sync.changes import GiveRole, Handover
from dd_incident_roles.sync.entries.state import PutEntry
from dd_incident_roles.sync.past import Correct, Correction
from dd_incident_roles.sync.standing import Standing
from dd_incident_roles.sync.state import Close, Edit, IncidentState, Open
from dd_incident_roles.timeline.role_entries import entry_key

_REASON = "the handoff was refused by Datadog"


def was_refused(changed: RoleChanged) -> bool:
    """Whether Datadog surely did not take over what the record now says of the role.

    Where an answer was lost nobody knows, and the next sync finds out.
    """
    results = changed.carried.sync.incidents if changed.carried.sync else ()
    if changed.change.begun is None or not changed.change.ended:
        return False
    for result in results:
        written = any(
            isinstance(write, Handover | GiveRole) and write.role == changed.role.key
            for write in result.writes
        )
        pending = any(
            each.role == changed.role.key and each.standing is Standing.PENDING
            for each in result.standings
        )
        unsure = any(failure.ambiguous for failure in result.failures)
        if result.failures and pending and not written and not unsure:
            return True
    return False


def take_back(application: Application, changed: RoleChanged) -> None:
    """Give the role back to whoever held it, as if it had never left them.

    The intervals stay as they were recorded; a correction says what really held, and the entry that
    told of the handoff goes to the archive.
    """

    def decision(state: IncidentState) -> Decision[None]:
        return Decision(change=None, edits=_edits(application, changed, state))

    record_then_sync(application, changed.carried.incident_id, decision, sync=True)


def _edits(
    application: Application, changed: RoleChanged, state: IncidentState
) -> tuple[Edit, ...]:
    begun = changed.change.begun
    rows = {row.id: row for row in state.assignments}
    if begun is None or not rows[begun.id].is_open:
        return ()
    at = instant_of_change(state.assignments, changed.role.key, application.clock())
    edits: list[Edit] = [
        Close(
            assignment_id=begun.id,
            until=at,
            ended_by=application.actor,
            ended_source=Source.CLI,
        )
    ]
    for row in changed.change.ended:
        edits.append(Open(assignment=_again(row, application, at)))
        if at > begun.since:
            edits.append(Correct(correction=_correction(row, application, begun, at)))
    told = entry_key(begun)
    entry = next((each for each in state.timeline.entries if each.key == told), None)
    if entry:
        edits.append(PutEntry(entry=replace(entry, deleted_at=at)))
    return tuple(edits)


def _again(row: Assignment, application: Application, at: datetime) -> Assignment:
    return replace(
        row, id=application.new_id(), since=at, until=None, ended_by=None, ended_source=None
    )


def _correction(
    row: Assignment, application: Application, begun: Assignment, at: datetime
) -> Correction:
    return Correction(
        id=application.new_id(),
        role=row.role,
        stream=row.stream,
        person=row.person,
        since=begun.since,
        until=at,
        reason=_REASON,
        set_by=application.actor,
        recorded=application.clock(),
    )
