"""Incident types (recorded), and their property fields (a preview, never recorded)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StrictInt

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.world import DEFAULT_TYPE_ID, DatadogActs, Row, World

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
class IncidentType(Row):
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
    return world.incident_types.put(IncidentType(**world.stamp(by, type_id), name=name))


def fields_of(world: World, incident_type_id: str) -> list[FieldDefinition]:
    """Lists the property fields of one incident type."""
    return world.field_definitions.where(lambda row: row.incident_type_id == incident_type_id)


def shown(row: FieldDefinition) -> api.Json:
    """Renders a property field's definition (client model; not recorded)."""
    nothing = ("category", "collected", "valid_values", "default_value", "ordinal", "tag_key")
    attributes: api.Json = {
        **api.picked(row, "name", "display_name", "type", "reserved"),
        "required": False,
        **api.dates(row, api.newer),
        **dict.fromkeys((*nothing, "metadata", "deleted")),
    }
    links = {
        "incident_type": api.reference("incident_types", row.incident_type_id),
        **api.authors(row),
    }
    return api.resource(KIND, row.id, attributes, links)


def shown_type(row: IncidentType) -> api.Json:
    """Renders an incident type, with times in names of their own (recording)."""
    attributes: api.Json = {
        "createdAt": api.newer(row.created),
        "createdBy": row.created_by,
        "description": "",
        "is_default": row.id == DEFAULT_TYPE_ID,
        "lastModifiedBy": row.last_modified_by,
        "modifiedAt": api.newer(row.modified),
        "name": row.name,
        "prefix": "IR",
    }
    others = ("google_chat", "google_meet", "microsoft_teams", "zoom")
    links = {
        **api.authors(row),
        **{f"{name}_configuration": api.reference("", None) for name in others},
    }
    return api.resource("incident_types", row.id, attributes, links)


def list_types(call: api.Call) -> api.Answer:
    """Lists the incident types; the list is not recorded, what is in it is."""
    return call.answer([shown_type(row) for row in call.world.incident_types])


def list_fields(call: api.Call) -> api.Answer:
    """Lists property fields by page, of one incident type or of all."""
    window = call.numbered(default=1000, most=1000)
    wanted = call.query.get("filter[incident-type]")
    rows = [row for row in call.world.field_definitions if wanted in (None, row.incident_type_id)]
    page = rows[window]
    meta = {"offset": window.start, "size": len(page)}
    return call.answer([shown(row) for row in page], {"meta": meta})


class NewField(api.Attributes):
    """What defines a property field (client model)."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.]*$")]
    type: Annotated[StrictInt, Field(ge=1, le=8)]
    display_name: str = ""


def create_field(call: api.Call) -> api.Answer:
    """Defines a property field in one incident type (client model; not recorded)."""
    body = call.body(KIND, NewField)
    type_id, wanted = body.related("incident_type"), body.attributes
    if type_id is None or call.world.incident_types.get(type_id) is None:
        raise api.Refusal(400, "incident type doesn't exist")
    if any(row.name == wanted.name for row in fields_of(call.world, type_id)):
        # A name is how an incident tells its fields apart, so that a second one cannot be.
        raise api.Refusal(400, f"field {wanted.name} already exists")
    row = FieldDefinition(
        **call.world.stamp(call.caller),
        name=wanted.name,
        display_name=wanted.display_name or wanted.name,
        type=wanted.type,
        incident_type_id=type_id,
    )
    return call.answer(shown(call.world.field_definitions.put(row)), status=201)


def delete_field(call: api.Call) -> api.Answer:
    """Deletes a property field; what incidents hold in it is kept (unverified)."""
    row = api.found(call.world.field_definitions.get(call.ids["field_id"]), "field not found")
    if row.reserved:
        raise api.Refusal(400, "a reserved field cannot be deleted")
    call.world.field_definitions.remove(row.id)
    return api.Answer(status=204)


ENDPOINTS = (
    *api.family(
        "/incidents/config/types",
        {"GET": list_types},
        read=api.Permission.INCIDENT_READ,
        switch=lambda switches: switches.incident_types,
    ),
    *api.family(
        "/incidents/config/user-defined-fields",
        {"GET": list_fields, "POST": create_field, "DELETE /{field_id}": delete_field},
        read=api.Permission.SETTINGS_READ,
        write=api.Permission.SETTINGS_WRITE,
        switch=lambda switches: switches.user_defined_fields,
    ),
)


class FieldActs(DatadogActs):
    """What administrators do with incident types and property fields."""

    def add_incident_type(self, name: str) -> str:
        """Adds an incident type, and returns its id."""
        type_id = str(uuid.uuid5(uuid.UUID(DEFAULT_TYPE_ID), name))
        return add_type(self.world, type_id, name, by=self.world.caller).id

    def define_field(
        self, name: str, type_name: str = "textarray", *, incident_type: str = DEFAULT_TYPE_ID
    ) -> None:
        """Defines a property field; ``type_name`` is as in an incident's fields."""
        numbers = {value: number for number, value in FIELD_TYPES.items()}
        self.world.field_definitions.put(
            FieldDefinition(
                **self.world.stamp(self.world.caller),
                name=name,
                display_name=name,
                type=numbers[type_name],
                incident_type_id=incident_type,
            )
        )
