"""The incidents: listed, shown and edited, each in another shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from pydantic import Field

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.resources.fields import BUILT_IN_FIELDS, fields_of
from dd_incident_roles.sandbox.resources.roles import RoleActs, appoint_commander
from dd_incident_roles.sandbox.resources.timeline import STATUS_CHANGE, note_change
from dd_incident_roles.sandbox.resources.users import each_included, join, nested, responders_of
from dd_incident_roles.sandbox.world import (
    DEFAULT_TYPE_ID,
    FIRST_PUBLIC_ID,
    Moves,
    Row,
    Switch,
    World,
)

RESOLVED = "resolved"
IMPACT = "Customers cannot check out"
MEASURES = (
    "customer_impact_duration",
    "time_to_detect",
    "time_to_repair",
    "time_to_internal_response",
    "time_to_resolve",
)
NEVER_SET = (
    "creation_idempotency_key",
    "archived",
    "field_analytics",
    "non_datadog_creator",
    "case_id",
    "notification_handles",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(Row):
    """One incident; ``properties`` are the values of its property fields, by their names."""

    public_id: int
    title: str
    incident_type_id: str
    detected: datetime
    declared: datetime
    state_since: datetime
    declared_by: str
    properties: Mapping[str, object]
    commander: str | None = None
    customer_impacted: bool = False
    customer_impact_scope: str | None = None
    customer_impact_start: datetime | None = None
    customer_impact_end: datetime | None = None
    resolved: datetime | None = None
    visibility: str | None = "organization"
    is_test: bool = False

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
        return held if isinstance(held, str) else fallback

    def with_property(self, name: str, value: object, *, now: datetime) -> Incident:
        """Sets one property field; resolving also fills ``resolved`` (recording).

        That reopening clears it again is unverified.
        """
        changed = replace(self, properties=MappingProxyType({**self.properties, name: value}))
        if changed.state == self.state:
            return changed
        resolved = now if changed.state == RESOLVED else None
        return replace(changed, state_since=now, resolved=resolved)

    def as_shown(self, whole: api.Json) -> api.Json:
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
            incident = incident.with_property(name, content["value"], now=world.clock())
            continue
        raise api.Refusal(400, f"Failed to update incident: field '{name}' {problem}")
    return incident


def note_status(world: World, before: Incident, after: Incident) -> None:
    """Notes a change of state or severity in the timeline."""
    changed = [
        name for name in ("state", "severity") if getattr(before, name) != getattr(after, name)
    ]
    was, now = api.picked(before, *changed), api.picked(after, *changed)
    note_change(world, after.id, STATUS_CHANGE, before=was, after=now)


def attributes(
    world: World, row: Incident, *, moment: Callable[[datetime], str] = api.older
) -> api.Json:
    """Renders the attributes that every shape has, with null for the ids of users."""
    types = {each.name: each.type_name for each in fields_of(world, row.incident_type_id)}
    # A field that was never set is shown with null (recording).
    properties = {
        name: {"type": types.get(name, "textbox"), "value": row.properties.get(name)}
        for name in {**row.properties, **types}
    }
    moments = ("created", "modified", "detected", "declared")
    perhaps = ("resolved", "customer_impact_start", "customer_impact_end")
    same = ("public_id", "title", "severity", "state", "is_test", "visibility")
    return {
        **api.picked(row, *same, "customer_impacted", "customer_impact_scope"),
        **{name: moment(getattr(row, name)) for name in moments},
        **{name: (at := getattr(row, name)) and moment(at) for name in perhaps},
        "incident_type_uuid": row.incident_type_id,
        "fields": properties,
        **dict.fromkeys(("created_by_uuid", "declared_by_uuid", "last_modified_by_uuid")),
        **dict.fromkeys(NEVER_SET),
        **dict.fromkeys(MEASURES, 0),
    }


def people_of(row: Incident) -> dict[str, str | None]:
    """Lists the users that an incident names, by their relationship to it."""
    return {
        "last_modified_by": row.last_modified_by,
        "commander": row.commander,
        "created_by": row.created_by,
        "declared_by": row.declared_by,
    }


def user_ids(row: Incident) -> api.Json:
    """Renders the ids of users as attributes, but the commander's."""
    people = people_of(row)
    return {f"{name}_uuid": people[name] for name in people if name != "commander"}


def nested_users(world: World, row: Incident, *, no_name: str | None = None) -> api.Json:
    """Renders the users whole, as attributes; a reading has none of these (recording)."""
    named = people_of(row)
    return {name: nested(world, user_id, no_name=no_name) for name, user_id in named.items()}


def whole(world: World, row: Incident, shown: api.Shown, *, search: bool = False) -> api.Json:
    """Renders the incident with its relationships; search has no property fields (recording)."""
    fields = () if search else (each.id for each in fields_of(world, row.incident_type_id))
    parts = (each.id for each in responders_of(world, row.id))
    links = {
        **{f"{name}_user": api.reference("users", each) for name, each in people_of(row).items()},
        "user_defined_fields": api.references("user_defined_field", fields),
        "integrations": api.references("incident_integrations", ()),
        "attachments": api.references("incident_attachments", ()),
        "responders": api.references("incident_responders", parts),
        "impacts": api.references("incident_impacts", ()),
    }
    return row.as_shown(api.resource("incidents", row.id, shown, links))


def list_incidents(call: api.Call) -> api.Answer:
    """Lists incidents of every state, oldest first (recording)."""
    window = call.window(default=10)
    # The public id decides between incidents of one moment.
    rows = sorted(call.world.incidents, key=lambda row: (row.created, row.public_id))
    page = [row for row in rows if call.sees(row)][window]
    beside = {"meta": api.offset_page(window.start, len(page)), **_users(call, *page)}
    return call.answer([_read(call, row) for row in page], beside)


def get_incident(call: api.Call) -> api.Answer:
    """Shows one incident."""
    row = call.incident()
    return call.answer(_read(call, row), _users(call, row))


def _read(call: api.Call, row: Incident) -> api.Json:
    return whole(call.world, row, {**attributes(call.world, row), **user_ids(row)})


def _users(call: api.Call, *rows: Incident) -> api.Json:
    """Renders what ``include=users`` adds: each user that the relationships name, once."""
    switch = call.world.switches.include_users
    if not call.includes("users") or switch is Switch.MISSING:
        return {}
    if switch is Switch.FORBIDDEN:
        raise api.Refusal(403, "Forbidden")
    named = (user_id for row in rows for user_id in people_of(row).values())
    return {"included": each_included(call.world, named)}


class Edit(api.Attributes):
    """The attributes by which an incident is edited: its property fields."""

    fields: Mapping[str, object] = Field(default_factory=dict)


def patch_incident(call: api.Call) -> api.Answer:
    """Edits an incident; the caller becomes a responder whatever was edited (recording).

    The answer shows the commander among the attributes only (recording).
    """
    world, before, body = call.world, call.incident(), call.body("incidents", Edit)
    user_id = body.related("commander_user")
    if user_id is not None:
        user = world.users.get(user_id)
        if user is None or user.disabled:
            # What an unknown or deactivated user gives is unverified.
            raise api.Refusal(400, f"user {user_id} not found")
    row = world.incidents.put(write_properties(world, before, body.attributes.fields))
    note_status(world, before, row)
    # Null unsets the commander; only a missing relationship leaves them alone.
    if "commander_user" in body.relationships:
        appoint_commander(world, row, user_id, by=call.caller)
    join(world, row.id, call.caller, by=call.caller, acted=True)
    gives_command = "commander_user" in body.relationships
    because = Moves.COMMANDER if gives_command else Moves.PROPERTIES
    world.touch(row.id, by=call.caller, because=because)
    # Again, because joining and touching have replaced the row.
    row = call.incident()
    shown = {**attributes(world, row), **nested_users(world, row), **user_ids(row)}
    if world.switches.patch_hides_commander:
        row = replace(row, commander=None)
    return call.answer(whole(world, row, shown))


ENDPOINTS = api.family(
    "/incidents",
    {
        "GET": list_incidents,
        "GET /{incident_id}": get_incident,
        "PATCH /{incident_id}": patch_incident,
    },
    read=api.Permission.INCIDENT_READ,
    write=api.Permission.INCIDENT_WRITE,
    backend=api.Backend.OLDER,
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
        world = self.world
        last = max((row.public_id for row in world.incidents), default=FIRST_PUBLIC_ID - 1)
        number = last + 1 if public_id is None else public_id
        by_id = world.caller if by is None else self.person(by).id
        stamp = world.stamp(by_id, at=at)
        now = stamp["created"]
        said = {"severity": severity, "state": state, "slug": f"IR-{number}"}
        row = world.incidents.put(
            Incident(
                **stamp,
                public_id=number,
                title=title,
                incident_type_id=DEFAULT_TYPE_ID,
                detected=now,
                declared=now,
                state_since=now,
                declared_by=by_id,
                properties={name: said.get(name, value) for name, _, value in BUILT_IN_FIELDS},
                customer_impacted=customer_impacted,
                customer_impact_scope=IMPACT if customer_impacted else None,
                customer_impact_start=now if customer_impacted else None,
                resolved=now if state == RESOLVED else None,
                visibility=api.PRIVATE if private else "organization",
                is_test=is_test,
                commander=None if commander is None else self.person(commander).id,
            )
        )
        if row.commander is not None:
            # Without a note, because they are the commander already: declaring is no change.
            appoint_commander(world, row, row.commander, by=by_id)
        return row

    def set_severity(self, incident: int, value: str) -> None:
        """Sets the severity to any word."""
        self.set_field(incident, "severity", value)

    def set_state(self, incident: int, value: str) -> None:
        """Sets the state to any word."""
        self.set_field(incident, "state", value)

    def set_field(self, incident: int, field: str, value: object = None) -> None:
        """Sets a property field, defined or not."""
        world, before = self.world, self.incident(incident)
        row = before.with_property(field, value, now=world.clock())
        note_status(world, before, world.incidents.put(row))
        # A person acts in these pages, never the key; the one who declared it will do.
        world.touch(row.id, by=row.declared_by, because=Moves.PROPERTIES)

    def field(self, incident: int, field: str) -> object:
        """Finds the value of a property field; None where it was never set."""
        return self.incident(incident).properties.get(field)
