"""Taking removals out of a plan, so that what it knows of them stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import replace

from dd_incident_roles.model import EntryKey, PersonKey, RoleKey
from dd_incident_roles.roles.ledger import Close, Open
from dd_incident_roles.sync.changes import EnsureResponder, RoleChange
from dd_incident_roles.sync.effects import LocalEffect, Pulled
from dd_incident_roles.sync.entries.changes import CreateEntry, EntryChange, UpdateEntry
from dd_incident_roles.sync.entries.effects import EntryEffect
from dd_incident_roles.sync.entries.entry_plan import EntryPlan
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.standing import RoleStanding, Standing
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Conflict,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    IncidentState,
    Key,
    Membership,
    Put,
    PutEntry,
    Row,
    Seat,
    Tombstone,
    key_of,
)

Subject = Seat | Membership | EntryKey
"""What is held back whole: a role, a person's share in one, or an entry."""


def hold_back(plan: Plan, subjects: Set[Subject], writes: Collection[EntryChange]) -> Plan:
    """The plan without everything about some subjects, and without some single writes.

    The order of what remains is the same; links, intents, conflicts and tombstones of the subjects
    stay as they are in the record, so that the next plan comes to the same again.
    """
    missed = [each for each in plan.effects if _is_missed(each, subjects)]
    return replace(
        plan,
        edits=tuple(each for each in plan.edits if subjects.isdisjoint(_about(each, plan.state))),
        effects=tuple(each for each in plan.effects if each not in missed),
        writes=tuple(each for each in plan.writes if not _is_of(each, subjects)),
        standings=tuple(_waiting(each, subjects, missed) for each in plan.standings),
        timeline=_entries(plan.timeline, plan.state, subjects, writes),
    )


def _is_missed(effect: LocalEffect, subjects: Set[Subject]) -> bool:
    match effect:
        case Pulled(role=role, before=str() as before, after=None):
            return Seat(role) in subjects or Membership(role, PersonKey(before)) in subjects
        case _:
            return False


def _is_of(write: RoleChange, subjects: Set[Subject]) -> bool:
    return not isinstance(write, EnsureResponder) and write.item in subjects


def _waiting(
    standing: RoleStanding, subjects: Set[Subject], missed: Collection[LocalEffect]
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


def _about(edit: Edit, state: IncidentState) -> frozenset[Subject]:
    """The subjects with each of which an edit is held back."""
    match edit:
        case Open(assignment=row):
            return frozenset({Seat(row.role), Membership(row.role, row.person)})
        case Close(assignment_id=name):
            rows = [row for row in state.assignments if row.id == name]
            return frozenset(
                each for row in rows for each in (Seat(row.role), Membership(row.role, row.person))
            )
        case PutEntry(entry=entry):
            return frozenset({entry.key})
        case ArchiveEntry(key=key):
            return frozenset({key})
        case Put(Tombstone(remote_id=remote_id)):
            # A tombstone knows only the target's id; the link that goes with it knows the entry.
            links = state.timeline.links
            return frozenset(each.key for each in links if each.remote_id == remote_id)
        case Put(row):
            return _of_row(type(row), key_of(row))
        case Drop(kind, about):
            return _of_row(kind, about)
        case _:
            return frozenset()


def _of_row(kind: type[Row], about: Key) -> frozenset[Subject]:
    match about:
        case Seat():
            return frozenset({about})
        case Membership(role):
            return frozenset({Seat(role), about})
        case str() if kind is Conflict:
            return frozenset({Seat(RoleKey(about))})
        case str() if kind in {EntryLink, EntryIntent}:
            return frozenset({EntryKey(about)})
        case _:
            return frozenset()


def _entries(
    plan: EntryPlan,
    state: IncidentState,
    subjects: Set[Subject],
    writes: Collection[EntryChange],
) -> EntryPlan:
    return replace(
        plan,
        edits=tuple(each for each in plan.edits if subjects.isdisjoint(_about(each, state))),
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


def _entry_written(write: EntryChange) -> EntryKey:
    return write.entry.key if isinstance(write, CreateEntry | UpdateEntry) else write.key
