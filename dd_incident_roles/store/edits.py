"""Carrying out the edits of one commit, inside its transaction."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.assignments import begin, end
from dd_incident_roles.store.conflicts import put_conflict, settle_conflict
from dd_incident_roles.store.intents import clear_intents, put_intent
from dd_incident_roles.store.links import drop_link, put_link
from dd_incident_roles.sync.state import (
    ClearIntents,
    Close,
    DropLink,
    Edit,
    Open,
    PutConflict,
    PutIntent,
    PutLink,
    SettleConflict,
)


def carry_out(
    connection: Connection, incident_id: IncidentId, target: str, edit: Edit, *, at: datetime
) -> bool:
    """Make one edit, and say whether it changed the assignments.

    Raises RecordChanged for an edit that does not fit what the record holds.
    """
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
    return isinstance(edit, Open | Close)
