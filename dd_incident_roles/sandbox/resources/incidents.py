"""The incidents themselves: listed, shown and edited, each in a shape of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from pydantic import Field

from dd_incident_roles.sandbox.api import (
    PRIVATE,
    Answer,
    Attributes,
    Backend,
    Call,
    Permission,
    Refusal,
    family,
)
from dd_incident_roles.sandbox.resources.fields import BUILT_IN_FIELDS, FIELD_TYPES, fields_of
from dd_incident_roles.sandbox.resources.responders import join, responders_of
from dd_incident_roles.sandbox.resources.roles import RoleActs, appoint_commander
from dd_incident_roles.sandbox.resources.timeline import STATUS_CHANGE, note_change
from dd_incident_roles.sandbox.resources.users import each_included, nested
from dd_incident_roles.sandbox.shapes import (
    Json,
    Shown,
    offset_page,
    older,
    reference,
    references,
    resource,
)
from dd_incident_roles.sandbox.switches import Switch
from dd_incident_roles.sandbox.world import DEFAULT_TYPE_ID, FIRST_PUBLIC_ID, Row, World

RESOLVED = "resolved"
MEASURES = (
    "customer_impact_duration",
    "time_to_detect",
    "time_to_repair",
    "time_to_internal_response",
    "time_to_resolve",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """The value of one property field, with the name of its type."""

    type: str
    value: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(Row):
    """One incident; severity and state live in the property fields of these names."""

    public_id: int
    title: str
    incident_type_id: str
    detected: datetime
    declared: datetime
    state_since: datetime
    declared_by: str
    properties: Mapping[str, Property]
    commander: str | None = None
    customer_impacted: bool = False
    customer_impact_scope: str | None = None
    customer_impact_start: datetime | None = None
    customer_impact_end: datetime | None = None
    resolved: datetime | None = None
    visibility: str | None = "organization"
    is_test: bool = False
    notification_handles: tuple[str, ...] | None = None

    @property
    def severity(self) -> str:
        """The severity."""
        return self._text("severity", "UNKNOWN")

    @property
    def state(self) -> str:
        """The state."""
        return self._text("state", "active")

    def _text(self, name: str, fallback: str) -> str:
        held = self.properties.get(name)
        return held.value if held and isinstance(held.value, str) else fallback

    def with_property(self, name: str, value: object, *, type_name: str, now: datetime) -> Incident:
        """Sets one property field; resolving also fills ``resolved`` (recording).

        That reopening clears it again is unverified.
        """
        properties = {**self.properties, name: Property(type=type_name, value=value)}
        changed = replace(self, properties=MappingProxyType(properties))
        if changed.state == self.state:
            return changed
        resolved = now if changed.state == RESOLVED else None
        return replace(changed, state_since=now, resolved=resolved)

    def as_shown(self, whole: Json) -> Json:
        """Has the last word on what any answer shows of the incident."""
        return whole


def write_properties(world: World, incident: Incident, written: Mapping[str, object]) -> Incident:
    """Sets property fields as ``{name: {"type", "value"}}`` says; the type may be left out.

    Raises a 400 for a field that the incident's type does not define, and for a value or type
    that does not fit it (unverified).
    """
    definitions = {row.name: row for row in fields_of(world, incident.incident_type_id)}
    for name, content in written.items():
        definition = definitions.get(name)
        if definition is None:
            problem = "does not exist"
        elif not isinstance(content, Mapping) or "value" not in content:
            problem = "has no value"
        elif content.get("type", definition.type_name) != definition.type_name:
            problem = f"is of type {definition.type_name}"
        elif not definition.fits(content["value"]):
            problem = "cannot have this value"
        else:
            incident = incident.with_property(
                name, content["value"], type_name=definition.type_name, now=world.clock()
            )
            continue
        raise Refusal(400, f"Failed to update incident: field '{name}' {problem}")
    return incident


def note_status(world: World, before: Incident, after: Incident) -> None:
    """Notes a change of state or severity in the timeline."""
    was = {"state": before.state, "severity": before.severity}
    now = {"state": after.state, "severity": after.severity}
    changed = [name for name in was if was[name] != now[name]]
    note_change(
        world,
        after.id,
        STATUS_CHANGE,
        before={name: was[name] for name in changed},
        after={name: now[name] for name in changed},
    )


def attributes(world: World, row: Incident, *, moment: Callable[[datetime], str] = older) -> Json:
    """Renders the attributes that every shape has, with null for the ids of users."""

    def maybe(value: datetime | None) -> str | None:
        return None if value is None else moment(value)

    properties: Json = {
        name: {"type": held.type, "value": held.value} for name, held in row.properties.items()
    }
    for definition in fields_of(world, row.incident_type_id):
        # A field that was never set is shown with null (recording).
        properties.setdefault(definition.name, {"type": definition.type_name, "value": None})
    return {
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
        "fields": properties,
        "field_analytics": None,
        "severity": row.severity,
        "state": row.state,
        "non_datadog_creator": None,
        "visibility": row.visibility,
        "case_id": None,
        **dict.fromkeys(MEASURES, 0),
    }


def people_of(row: Incident) -> dict[str, str | None]:
    """Lists the users whom an incident names, by what they are to it."""
    return {
        "last_modified_by": row.last_modified_by,
        "commander": row.commander,
        "created_by": row.created_by,
        "declared_by": row.declared_by,
    }


def user_ids(row: Incident) -> Json:
    """Renders the ids of users as attributes, but the commander's."""
    people = people_of(row)
    return {f"{name}_uuid": people[name] for name in people if name != "commander"}


def nested_users(world: World, row: Incident, *, no_name: str | None = None) -> Json:
    """Renders the users whole, as attributes; a reading has none of these (recording)."""
    named = people_of(row)
    return {name: nested(world, user_id, no_name=no_name) for name, user_id in named.items()}


def whole(world: World, row: Incident, shown: Shown, *, search: bool = False) -> Json:
    """Renders the incident with its relationships; search has no property fields (recording)."""
    fields = () if search else (each.id for each in fields_of(world, row.incident_type_id))
    parts = (each.id for each in responders_of(world, row.id))
    links = {
        "created_by_user": reference("users", row.created_by),
        "last_modified_by_user": reference("users", row.last_modified_by),
        "commander_user": reference("users", row.commander),
        "declared_by_user": reference("users", row.declared_by),
        "user_defined_fields": references("user_defined_field", fields),
        "integrations": references("incident_integrations", ()),
        "attachments": references("incident_attachments", ()),
        "responders": references("incident_responders", parts),
        "impacts": references("incident_impacts", ()),
    }
    return row.as_shown(resource("incidents", row.id, shown, links))


def list_incidents(call: Call) -> Answer:
    """Lists incidents of every state, oldest first (recording)."""
    window = call.window(default=10)
    rows = sorted(call.world.incidents, key=lambda row: (row.created, row.public_id))
    page = [row for row in rows if call.sees(row)][window]
    beside = {"meta": offset_page(window.start, len(page)), **_users(call, *page)}
    return call.answer([_read(call, row) for row in page], beside)


def get_incident(call: Call) -> Answer:
    """Shows one incident."""
    row = call.incident()
    return call.answer(_read(call, row), _users(call, row))


def _read(call: Call, row: Incident) -> Json:
    return whole(call.world, row, {**attributes(call.world, row), **user_ids(row)})


def _users(call: Call, *rows: Incident) -> Json:
    """Renders what ``include=users`` adds: everybody whom the relationships name, once."""
    switch = call.world.switches.include_users
    if not call.includes("users") or switch is Switch.MISSING:
        return {}
    if switch is Switch.FORBIDDEN:
        raise Refusal(403, "Forbidden")
    named = (user_id for row in rows for user_id in people_of(row).values())
    return {"included": each_included(call.world, named)}


class Edit(Attributes):
    """The attributes by which an incident is edited: its property fields."""

    fields: Mapping[str, object] = Field(default_factory=dict)


def patch_incident(call: Call) -> Answer:
    """Edits an incident; the caller becomes a responder whatever was edited (recording).

    The answer shows the commander among the attributes only (recording).
    """
    world, before, body = call.world, call.incident(), call.body("incidents", Edit)
    user_id = body.related("commander_user")
    if user_id is not None:
        user = world.users.get(user_id)
        if user is None or user.disabled:
            # What an unknown or deactivated user gives is unverified.
            raise Refusal(400, f"user {user_id} not found")
    row = world.incidents.put(write_properties(world, before, body.attributes.fields))
    note_status(world, before, row)
    # Null unsets the commander; only a missing relationship leaves them alone.
    if "commander_user" in body.relationships:
        appoint_commander(world, row, user_id, by=call.caller)
    join(world, row.id, call.caller, by=call.caller, acted=True)
    world.touch(row.id, by=call.caller)
    # Again, because joining and touching have replaced the row.
    row = call.incident()
    shown = {**attributes(world, row), **nested_users(world, row), **user_ids(row)}
    if world.switches.patch_hides_commander:
        row = replace(row, commander=None)
    return call.answer(whole(world, row, shown))


ENDPOINTS = family(
    "/incidents",
    {
        "GET": list_incidents,
        "GET /{incident_id}": get_incident,
        "PATCH /{incident_id}": patch_incident,
    },
    read=Permission.INCIDENT_READ,
    write=Permission.INCIDENT_WRITE,
    backend=Backend.OLDER,
)


class IncidentActs(RoleActs):
    """What people do in an incident in Datadog's own pages; the key's user joins nothing by it."""

    def declare(
        self,
        title: str,
        *,
        severity: str = "UNKNOWN",
        state: str = "active",
        commander: str | None = None,
        by: str | None = None,
        customer_impacted: bool = False,
        private: bool = False,
        is_test: bool = False,
        public_id: int | None = None,
        at: datetime | None = None,
    ) -> Incident:
        """Declares an incident, now or back-dated; without a commander it has no responder."""
        with self.lock:
            world = self.world
            last = max((row.public_id for row in world.incidents), default=FIRST_PUBLIC_ID - 1)
            number = last + 1 if public_id is None else public_id
            stamp = world.stamp(world.caller if by is None else self.person(by).id)
            properties = {
                name: Property(type=FIELD_TYPES[kind], value=value)
                for name, kind, value in BUILT_IN_FIELDS
            }
            row = world.incidents.put(
                Incident(
                    **stamp,
                    public_id=number,
                    title=title,
                    incident_type_id=DEFAULT_TYPE_ID,
                    detected=stamp["created"],
                    declared=stamp["created"],
                    state_since=stamp["created"],
                    declared_by=stamp["created_by"],
                    properties={
                        **properties,
                        "slug": Property(type="textbox", value=f"IR-{number}"),
                    },
                    customer_impacted=customer_impacted,
                    customer_impact_scope="Customers cannot check out"
                    if customer_impacted
                    else None,
                    customer_impact_start=stamp["created"] if customer_impacted else None,
                    visibility=PRIVATE if private else "organization",
                    is_test=is_test,
                    commander=None if commander is None else self.person(commander).id,
                )
            )
            if row.commander is not None:
                appoint_commander(world, row, row.commander, by=row.created_by)
            # Without a note: declaring an incident is no change of it.
            row = self._set(self._set(row, "severity", severity), "state", state)
            return row if at is None else world.incidents.put(_back_dated(row, at))

    def set_severity(self, incident: int, value: str) -> None:
        """Sets the severity to any word."""
        self.set_field(incident, "severity", value)

    def set_state(self, incident: int, value: str) -> None:
        """Sets the state to any word."""
        self.set_field(incident, "state", value)

    def set_field(self, incident: int, field: str, value: object = None) -> None:
        """Sets a property field, defined or not."""
        with self.lock:
            before = self.incident(incident)
            row = self._set(before, field, value)
            note_status(self.world, before, row)
            self.world.touch(row.id, by=row.declared_by)

    def field(self, incident: int, field: str) -> object:
        """Finds the value of a property field; None where it was never set."""
        with self.lock:
            held = self.incident(incident).properties.get(field)
            return None if held is None else held.value

    def _set(self, row: Incident, name: str, value: object) -> Incident:
        held = row.properties.get(name)
        types = {each.name: each.type_name for each in fields_of(self.world, row.incident_type_id)}
        type_name = types.get(name, held.type if held else "textbox")
        return self.world.incidents.put(
            row.with_property(name, value, type_name=type_name, now=self.world.clock())
        )


def _back_dated(row: Incident, at: datetime) -> Incident:
    return replace(
        row,
        created=at,
        modified=at,
        detected=at,
        declared=at,
        state_since=at,
        customer_impact_start=at if row.customer_impacted else None,
        resolved=at if row.resolved is not None else None,
    )
