"""The acts that declare an incident and edit what is written on it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dd_incident_roles.sandbox.refusal import Backend, Refusal
from dd_incident_roles.sandbox.state.incident import Incident, Property
from dd_incident_roles.sandbox.state.settings import (
    BUILT_IN_FIELDS,
    FIELD_TYPES,
    LIST_TYPES,
    FieldDefinition,
)
from dd_incident_roles.sandbox.state.staffing import appoint_commander
from dd_incident_roles.sandbox.state.world import World


def declare(
    world: World,
    *,
    title: str,
    by: str,
    incident_type_id: str | None = None,
    public_id: int | None = None,
    incident_id: str | None = None,
    customer_impacted: bool = False,
    customer_impact_scope: str | None = None,
    visibility: str = "organization",
    is_test: bool = False,
    commander: str | None = None,
) -> Incident:
    """Declares an incident; without a commander it has no responder, not even the caller.

    Raises a 400 where customers are impacted and no scope says how, and where the incident type
    does not exist.
    """
    if customer_impacted and not customer_impact_scope:
        raise Refusal(
            400,
            "Failed to create incident: description cannot be empty",
            backend=Backend.OLDER,
        )
    incident_type = (
        world.default_type
        if incident_type_id is None
        else world.incident_types.get(incident_type_id)
    )
    if incident_type is None:
        raise Refusal(400, "incident type doesn't exist", backend=Backend.OLDER)
    now = world.clock()
    number = world.next_public_id() if public_id is None else public_id
    properties = {
        name: Property(type=FIELD_TYPES[kind], value=value) for name, kind, value in BUILT_IN_FIELDS
    }
    properties["slug"] = Property(type="textbox", value=f"{incident_type.prefix}-{number}")
    incident = world.incidents.put(
        Incident(
            id=incident_id or world.ids(),
            public_id=number,
            title=title,
            incident_type_id=incident_type.id,
            created=now,
            modified=now,
            detected=now,
            declared=now,
            state_since=now,
            created_by=by,
            last_modified_by=by,
            declared_by=by,
            properties=MappingProxyType(properties),
            customer_impacted=customer_impacted,
            customer_impact_scope=customer_impact_scope,
            customer_impact_start=now if customer_impacted else None,
            visibility=visibility,
            is_test=is_test,
            commander=commander,
        )
    )
    if commander is not None:
        appoint_commander(world, incident.id, commander, by=by)
    return world.incidents.get(incident.id) or incident


def write_properties(world: World, incident: Incident, written: Mapping[str, object]) -> Incident:
    """Sets property fields as ``{name: {"type", "value"}}`` says; the type may be left out.

    Raises a 400 for a field that the incident's type does not define, and for a value or type
    that does not fit it (unverified).
    """
    definitions = {row.name: row for row in world.fields_of(incident.incident_type_id)}
    for name, content in written.items():
        definition = definitions.get(name)
        if definition is None:
            raise _refused(f"field '{name}' does not exist")
        if not isinstance(content, Mapping) or "value" not in content:
            raise _refused(f"field '{name}' has no value")
        if content.get("type", definition.type_name) != definition.type_name:
            raise _refused(f"field '{name}' is of type {definition.type_name}")
        value = content["value"]
        if not _fits(definition, value):
            raise _refused(f"value of field '{name}' is invalid")
        incident = incident.with_property(
            name, value, type_name=definition.type_name, now=world.clock()
        )
    return incident


def _fits(definition: FieldDefinition, value: object) -> bool:
    if value is None:
        return True
    if definition.type_name in LIST_TYPES:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if definition.type_name == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _refused(problem: str) -> Refusal:
    return Refusal(400, f"Failed to update incident: {problem}", backend=Backend.OLDER)
