"""What the three shapes of an incident have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dd_incident_roles.sandbox.render.shapes import Json, reference, references
from dd_incident_roles.sandbox.render.times import older
from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.world import World

MEASURES = (
    "customer_impact_duration",
    "time_to_detect",
    "time_to_repair",
    "time_to_internal_response",
    "time_to_resolve",
)


def attributes(world: World, row: Incident, *, moment: Callable[[datetime], str] = older) -> Json:
    """Renders the attributes that every shape has, with null for the ids of users."""

    def maybe(value: datetime | None) -> str | None:
        return None if value is None else moment(value)

    shown: Json = {
        "public_id": row.public_id,
        "incident_type_uuid": row.incident_type_id,
        "title": row.title,
        "resolved": maybe(row.resolved),
        "customer_impact_scope": row.customer_impact_scope,
        "customer_impact_start": maybe(row.customer_impact_start),
        "customer_impact_end": maybe(row.customer_impact_end),
        "customer_impacted": row.customer_impacted,
        "notification_handles": row.notification_handles,
        "last_modified_by_uuid": None,
        "created": moment(row.created),
        "modified": moment(row.modified),
        "detected": moment(row.detected),
        "created_by_uuid": None,
        "creation_idempotency_key": None,
        "archived": None,
        "is_test": row.is_test,
        "declared": moment(row.declared),
        "declared_by_uuid": None,
        "fields": _properties(world, row),
        "field_analytics": None,
        "severity": row.severity,
        "state": row.state,
        "non_datadog_creator": None,
        "visibility": row.visibility,
        "case_id": None,
    }
    shown.update(dict.fromkeys(MEASURES, 0))
    return shown


def as_recorded(row: Incident, shown: Json) -> Json:
    """Passes on what a recording showed, and leaves out what it did not have."""
    if row.recorded is None:
        return shown
    shown.update(row.recorded.verbatim)
    return {name: value for name, value in shown.items() if name not in row.recorded.absent}


def relationships(world: World, row: Incident, *, search: bool = False) -> Json:
    """Renders the relationships; search shows no property fields there (recording)."""
    recorded = row.recorded.property_ids if row.recorded else ()
    fields = recorded or [each.id for each in world.fields_of(row.incident_type_id)]

    return {
        "created_by_user": reference("users", row.created_by),
        "last_modified_by_user": reference("users", row.last_modified_by),
        "commander_user": reference("users", row.commander),
        "declared_by_user": reference("users", row.declared_by),
        "user_defined_fields": references("user_defined_field", () if search else fields),
        "integrations": references(
            "incident_integrations",
            (each.id for each in world.integrations if each.incident_id == row.id),
        ),
        "attachments": references("incident_attachments", ()),
        "responders": references(
            "incident_responders", (each.id for each in world.responders_of(row.id))
        ),
        "impacts": references("incident_impacts", ()),
    }


def _properties(world: World, row: Incident) -> Json:
    shown: Json = {
        name: {"type": held.type, "value": held.value} for name, held in row.properties.items()
    }
    if row.recorded is None:
        for definition in world.fields_of(row.incident_type_id):
            shown.setdefault(definition.name, {"type": definition.type_name, "value": None})
    return shown
