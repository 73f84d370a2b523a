"""Incident types and their property fields; released as a preview, never recorded."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.world import DEFAULT_TYPE_ID, Acts, Identified, Row, World

KIND = "user_defined_field"
FIELD_TYPES = {
    1: "dropdown",
    2: "multiselect",
    3: "textbox",
    4: "textarray",
    5: "metrictag",
    6: "autocomplete",
    7: "number",
    8: "datetime",
}
LIST_TYPES = frozenset({"multiselect", "textarray", "metrictag", "autocomplete"})
BUILT_IN_FIELDS: tuple[tuple[str, int, object], ...] = (
    ("teams", 6, None),
    ("severity", 1, "UNKNOWN"),
    ("state", 1, "active"),
    ("detection_method", 1, "unknown"),
    ("root_cause", 3, None),
    ("summary", 3, None),
    ("services", 6, None),
    ("slug", 3, None),
)
"""Name, type and first value of the fields that every incident has (recording)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentType(Identified):
    """A type of incident; fields and user-defined roles belong to one."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition(Row):
    """A property field that incidents of one type have."""

    name: str
    type: int
    incident_type_id: str
    display_name: str = ""
    reserved: bool = False

    @property
    def type_name(self) -> str:
        """The name of the type in an incident's fields."""
        return FIELD_TYPES[self.type]

    def fits(self, value: object) -> bool:
        """Whether an incident can have this value in the field (unverified)."""
        if value is None:
            return True
        if self.type_name in LIST_TYPES:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        if self.type_name == "number":
            # A truth value is an int to Python, and no number here.
            return isinstance(value, int | float) and not isinstance(value, bool)
        return isinstance(value, str)


def add_type(world: World, type_id: str, name: str, *, by: str) -> IncidentType:
    """Adds an incident type together with the fields that every type has."""
    for field_name, type_number, _ in BUILT_IN_FIELDS:
        # One id for each type and name, the same in every sandbox.
        field_id = str(uuid.uuid5(uuid.UUID(type_id), field_name))
        world.field_definitions.put(
            FieldDefinition(
                **world.stamp(by, field_id),
                name=field_name,
                display_name=field_name.replace("_", " ").title(),
                type=type_number,
                incident_type_id=type_id,
                reserved=True,
            )
        )
    return world.incident_types.put(IncidentType(id=type_id, name=name))


def fields_of(world: World, incident_type_id: str) -> list[FieldDefinition]:
    """Lists the property fields of one incident type."""
    return world.field_definitions.where(lambda row: row.incident_type_id == incident_type_id)


def shown(row: FieldDefinition) -> api.Json:
    """Renders a property field's definition (client model; not recorded)."""
    nothing = ("category", "collected", "valid_values", "default_value", "ordinal", "tag_key")
    attributes: api.Json = {
        **api.picked(row, "name", "display_name", "type", "reserved"),
        "required": False,
        "created": api.newer(row.created),
        "modified": api.newer(row.modified),
        **dict.fromkeys((*nothing, "metadata", "deleted")),
    }
    links = {
        "incident_type": api.reference("incident_types", row.incident_type_id),
        **api.authors(row),
    }
    return api.resource(KIND, row.id, attributes, links)


def list_fields(call: api.Call) -> api.Answer:
    """Lists property fields by page, of one incident type or of all."""
    size = call.number("page[size]", default=1000, most=1000)
    start = call.number("page[number]", default=0) * size
    wanted = call.query.get("filter[incident-type]")
    rows = [row for row in call.world.field_definitions if wanted in (None, row.incident_type_id)]
    page = rows[start : start + size]
    return call.answer([shown(row) for row in page], {"meta": {"offset": start, "size": len(page)}})


ENDPOINTS = api.family(
    "/incidents/config/user-defined-fields",
    {"GET": list_fields},
    read=api.Permission.SETTINGS_READ,
    switch=lambda switches: switches.user_defined_fields,
)


class FieldActs(Acts):
    """What administrators do with property fields."""

    def define_field(self, name: str, type_name: str = "textarray") -> None:
        """Defines a property field; ``type_name`` is as in an incident's fields."""
        numbers = {value: number for number, value in FIELD_TYPES.items()}
        with self.lock:
            self.world.field_definitions.put(
                FieldDefinition(
                    **self.world.stamp(self.world.caller),
                    name=name,
                    display_name=name,
                    type=numbers[type_name],
                    incident_type_id=DEFAULT_TYPE_ID,
                )
            )
