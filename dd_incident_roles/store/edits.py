"""Carrying out the edits of one commit, inside its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.assignments import begin, end
from dd_incident_roles.store.conflicts import put_conflict, settle_conflict
from dd_incident_roles.store.intents import clear_intents, put_intent
from dd_incident_roles.store.links import drop_link, put_link
from dd_incident_roles.store.timeline import change_timeline
from dd_incident_roles.sync.entries.state import EntryEdit
from dd_incident_roles.sync.state import (
    ClearIntents,
    Close,
    DropLink,
    Edit,
    Open,
    PutConflict,
    PutIntent,
    PutLink,
    RoleEdit,
    SettleConflict,
)


def carry_out(
    connection: Connection,
    incident_id: IncidentId,
    target: str,
    edits: Sequence[Edit],
    *,
    at: datetime,
) -> bool:
    """Make the edits in their order, and say whether any changed the assignments or the entries.

    Raises RecordChanged for an edit that does not fit what the record holds.
    """
    about_roles: list[RoleEdit] = []
    about_entries: list[EntryEdit] = []
    for edit in edits:
        if isinstance(edit, RoleEdit):
            about_roles.append(edit)
        else:
            about_entries.append(edit)
    for each in about_roles:
        _change_roles(connection, incident_id, target, each, at=at)
    moved = any(isinstance(each, Open | Close) for each in about_roles)
    return change_timeline(connection, incident_id, target, about_entries, at=at) or moved


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
        case _:
            assert_never(edit)
