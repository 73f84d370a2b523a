"""Taking removals out of a plan, so that what it knows of them stays as it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from dd_incident_roles.model import EntryKey, PersonKey, RoleKey
from dd_incident_roles.sync.changes import EnsureResponder, RoleChange
from dd_incident_roles.sync.effects import LocalEffect, Pulled
from dd_incident_roles.sync.entries.changes import CreateEntry, EntryChange, UpdateEntry
from dd_incident_roles.sync.entries.effects import EntryEffect
from dd_incident_roles.sync.entries.entry_plan import EntryPlan
from dd_incident_roles.sync.entries.state import (
    DropTombstone,
    EntryEdit,
    EntryState,
    PutEntry,
    PutEntryIntent,
    PutEntryLink,
    PutTombstone,
)
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.standing import RoleStanding, Standing
from dd_incident_roles.sync.state import (
    ClearIntents,
    Close,
    DropLink,
    Edit,
    IncidentState,
    Link,
    Membership,
    Open,
    Presence,
    PutConflict,
    PutLink,
    Seat,
    SettleConflict,
)

Subject = Seat | Membership | EntryKey
"""What is held back whole: a role, a person's share in one, or an entry."""


def hold_back(plan: Plan, subjects: Collection[Subject], writes: Collection[EntryChange]) -> Plan:
    """The plan without everything about some subjects, and without some single writes.

    The order of what remains is the same; links, intents, conflicts and tombstones of the subjects
    stay as they are in the record, so that the next plan comes to the same again.
    """
    missed = [each for each in plan.effects if _is_missed(each, subjects)]
    return replace(
        plan,
        edits=tuple(each for each in plan.edits if not _is_about(each, subjects, plan.state)),
        effects=tuple(each for each in plan.effects if each not in missed),
        writes=tuple(each for each in plan.writes if not _is_of(each, subjects)),
        standings=tuple(_waiting(each, subjects, missed) for each in plan.standings),
        timeline=_entries(plan.timeline, plan.state.timeline, subjects, writes),
    )


def _is_missed(effect: LocalEffect, subjects: Collection[Subject]) -> bool:
    match effect:
        case Pulled(role=role, before=str() as before, after=None):
            return Seat(role) in subjects or Membership(role, PersonKey(before)) in subjects
        case _:
            return False


def _is_of(write: RoleChange, subjects: Collection[Subject]) -> bool:
    return not isinstance(write, EnsureResponder) and write.item in subjects


def _waiting(
    standing: RoleStanding, subjects: Collection[Subject], missed: Collection[LocalEffect]
) -> RoleStanding:
    """A role of which something is held back is pending, and who was missed is doubted."""
    roles = {each.role for each in subjects if isinstance(each, Seat | Membership)}
    if standing.role not in roles:
        return standing
    doubted = {
        each.before
        for each in missed
        if isinstance(each, Pulled) and each.role == standing.role and each.before
    }
    return replace(standing, standing=Standing.PENDING, doubted=standing.doubted | doubted)


def _is_about(edit: Edit, subjects: Collection[Subject], state: IncidentState) -> bool:
    role, person = _role_of(edit, state)
    if role is None:
        return False
    return Seat(role) in subjects or (person is not None and Membership(role, person) in subjects)


def _role_of(edit: Edit, state: IncidentState) -> tuple[RoleKey | None, PersonKey | None]:
    """The role, and where there is one the person, that an edit is about."""
    match edit:
        case Open(assignment=row):
            return row.role, row.person
        case Close(assignment_id=name):
            [row] = [each for each in state.assignments if each.id == name]
            return row.role, row.person
        case PutConflict(conflict=conflict):
            return conflict.role, None
        case SettleConflict(role=role):
            return role, None
        case PutLink(link=Link(item=item)) | DropLink(item=item) | ClearIntents(item=item):
            match item:
                case Presence():
                    return None, None
                case Seat(role=role):
                    return role, None
                case _:
                    return item.role, item.person
        case _:
            return None, None


def _entries(
    plan: EntryPlan,
    state: EntryState,
    subjects: Collection[Subject],
    writes: Collection[EntryChange],
) -> EntryPlan:
    return replace(
        plan,
        edits=tuple(each for each in plan.edits if _entry_of(each, state) not in subjects),
        effects=tuple(
            each
            for each in plan.effects
            if not (isinstance(each, EntryEffect) and each.entry.key in subjects)
        ),
        writes=tuple(
            each
            for each in plan.writes
            if each not in writes and _entry_written(each) not in subjects
        ),
    )


def _entry_of(edit: EntryEdit, state: EntryState) -> EntryKey | None:
    """The key of the entry that an edit is about; a tombstone knows only the target's id."""
    match edit:
        case PutEntry(entry=entry):
            return entry.key
        case PutEntryLink(link=link):
            return link.key
        case PutEntryIntent(intent=intent):
            return intent.key
        case PutTombstone(tombstone=tombstone):
            return next(
                (each.key for each in state.links if each.remote_id == tombstone.remote_id), None
            )
        case DropTombstone():
            return None
        case _:
            return edit.key


def _entry_written(write: EntryChange) -> EntryKey:
    return write.entry.key if isinstance(write, CreateEntry | UpdateEntry) else write.key
