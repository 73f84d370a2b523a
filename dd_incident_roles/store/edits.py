"""Carrying out the edits of one commit, inside its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.assignments import begin, end
from dd_incident_roles.store.conflicts import (
    drop_refused,
    put_conflict,
    put_refused,
    settle_conflict,
)
from dd_incident_roles.store.corrections import correct
from dd_incident_roles.store.devised_roles import devise
from dd_incident_roles.store.handoffs import decide, propose
from dd_incident_roles.store.intents import clear_intents, put_intent
from dd_incident_roles.store.links import drop_link, put_link
from dd_incident_roles.store.timeline import change_timeline
from dd_incident_roles.sync.devised import Devise
from dd_incident_roles.sync.entries.state import EntryEdit
from dd_incident_roles.sync.handoff import Decide, Propose
from dd_incident_roles.sync.past import Correct
from dd_incident_roles.sync.state import (
    ClearIntents,
    Close,
    DropLink,
    DropRefused,
    Edit,
    Moving,
    Open,
    PutConflict,
    PutIntent,
    PutLink,
    PutRefused,
    RoleEdit,
    SettleConflict,
    Statement,
)


def carry_out(
    connection: Connection,
    incident_id: IncidentId,
    target: str,
    edits: Sequence[Edit],
    *,
    at: datetime,
) -> bool:
    """Make the edits, and say whether any changed what people see.

    Edits of roles, of entries and statements each keep their order, and none of the three looks at
    another. Raises RecordChanged for an edit that does not fit what the record holds.
    """
    about_roles: list[RoleEdit] = []
    about_entries: list[EntryEdit] = []
    stated: list[Statement] = []
    for edit in edits:
        if isinstance(edit, RoleEdit):
            about_roles.append(edit)
        elif isinstance(edit, Statement):
            stated.append(edit)
        else:
            about_entries.append(edit)
    for each in about_roles:
        _change_roles(connection, incident_id, target, each, at=at)
    change_timeline(connection, incident_id, target, about_entries, at=at)
    for statement in stated:
        _state(connection, incident_id, statement)
    return any(isinstance(edit, Moving) for edit in edits)


def _change_roles(
    connection: Connection, incident_id: IncidentId, target: str, edit: RoleEdit, *, at: datetime
) -> None:
    match edit:
        case Open(assignment=assignment):
            begin(connection, incident_id, assignment, at=at)
        case Close():
            end(connection, incident_id, edit)
        case PutLink(link=link):
            put_link(connection, incident_id, target, link)
        case DropLink(item=item):
            drop_link(connection, incident_id, target, item)
        case PutIntent(intent=intent):
            put_intent(connection, incident_id, target, intent)
        case ClearIntents(item=item):
            clear_intents(connection, incident_id, target, item)
        case PutConflict(conflict=conflict):
            put_conflict(connection, incident_id, target, conflict)
        case SettleConflict(role=role):
            settle_conflict(connection, incident_id, target, role)
        case PutRefused(refused=refused):
            put_refused(connection, incident_id, target, refused)
        case DropRefused(about=about):
            drop_refused(connection, incident_id, target, about)
        case _:
            assert_never(edit)


def _state(connection: Connection, incident_id: IncidentId, statement: Statement) -> None:
    match statement:
        case Propose(handoff=handoff):
            propose(connection, incident_id, handoff)
        case Decide():
            decide(connection, incident_id, statement)
        case Correct(correction=correction):
            correct(connection, incident_id, correction)
        case Devise(role=role):
            devise(connection, incident_id, role)
        case _:
            assert_never(statement)
