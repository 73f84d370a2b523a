"""The acts that change who takes part in an incident and who holds what."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.sandbox.refusal import Backend, Refusal
from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.response_team import Assignment, Responder
from dd_incident_roles.sandbox.state.settings import RoleDefinition
from dd_incident_roles.sandbox.state.timeline import note_role
from dd_incident_roles.sandbox.state.world import World


def touch(world: World, incident: Incident, *, by: str) -> Incident:
    """Notes that the incident was changed just now, and by whom."""
    return world.incidents.put(replace(incident, modified=world.clock(), last_modified_by=by))


def join(
    world: World, incident_id: str, user_id: str, *, by: str, acted: bool = False
) -> Responder:
    """Makes the user a responder unless they are one; ``acted`` marks who changed the incident."""
    now = world.clock()
    part = world.responder_of(incident_id, user_id)
    if part is None:
        part = Responder(
            id=world.ids(),
            incident_id=incident_id,
            user_id=user_id,
            created=now,
            modified=now,
            created_by=by,
            last_modified_by=by,
        )
    if acted:
        part = replace(part, last_active=now)
    return world.responders.put(part)


def leave(world: World, part: Responder) -> None:
    """Removes a responder who neither holds a role nor has acted (document).

    That the others are refused with a 400 is unverified.
    """
    if any(row.responder_id == part.id for row in world.assignments):
        raise Refusal(400, "responder is assigned to a responder type", backend=Backend.NEWER)
    if part.has_acted:
        raise Refusal(400, "responder has already updated the incident", backend=Backend.NEWER)
    world.responders.remove(part.id)


def appoint_commander(world: World, incident_id: str, user_id: str | None, *, by: str) -> None:
    """Makes the user commander, or nobody; a commander becomes a responder (recording)."""
    incident = world.incidents.get(incident_id)
    if incident is None:
        return
    if user_id is not None:
        join(world, incident_id, user_id, by=by)
    world.incidents.put(replace(incident, commander=user_id))
    note_role(
        world, incident_id, world.commander_role.name, before=incident.commander, after=user_id
    )
    if world.behaviour.commander_is_assignment:
        mirror_commander(world, incident_id, user_id, by=by)


def assign(world: World, part: Responder, role: RoleDefinition, *, by: str) -> Assignment:
    """Gives a role to a responder; raises a 409 where it is taken or given already (unverified)."""
    for held in world.assignments_of(part.incident_id):
        if held.role_id != role.id:
            continue
        if held.responder_id == part.id:
            raise Refusal(409, "role assignment already exists", backend=Backend.NEWER)
        if role.is_single:
            raise Refusal(409, "role can only be held by one responder", backend=Backend.NEWER)
    if role.is_commander:
        return _assign_commander(world, part, role, by=by)
    note_role(world, part.incident_id, role.name, before=None, after=part.user_id)
    return _record(world, part, role, by=by)


def unassign(world: World, held: Assignment, *, by: str) -> None:
    """Takes a role from a responder; the reserved one of the commander unsets the commander."""
    role = world.role_definitions.get(held.role_id)
    if role is not None and role.is_commander:
        appoint_commander(world, held.incident_id, None, by=by)
    elif role is not None:
        part = world.responders.get(held.responder_id)
        leaving = None if part is None else part.user_id
        note_role(world, held.incident_id, role.name, before=leaving, after=None)
    world.assignments.remove(held.id)


def _assign_commander(
    world: World, part: Responder, role: RoleDefinition, *, by: str
) -> Assignment:
    if not world.behaviour.commander_is_assignment or part.user_id is None:
        raise Refusal(400, "reserved role cannot be assigned", backend=Backend.NEWER)
    appoint_commander(world, part.incident_id, part.user_id, by=by)
    return next(
        row
        for row in world.assignments_of(part.incident_id)
        if row.role_id == role.id and row.responder_id == part.id
    )


def mirror_commander(world: World, incident_id: str, user_id: str | None, *, by: str) -> None:
    """Makes the holder of the reserved role the commander, if they are a responder (inferred)."""
    role = world.commander_role
    part = world.responder_of(incident_id, user_id) if user_id is not None else None
    standing = False
    for held in world.assignments_of(incident_id):
        if held.role_id != role.id:
            continue
        if part is not None and held.responder_id == part.id:
            standing = True
        else:
            world.assignments.remove(held.id)
    if part is not None and not standing:
        _record(world, part, role, by=by)


def _record(world: World, part: Responder, role: RoleDefinition, *, by: str) -> Assignment:
    now = world.clock()
    return world.assignments.put(
        Assignment(
            id=world.ids(),
            incident_id=part.incident_id,
            responder_id=part.id,
            role_id=role.id,
            created=now,
            modified=now,
            created_by=by,
        )
    )
