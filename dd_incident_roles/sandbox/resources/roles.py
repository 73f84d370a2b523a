"""Roles that an organisation defines, those that Datadog brings, and who is given them.

Assignments are real, but were never released (unverified throughout).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StrictBool

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.resources.timeline import note_role
from dd_incident_roles.sandbox.resources.users import Responder, UserActs, join, responder_of
from dd_incident_roles.sandbox.world import DEFAULT_TYPE_ID, NAMESPACE, Moves, Row, World

if TYPE_CHECKING:
    from dd_incident_roles.sandbox.resources.incidents import Incident

COMMANDER = "Incident Commander"
RESPONDER = "Responder"
USER_DEFINED = "incident_user_defined_roles"
RESERVED = "incident_reserved_roles"
ASSIGNMENTS = "incident_role_assignments"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDefinition(Row):
    """A role that responders can be given: user-defined in one incident type, or reserved."""

    name: str
    is_single: bool
    description: str | None = None
    incident_type_id: str | None = None

    @property
    def reserved(self) -> bool:
        """Whether Datadog brings the role with it."""
        return self.incident_type_id is None

    @property
    def is_commander(self) -> bool:
        """Whether it is the reserved role of the Incident Commander."""
        return self.reserved and self.name == COMMANDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(Row):
    """A role given to a responder."""

    incident_id: str
    responder_id: str
    role_id: str


def add_reserved_roles(world: World) -> None:
    """Adds the roles that Datadog brings, with the same ids in every sandbox."""
    for name, is_single in ((COMMANDER, True), (RESPONDER, False)):
        stamp = world.stamp(world.caller, str(uuid.uuid5(NAMESPACE, f"reserved role {name}")))
        world.role_definitions.put(RoleDefinition(**stamp, name=name, is_single=is_single))


def holdings(world: World, incident_id: str, role: RoleDefinition) -> list[Assignment]:
    """Lists to whom the role is given in one incident."""
    held = world.assignments.of("incident_id", incident_id)
    return [row for row in held if row.role_id == role.id]


def appoint_commander(world: World, incident: Incident, user_id: str | None, *, by: str) -> None:
    """Makes the user commander, or nobody; a commander becomes a responder (recording)."""
    if user_id is not None:
        join(world, incident.id, user_id, by=by)
    world.incidents.put(replace(incident, commander=user_id))
    note_role(world, incident.id, COMMANDER, before=incident.commander, after=user_id)
    if world.switches.commander_is_assignment:
        mirror_commander(world, incident.id, user_id, by=by)


def mirror_commander(world: World, incident_id: str, user_id: str | None, *, by: str) -> None:
    """Makes the commander the one holder of the reserved role, if they respond (inferred)."""
    role = world.role_definitions.first(lambda row: row.is_commander, COMMANDER)
    part = responder_of(world, incident_id, user_id)
    held = holdings(world, incident_id, role)
    for row in held:
        if part is None or row.responder_id != part.id:
            world.assignments.remove(row.id)
    if part is not None and all(row.responder_id != part.id for row in held):
        _put_assignment(world, part, role, by=by)


def assign(world: World, part: Responder, role: RoleDefinition, *, by: str) -> Assignment:
    """Gives a role to a responder; raises a 409 where it is taken or given already (unverified)."""
    if role.reserved:
        # Who commands is written on the incident.
        raise api.Refusal(400, "reserved role cannot be assigned")
    held = holdings(world, part.incident_id, role)
    # A second time is said to be one, even where only one can hold it.
    if any(row.responder_id == part.id for row in held):
        raise api.Refusal(409, "role assignment already exists")
    if held and role.is_single:
        raise api.Refusal(409, "role can only be held by one responder")
    note_role(world, part.incident_id, role.name, before=None, after=part.user_id)
    return _put_assignment(world, part, role, by=by)


def unassign(world: World, held: Assignment) -> None:
    """Takes a role from a responder, but for a reserved one."""
    role, part = world.role_definitions.get(held.role_id), world.responders.get(held.responder_id)
    if role is not None and role.reserved:
        raise api.Refusal(400, "reserved role cannot be assigned")
    if role is not None:
        leaving = None if part is None else part.user_id
        note_role(world, held.incident_id, role.name, before=leaving, after=None)
    world.assignments.remove(held.id)


def _put_assignment(world: World, part: Responder, role: RoleDefinition, *, by: str) -> Assignment:
    return world.assignments.put(
        Assignment(
            **world.stamp(by), incident_id=part.incident_id, responder_id=part.id, role_id=role.id
        )
    )


def shown_role(row: RoleDefinition) -> api.Json:
    """Renders a role that an organisation defined."""
    attributes: api.Json = {
        **api.picked(row, "name", "description"),
        "policy": {"is_single": row.is_single},
        **api.dates(row, api.newer),
    }
    links = {
        "incident_type": api.reference("incident_types", row.incident_type_id),
        **api.authors(row),
    }
    return api.resource(USER_DEFINED, row.id, attributes, links)


def shown_assignment(world: World, row: Assignment) -> api.Json:
    """Renders a role assignment as the unreleased specification describes it."""
    role = world.role_definitions.get(row.role_id)
    reserved = role is not None and role.reserved
    attributes: api.Json = {
        **api.dates(row, api.newer),
        "responder_type": "reserved" if reserved else "user_defined",
        "role": "commander" if role is not None and role.is_commander else None,
    }
    links = {
        "responder": api.reference("incident_responders", row.responder_id),
        **api.authors(row),
    }
    name, kind = ("reserved_role", RESERVED) if reserved else ("user_defined_role", USER_DEFINED)
    links[name] = api.reference(kind, row.role_id)
    return api.resource(ASSIGNMENTS, row.id, attributes, links)


def list_roles(call: api.Call) -> api.Answer:
    """Lists the user-defined roles, of one incident type or of all; there is no paging."""
    wanted = call.query.get("filter[incident-type]")
    rows = call.world.role_definitions.where(
        lambda row: not row.reserved and wanted in (None, row.incident_type_id)
    )
    return call.answer([shown_role(row) for row in rows])


class Policy(api.Attributes):
    """How many may hold a role."""

    is_single: StrictBool = False


class NewRole(api.Attributes):
    """What defines a role, within Datadog's lengths (document)."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    description: Annotated[str, Field(max_length=1024)] | None = None
    policy: Policy = Policy()


def create_role(call: api.Call) -> api.Answer:
    """Defines a role in one incident type; reserved names are refused (document)."""
    body = call.body(USER_DEFINED, NewRole)
    type_id, wanted = body.related("incident_type"), body.attributes
    if type_id is None or call.world.incident_types.get(type_id) is None:
        raise api.Refusal(400, "incident type doesn't exist")
    # In any case, and with spaces around: they would look the same to people.
    if wanted.name.strip().lower() in {COMMANDER.lower(), RESPONDER.lower()}:
        raise api.Refusal(400, f"role name {wanted.name} is reserved")
    row = RoleDefinition(
        **call.world.stamp(call.caller),
        name=wanted.name,
        description=wanted.description,
        is_single=wanted.policy.is_single,
        incident_type_id=type_id,
    )
    return call.answer(shown_role(call.world.role_definitions.put(row)), status=201)


class EditedRole(api.Attributes):
    """What of a role can be changed; its incident type is not among it (document)."""

    name: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    description: Annotated[str, Field(max_length=1024)] | None = None
    policy: Policy | None = None


def patch_role(call: api.Call) -> api.Answer:
    """Changes what is sent of a role; a description of null clears it (document)."""
    row, sent = _own_role(call), call.body(USER_DEFINED, EditedRole).attributes
    if sent.name and sent.name.strip().lower() in {COMMANDER.lower(), RESPONDER.lower()}:
        raise api.Refusal(400, f"role name {sent.name} is reserved")
    named = "description" in sent.model_fields_set
    row = replace(
        row,
        name=sent.name or row.name,
        description=sent.description if named else row.description,
        is_single=sent.policy.is_single if sent.policy else row.is_single,
        modified=call.world.clock(),
        last_modified_by=call.caller,
    )
    return call.answer(shown_role(call.world.role_definitions.put(row)))


def delete_role(call: api.Call) -> api.Answer:
    """Deletes a role, and with it who holds it (unverified)."""
    row = _own_role(call)
    for held in call.world.assignments.of("role_id", row.id):
        call.world.assignments.remove(held.id)
    call.world.role_definitions.remove(row.id)
    return api.Answer(status=204)


def _own_role(call: api.Call) -> RoleDefinition:
    row = call.world.role_definitions.get(call.ids["role_id"])
    return api.found(None if row is None or row.reserved else row, "role not found")


def create_assignment(call: api.Call) -> api.Answer:
    """Gives a role to a responder; the incident is that of the responder."""
    body = call.body(ASSIGNMENTS, api.Attributes)
    part = api.found(call.world.responders.get(body.related("responder")), "responder not found")
    row = assign(call.world, part, _wanted_role(call, body, part), by=call.caller)
    call.world.touch(part.incident_id, by=call.caller, because=Moves.ROLES)
    return call.answer(shown_assignment(call.world, row), status=201)


def _wanted_role(call: api.Call, body: api.Body[api.Attributes], part: Responder) -> RoleDefinition:
    role = call.world.role_definitions.get(body.related("user_defined_role"))
    if role is None or role.reserved:
        raise api.Refusal(404, "role not found")
    incident = call.world.incidents.get(part.incident_id)
    of_type = None if incident is None else incident.incident_type_id
    if role.incident_type_id != of_type:
        raise api.Refusal(400, "role belongs to another incident type")
    return role


def get_assignment(call: api.Call) -> api.Answer:
    """Shows one role assignment."""
    return call.answer(shown_assignment(call.world, _assignment(call)))


def delete_assignment(call: api.Call) -> api.Answer:
    """Takes the role away."""
    row = _assignment(call)
    part = call.world.responders.get(row.responder_id)
    unassign(call.world, row)
    if part is not None:
        call.world.touch(part.incident_id, by=call.caller, because=Moves.ROLES)
    return api.Answer(status=204)


def _assignment(call: api.Call) -> Assignment:
    row = call.world.assignments.get(call.ids["assignment_id"])
    return api.found(row, "role assignment not found")


ENDPOINTS = (
    *api.family(
        "/incidents/role_assignments",
        {
            "POST": create_assignment,
            "GET /{assignment_id}": get_assignment,
            "DELETE /{assignment_id}": delete_assignment,
        },
        read=api.Permission.INCIDENT_READ,
        write=api.Permission.INCIDENT_WRITE,
        switch=lambda switches: switches.role_assignments,
    ),
    *api.family(
        "/incidents/config/user-defined-roles",
        {
            "GET": list_roles,
            "POST": create_role,
            "PATCH /{role_id}": patch_role,
            "DELETE /{role_id}": delete_role,
        },
        read=api.Permission.SETTINGS_READ,
        write=api.Permission.SETTINGS_WRITE,
        switch=lambda switches: switches.user_defined_roles,
    ),
)


class RoleActs(UserActs):
    """What people do with roles in Datadog's own pages."""

    def define_role(
        self, name: str, *, is_single: bool = False, incident_type: str = DEFAULT_TYPE_ID
    ) -> None:
        """Defines a role in the incident type with this id; one of this name is changed."""
        rows = self.world.role_definitions
        for row in rows:
            if (row.name, row.incident_type_id) == (name, incident_type):
                # In its place, because assignments go by the id.
                rows.put(replace(row, is_single=is_single, modified=self.world.clock()))
                return
        new = self.world.stamp(self.world.caller)
        rows.put(
            RoleDefinition(**new, name=name, is_single=is_single, incident_type_id=incident_type)
        )

    def commander(self, incident: int) -> str | None:
        """Finds the e-mail of the commander."""
        user = self.world.users.get(self.incident(incident).commander)
        return None if user is None else user.email

    def set_commander(self, incident: int, person: str | None = None) -> None:
        """Makes a person commander, or nobody."""
        row, by = self.incident(incident), self.world.caller
        user_id = None if person is None else self.person(person).id
        appoint_commander(self.world, row, user_id, by=by)
        self.world.touch(row.id, by=by, because=Moves.COMMANDER)

    def holders(self, incident: int, role: str) -> list[str]:
        """Lists the holders of the role, by e-mail; outsiders by their id elsewhere."""
        held = holdings(self.world, self.incident(incident).id, self._role(incident, role))
        return self.names_of(self.world.responders.get(each.responder_id) for each in held)

    def give_role(self, incident: int, role: str, person: str) -> None:
        """Assigns a role, adding the person to the responders first."""
        row, user_id = self.incident(incident), self.person(person).id
        part = join(self.world, row.id, user_id, by=user_id)
        assign(self.world, part, self._role(incident, role), by=user_id)
        self.world.touch(row.id, by=user_id, because=Moves.ROLES)

    def take_role(self, incident: int, role: str, person: str) -> None:
        """Takes a role from its holder; raises KeyError if the person does not hold it."""
        row, user_id = self.incident(incident), self.person(person).id
        part = responder_of(self.world, row.id, user_id)
        for held in holdings(self.world, row.id, self._role(incident, role)):
            if part is not None and held.responder_id == part.id:
                unassign(self.world, held)
                self.world.touch(row.id, by=user_id, because=Moves.ROLES)
                return
        raise KeyError(f"{person} does not hold {role}")

    def add_outsider(self, incident: int, person: str, *, role: str | None = None) -> None:
        """Adds a person who responds from a chat without an account, with a role if one is named.

        That such a responder can be given a role is a guess (unverified).
        """
        row, by = self.incident(incident), self.world.caller
        part = self.world.responders.put(
            Responder(
                **self.world.stamp(by),
                incident_id=row.id,
                user_id=None,
                external_id=person,
                external_source="slack",
            )
        )
        if role is not None:
            assign(self.world, part, self._role(incident, role), by=by)
        self.world.touch(row.id, by=by, because=Moves.RESPONDERS)

    def _role(self, incident: int, name: str) -> RoleDefinition:
        # None is the type of the reserved ones.
        types = (None, self.incident(incident).incident_type_id)
        return self.world.role_definitions.first(
            lambda row: row.name.lower() == name.lower() and row.incident_type_id in types, name
        )
