"""Undoing a handoff that Datadog did not follow, so that it was made nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.assign import RoleChanged
from dd_incident_roles.commands.record_then_sync import Decision, record_then_sync
from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.model import Assignment, Entry, PersonKey, Source
from dd_incident_roles.roles.ledger import instant_of_change
from dd_incident_roles.sync.changes import GiveRole, Handover
from dd_incident_roles.sync.entries.state import ArchiveEntry, EntryState, PutEntry
from dd_incident_roles.sync.handoff import Handoff, Propose
from dd_incident_roles.sync.past import Correct, Correction
from dd_incident_roles.sync.result import IncidentResult
from dd_incident_roles.sync.standing import Standing
from dd_incident_roles.sync.state import (
    Close,
    Edit,
    IncidentState,
    Membership,
    Open,
    Seat,
    SettleConflict,
)
from dd_incident_roles.timeline.role_entries import entry_key

_REASON = "the handoff was not made in Datadog"


def was_refused(application: Application, changed: RoleChanged) -> bool:
    """Whether Datadog surely did not take over what the record now says of the role.

    Where the answer about it was lost nobody knows, and the next sync finds out.
    """
    result, begun = _result(changed), changed.change.begun
    if result is None or begun is None:
        return False
    written = any(
        isinstance(write, Handover | GiveRole) and write.role == begun.role
        for write in result.writes
    )
    # Where nothing could be read again, nothing was written either.
    waits = not result.standings or any(
        each.role == begun.role and each.standing is Standing.PENDING for each in result.standings
    )
    return (
        bool(result.failures)
        and waits
        and not written
        and not _may_have_landed(application, changed, begun)
    )


def _may_have_landed(application: Application, changed: RoleChanged, begun: Assignment) -> bool:
    """Whether a write of the role was begun of which nobody knows what became."""
    items = (Seat(begun.role), Membership(begun.role, begun.person))
    state = application.record.state(changed.carried.incident_id, application.target.name)
    return any(each.item in items and each.holder == begun.person for each in state.intents)


def was_overtaken(_application: Application, changed: RoleChanged) -> bool:
    """Whether somebody chose another holder in Datadog at the same moment, who stands."""
    result, begun = _result(changed), changed.change.begun
    if result is None or begun is None:
        return False
    return any(
        each.role == changed.role.key and each.wanted == begun.person for each in result.conflicts
    )


def take_back(application: Application, changed: RoleChanged) -> None:
    """Let the role be with whoever held it, as if it had never left them.

    The intervals stay as they were recorded; a correction says what really held, the entry that
    told of the handoff goes to the archive, and proposals that ended with it are open again.
    """

    def decision(state: IncidentState) -> Decision[None]:
        edits = tuple(_edits(application, changed, state))
        return Decision(change=None, edits=edits)

    incident_id = changed.carried.incident_id
    record_then_sync(application, incident_id, decision, sync=False)
    # The record is right already; what cannot be carried now is carried by the next sync.
    with suppress(IncidentRolesError):
        record_then_sync(application, incident_id, _nothing_more, sync=True)


def _nothing_more(_state: IncidentState) -> Decision[None]:
    return Decision(change=None, edits=())


def _result(changed: RoleChanged) -> IncidentResult | None:
    results = changed.carried.sync.incidents if changed.carried.sync else ()
    return next(iter(results), None)


def _edits(application: Application, changed: RoleChanged, state: IncidentState) -> Iterator[Edit]:
    begun = changed.change.begun
    if begun is None:
        return
    role = changed.role.key
    at = instant_of_change(state.assignments, role, application.clock())
    [row] = [each for each in state.assignments if each.id == begun.id]
    if row.is_open:
        yield Close(
            assignment_id=begun.id, until=at, ended_by=application.actor, ended_source=Source.CLI
        )
        for ended in changed.change.ended:
            yield Open(assignment=_again(ended, application, at))
    until = row.until or at
    if until > begun.since:
        really = {begun.stream: None, **{each.stream: each.person for each in changed.change.ended}}
        for stream, person in really.items():
            yield Correct(correction=_correction(stream, person, application, begun, until))
    yield from _untold(state.timeline, begun, at)
    if any(conflict.role == role for conflict in state.conflicts):
        yield SettleConflict(role=role)
    if row.is_open:
        for handoff in changed.answered:
            if not _is_asked(state, handoff):
                yield Propose(handoff=replace(handoff, id=application.new_id()))


def _again(row: Assignment, application: Application, at: datetime) -> Assignment:
    return replace(
        row, id=application.new_id(), since=at, until=None, ended_by=None, ended_source=None
    )


def _correction(
    stream: str | None,
    person: PersonKey | None,
    application: Application,
    begun: Assignment,
    until: datetime,
) -> Correction:
    return Correction(
        id=application.new_id(),
        role=begun.role,
        stream=stream,
        person=person,
        since=begun.since,
        until=until,
        reason=_REASON,
        set_by=application.actor,
        recorded=application.clock(),
    )


def _untold(timeline: EntryState, begun: Assignment, at: datetime) -> Iterator[Edit]:
    """What was never sent is gone at once; what may be in Datadog is deleted there first."""
    entry = next((each for each in timeline.entries if each.key == entry_key(begun)), None)
    if entry is None:
        return
    yield (
        ArchiveEntry(key=entry.key, at=at)
        if _is_only_here(timeline, entry)
        else PutEntry(entry=replace(entry, deleted_at=at))
    )


def _is_only_here(timeline: EntryState, entry: Entry) -> bool:
    known = {each.key for each in timeline.links} | {each.key for each in timeline.intents}
    return entry.key not in known


def _is_asked(state: IncidentState, handoff: Handoff) -> bool:
    """Whether somebody is asked to take over the same role again already."""
    return any(
        each.is_open and (each.role, each.stream) == (handoff.role, handoff.stream)
        for each in state.handoffs
    )
