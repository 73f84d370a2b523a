"""The definitions of property fields; released as a preview, never recorded."""

from __future__ import annotations

import re
from dataclasses import replace

from dd_incident_roles.sandbox.document import Document
from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.render.response_team import field_definition
from dd_incident_roles.sandbox.state.settings import FIELD_TYPES, FieldDefinition

KIND = "user_defined_field"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]*")


def list_fields(call: Call) -> Answer:
    """Lists property fields by page, of one incident type or of all."""
    size = call.number("page[size]", default=1000, most=1000)
    number = call.number("page[number]", default=0)
    wanted = call.query.get("filter[incident-type]")
    rows = [row for row in call.world.field_definitions if wanted in (None, row.incident_type_id)]
    page = rows[number * size : (number + 1) * size]
    return call.answer(
        {
            "data": [field_definition(row) for row in page],
            "meta": {"offset": number * size, "size": len(page)},
        }
    )


def get_field(call: Call) -> Answer:
    """Shows one property field."""
    return call.answer({"data": field_definition(_field(call))})


def create_field(call: Call) -> Answer:
    """Defines a property field in one incident type; the name must be free there (unverified)."""
    document = call.document(KIND)
    type_id = document.related("incident_type")
    if type_id is None or call.world.incident_types.get(type_id) is None:
        raise call.refusal(400, "incident type doesn't exist", title="Bad Request")
    name = document.required_text("name")
    if not _NAME.fullmatch(name):
        raise call.refusal(400, f"invalid field name {name}", title="Bad Request")
    if any(row.name == name for row in call.world.fields_of(type_id)):
        raise call.refusal(400, f"field {name} already exists", title="Bad Request")
    kind = document.number("type", default=0)
    if kind not in FIELD_TYPES:
        raise call.refusal(400, f"invalid field type {kind}", title="Bad Request")
    now = call.world.clock()
    row = FieldDefinition(
        id=call.world.ids(),
        name=name,
        type=kind,
        incident_type_id=type_id,
        display_name=name,
        created=now,
        modified=now,
        created_by=call.caller,
        last_modified_by=call.caller,
    )
    row = call.world.field_definitions.put(_described(row, document))
    return call.answer({"data": field_definition(row)}, status=201)


def patch_field(call: Call) -> Answer:
    """Changes what surrounds a field; its name, type and incident type stay."""
    row = _described(_field(call), call.document(KIND))
    row = replace(row, modified=call.world.clock(), last_modified_by=call.caller)
    return call.answer({"data": field_definition(call.world.field_definitions.put(row))})


def delete_field(call: Call) -> Answer:
    """Forgets a field; those that every incident has are refused (unverified)."""
    row = _field(call)
    if row.reserved:
        raise call.refusal(400, "reserved field cannot be deleted", title="Bad Request")
    call.world.field_definitions.remove(row.id)
    return emptied()


def _field(call: Call) -> FieldDefinition:
    row = call.world.field_definitions.get(call.ids["field_id"])
    if row is None:
        raise call.refusal(404, "field not found")
    return row


def _described(row: FieldDefinition, document: Document) -> FieldDefinition:
    if document.has("display_name"):
        row = replace(row, display_name=document.required_text("display_name"))
    if document.has("category"):
        row = replace(row, category=document.text("category"))
    if document.has("collected"):
        row = replace(row, collected=document.text("collected"))
    if document.has("required"):
        row = replace(row, required=document.flag("required"))
    if document.has("ordinal"):
        row = replace(row, ordinal=document.text("ordinal"))
    if document.has("valid_values"):
        values = [
            str(each.get("value"))
            for each in document.rows("valid_values")
            if isinstance(each, dict)
        ]
        row = replace(row, valid_values=tuple(values) or None)
    return row


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=f"/incidents/config/user-defined-fields{rest}",
        permission=permission,
        handle=handle,
        switch=lambda capabilities: capabilities.user_defined_fields,
    )
    for method, rest, permission, handle in (
        ("GET", "", Permission.SETTINGS_READ, list_fields),
        ("POST", "", Permission.SETTINGS_WRITE, create_field),
        ("GET", "/{field_id}", Permission.SETTINGS_READ, get_field),
        ("PATCH", "/{field_id}", Permission.SETTINGS_WRITE, patch_field),
        ("DELETE", "/{field_id}", Permission.SETTINGS_WRITE, delete_field),
    )
)
