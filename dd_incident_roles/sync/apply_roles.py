"""What is noted in the record before and after a write of a role."""

from __future__ import annotations

from datetime import datetime

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.changes import (
    Confirmed,
    EnsureResponder,
    GiveRole,
    Handover,
    RoleChange,
    TakeRole,
)
from dd_incident_roles.sync.former import note_former
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.plan_presence import RESPONDER
from dd_incident_roles.sync.state import (
    ClearIntents,
    DropLink,
    Edit,
    Intent,
    Link,
    PutIntent,
    PutLink,
)


def role_intent(write: RoleChange, now: datetime) -> Edit:
    """The note that a role is about to be written."""
    return PutIntent(intent=Intent(item=write.item, holder=_holder_after(write), since=now))


def role_learned(
    plan: Plan, write: RoleChange, outcome: Confirmed, now: datetime
) -> tuple[Edit, ...]:
    """The new base after a write that the target confirmed."""
    return (*_based(plan, write, outcome, now), ClearIntents(item=write.item))


def role_withdrawn(plan: Plan, write: RoleChange) -> tuple[Edit, ...]:
    """The item's intents as they were before: this attempt did not reach the target."""
    earlier = [intent for intent in plan.state.intents if intent.item == write.item]
    return (ClearIntents(item=write.item), *(PutIntent(intent=intent) for intent in earlier))


def _based(plan: Plan, write: RoleChange, outcome: Confirmed, now: datetime) -> tuple[Edit, ...]:
    if isinstance(write, TakeRole):
        return (DropLink(item=write.item), _former(plan, write.role, write.person, now))
    link = Link(
        item=write.item,
        holder=outcome.holder,
        via=_via(plan, write),
        remote_id=outcome.remote_id,
    )
    gone = sorted(write.before - {write.after}) if isinstance(write, Handover) else []
    role = write.role if isinstance(write, Handover) else None
    return (PutLink(link=link), *(_former(plan, role, person, now) for person in gone if role))


def _former(plan: Plan, role: RoleKey, person: PersonKey, now: datetime) -> Edit:
    return note_former(role, person, seen=plan.reading.incident.modified, now=now)


def _via(plan: Plan, write: RoleChange) -> str:
    match write:
        case EnsureResponder():
            return RESPONDER
        case GiveRole(role=role) | TakeRole(role=role) | Handover(role=role):
            return plan.reading.roles.via[role]


def _holder_after(write: RoleChange) -> PersonKey | None:
    match write:
        case EnsureResponder(person=person) | GiveRole(person=person):
            return person
        case Handover(after=after):
            return after
        case TakeRole():
            return None
