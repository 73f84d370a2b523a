"""The responders of an incident; released as a preview, never recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.resources.users import each_included
from dd_incident_roles.sandbox.switches import DuplicateResponder, Moves
from dd_incident_roles.sandbox.world import Acts, Row, World

KIND = "incident_responders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder(Row):
    """One person's part in one incident; the user is absent for people from outside Datadog.

    Those have an ``external_id`` in the ``external_source`` that they respond from (client model).
    ``last_active`` is when the person last updated the incident.
    """

    incident_id: str
    user_id: str | None
    last_active: datetime | None = None
    external_id: str | None = None
    external_source: str | None = None


def responders_of(world: World, incident_id: str) -> list[Responder]:
    """Lists the responders of one incident, in the order in which they came."""
    return world.responders.of("incident_id", incident_id)


def responder_of(world: World, incident_id: str, user_id: str | None) -> Responder | None:
    """Finds the part that a user has in an incident."""
    parts = (row for row in responders_of(world, incident_id) if row.user_id is not None)
    return next((row for row in parts if row.user_id == user_id), None)


def join(
    world: World, incident_id: str, user_id: str, *, by: str, acted: bool = False
) -> Responder:
    """Makes the user a responder unless they are one; ``acted`` marks who changed the incident."""
    part = responder_of(world, incident_id, user_id)
    if part is None:
        part = Responder(**world.stamp(by), incident_id=incident_id, user_id=user_id)
    return world.responders.put(replace(part, last_active=world.clock()) if acted else part)


def shown(world: World, row: Responder) -> api.Json:
    """Renders a responder; of the roles only the ids of their assignments (document)."""
    held = world.assignments.of("responder_id", row.id)
    attributes: api.Json = {
        "created": api.newer(row.created),
        "modified": api.newer(row.modified),
        # Nobody pays for people from outside (guess).
        "is_billable": row.user_id is not None,
        "last_active": None if row.last_active is None else api.newer(row.last_active),
        **api.picked(row, "external_id", "external_source"),
        "meta": None,
    }
    links: api.Json = {
        "user": api.reference("users", row.user_id),
        "created_by": api.reference("users", row.created_by),
        "last_modified_by": api.reference("users", row.last_modified_by),
        "role_assignments": api.references("incident_role_assignments", (each.id for each in held)),
    }
    return api.resource(KIND, row.id, attributes, links)


def list_responders(call: api.Call) -> api.Answer:
    """Lists every responder in one answer: there is no paging (client model)."""
    switches, incident = call.world.switches, call.incident()
    rows = [] if switches.responders_lost else responders_of(call.world, incident.id)
    users: api.Json = {}
    if switches.responders_included:
        users["included"] = each_included(call.world, (row.user_id for row in rows))
    return call.answer([shown(call.world, row) for row in rows], users)


def create_responder(call: api.Call) -> api.Answer:
    """Adds a responder; what a second time does is a switch (unverified)."""
    incident = call.incident()
    user = call.world.users.get(call.body(KIND, api.Attributes).related("user"))
    if user is None or user.disabled:
        raise api.Refusal(400, "user not found")
    # Where the same row is answered, joining again changes nothing.
    refuses = call.world.switches.duplicate_responder is DuplicateResponder.REFUSED
    if refuses and responder_of(call.world, incident.id, user.id) is not None:
        raise api.Refusal(400, "user is already a responder")
    row = join(call.world, incident.id, user.id, by=call.caller)
    users = each_included(call.world, (user.id,))
    return call.answer(shown(call.world, row), {"included": users}, status=201)


ENDPOINTS = api.family(
    "/incidents/{incident_id}/responders",
    {"GET": list_responders, "POST": create_responder},
    read=api.Permission.INCIDENT_READ,
    write=api.Permission.INCIDENT_WRITE,
    switch=lambda switches: switches.responders,
)


class ResponderActs(Acts):
    """Who takes part in an incident, in Datadog's own pages."""

    def responders(self, incident: int) -> list[str]:
        """Lists the e-mails of the responders, in the order in which they came."""
        with self.lock:
            return self.names_of(responders_of(self.world, self.incident(incident).id))

    def names_of(self, parts: Iterable[Responder | None]) -> list[str]:
        """Lists responders by e-mail, and those from outside by what they are there."""
        found = ((part, self.world.users.get(part.user_id)) for part in parts if part is not None)
        named = (user.email if user else part.external_id for part, user in found)
        return [name for name in named if name is not None]

    def add_responder(self, incident: int, person: str) -> None:
        """Adds a person to the responders."""
        with self.lock:
            row, user_id = self.incident(incident), self.person(person).id
            join(self.world, row.id, user_id, by=user_id)
            self.world.touch(row.id, by=user_id, because=Moves.RESPONDERS)
