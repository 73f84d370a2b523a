"""Property fields: their definitions, and what an incident holds in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dd_incident_roles.datadog.wire.reader import (
    Object,
    document,
    flag,
    identifier,
    missing,
    object_at,
    related,
    required_objects,
    text,
    whole_number,
)
from dd_incident_roles.model import FieldValue

TEXT_ARRAY = 4
"""The type number of a field that holds a list of texts (released client; never recorded)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """A property field that incidents of one type have; ``type`` is Datadog's number for it."""

    id: str
    name: str
    display_name: str | None = None
    type: int | None = None
    incident_type: str | None = None
    deleted: bool = False


def parse_field_definitions(body: bytes) -> tuple[FieldDefinition, ...]:
    """Read one page of definitions; raises UnexpectedAnswer."""
    return tuple(_definition(item) for item in required_objects(document(body), "data"))


def parse_field_definition(body: bytes) -> FieldDefinition:
    """Read an answer that holds one definition; raises UnexpectedAnswer."""
    return _definition(object_at(document(body), "data"))


def field_values(attributes: Object) -> Mapping[str, FieldValue]:
    """What the fields of an incident hold, by name; a field that is there and empty holds None."""
    fields = object_at(attributes, "fields")
    return MappingProxyType({name: _value(content) for name, content in fields.items()})


def field_types(attributes: Object) -> Mapping[str, str]:
    """The type that each field of an incident is written with, such as ``textarray``."""
    fields = object_at(attributes, "fields")
    types = {name: text(object_at(fields, name), "type") for name in fields}
    return MappingProxyType({name: type_ for name, type_ in types.items() if type_})


def _value(content: object) -> FieldValue:
    value = content.get("value") if isinstance(content, Mapping) else content
    match value:
        case None | str() | bool() | int() | float():
            return value
        case list():
            return tuple(_as_text(item) for item in value if item is not None)
        case _:
            return _as_text(value)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _definition(resource: Object) -> FieldDefinition:
    attributes = object_at(resource, "attributes")
    field_id, name = identifier(resource), text(attributes, "name")
    if field_id is None or name is None:
        raise missing("the id or the name of a property field")
    return FieldDefinition(
        id=field_id,
        name=name,
        display_name=text(attributes, "display_name"),
        type=whole_number(attributes, "type"),
        incident_type=related(resource, "incident_type"),
        deleted=bool(flag(attributes, "deleted") or text(attributes, "deleted")),
    )
