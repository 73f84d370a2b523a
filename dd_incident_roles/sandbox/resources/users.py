"""Users, the one whose key it is, and who responds to an incident.

Responders were released as a preview, and never recorded.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.world import (
    CALLER_ID,
    NAMESPACE,
    DatadogActs,
    DuplicateResponder,
    Identified,
    Moves,
    Row,
    Switch,
    World,
)

PENDING = "Pending"
ACTIVE = "Active"
DISABLED = "Disabled"
RESPONDERS = "incident_responders"


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Identified):
    """A user or service account; e-mail and handle are lower-case (recording)."""

    email: str
    handle: str
    created: datetime
    modified: datetime
    name: str | None = None
    title: str | None = None
    status: str = PENDING
    service_account: bool = False
    verified: bool = False

    @property
    def disabled(self) -> bool:
        """Whether the account was deactivated."""
        return self.status == DISABLED

    @property
    def icon(self) -> str:
        """The address of the picture, made from the e-mail (recording)."""
        digest = hashlib.md5(self.email.encode(), usedforsecurity=False).hexdigest()
        return f"https://secure.gravatar.com/avatar/{digest}?s=48&d=retro"

    def answers_to(self, word: str) -> bool:
        """Whether the word is this user's id, e-mail or handle, in any case."""
        return word.lower() in {self.id, self.email, self.handle}

    def mentions(self, text: str) -> bool:
        """Whether the text is part of the name, handle or e-mail: how ``filter`` matches."""
        wanted = text.lower()
        return any(wanted in part.lower() for part in (self.name or "", self.handle, self.email))


def shown(world: World, row: User) -> api.Json:
    """Renders a user as ``/users`` and ``/current_user`` do."""
    same = ("name", "handle", "email", "icon", "title", "verified", "service_account", "disabled")
    attributes: api.Json = {
        **api.picked(row, *same, "status"),
        "created_at": api.older(row.created),
        "modified_at": api.older(row.modified),
        "allowed_login_methods": [],
        "last_login_time": None,
    }
    links: api.Json = {"roles": {"data": []}, "org": api.reference("orgs", world.org_id)}
    return api.resource("users", row.id, attributes, links)


def included(row: User, *, no_name: str | None = None) -> api.Json:
    """Renders a user inside another answer; search shows a missing name as "" (recording)."""
    name = no_name if row.name is None else row.name
    same = api.picked(row, "handle", "email", "icon")
    return api.resource("users", row.id, {"uuid": row.id, "name": name, **same})


def each_included(world: World, user_ids: Iterable[str | None]) -> list[api.Json]:
    """Renders those of the users who have an account, once each."""
    found = (world.users.get(user_id) for user_id in dict.fromkeys(user_ids))
    return [included(user) for user in found if user is not None]


def nested(world: World, user_id: str | None, *, no_name: str | None = None) -> api.Json | None:
    """Renders a user as an attribute of another row."""
    row = world.users.get(user_id)
    return None if row is None else {"data": included(row, no_name=no_name)}


def list_users(call: api.Call) -> api.Answer:
    """Lists users, deactivated ones too; ``filter`` matches any part of name, handle, e-mail."""
    statuses = {each for each in call.query.get("filter[status]", "").split(",") if each}
    text = call.query.get("filter", "")
    rows = [
        row
        for row in call.world.users
        if row.mentions(text) and (not statuses or row.status in statuses)
    ]
    totals = {"total_filtered_count": len(rows), "total_count": len(call.world.users)}
    page = rows[call.numbered(default=10)]
    return call.answer([shown(call.world, row) for row in page], {"meta": {"page": totals}})


def get_user(call: api.Call) -> api.Answer:
    """Shows one user."""
    row = api.found(call.world.users.get(call.ids["user_id"]), "User not found")
    return call.answer(shown(call.world, row))


def current_user(call: api.Call) -> api.Answer:
    """Shows the user whose key it is."""
    row = api.found(call.world.users.get(call.caller), "user not found")
    organisation = api.resource("orgs", call.world.org_id, {"name": call.world.org_name})
    return call.answer(shown(call.world, row), {"included": [organisation]})


def list_permissions(call: api.Call) -> api.Answer:
    """Lists what the roles of a user permit (released client); here what the key may do."""
    api.found(call.world.users.get(call.ids["user_id"]), "User not found")
    rows = [
        api.resource(
            "permissions",
            str(uuid.uuid5(NAMESPACE, f"permission {name}")),
            {"name": name, "display_name": name.replace("_", " ").title(), "restricted": False},
        )
        for name in sorted(call.permissions)
    ]
    return call.answer(rows)


def validate(call: api.Call) -> api.Answer:
    """Says that the API key is good, whatever the application key (recorded elsewhere)."""
    del call
    return api.Answer(body={"valid": True}, content_type=api.Backend.OLDER.value)


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


def shown_responder(world: World, row: Responder) -> api.Json:
    """Renders a responder; of the roles only the ids of their assignments (document)."""
    held = world.assignments.of("responder_id", row.id)
    attributes: api.Json = {
        **api.dates(row, api.newer),
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
    return api.resource(RESPONDERS, row.id, attributes, links)


def list_responders(call: api.Call) -> api.Answer:
    """Lists every responder in one answer: there is no paging (client model)."""
    switches, incident = call.world.switches, call.incident()
    rows = [] if switches.responders_lost else responders_of(call.world, incident.id)
    users: api.Json = {}
    if switches.responders_included:
        users["included"] = each_included(call.world, (row.user_id for row in rows))
    return call.answer([shown_responder(call.world, row) for row in rows], users)


def create_responder(call: api.Call) -> api.Answer:
    """Adds a responder; what a second time does is a switch (unverified)."""
    incident = call.incident()
    user = call.world.users.get(call.body(RESPONDERS, api.Attributes).related("user"))
    if user is None or user.disabled:
        raise api.Refusal(400, "user not found")
    # Where the same row is answered, joining again changes nothing.
    refuses = call.world.switches.duplicate_responder is DuplicateResponder.REFUSED
    if refuses and responder_of(call.world, incident.id, user.id) is not None:
        raise api.Refusal(400, "user is already a responder")
    row = join(call.world, incident.id, user.id, by=call.caller)
    users = each_included(call.world, (user.id,))
    return call.answer(shown_responder(call.world, row), {"included": users}, status=201)


ENDPOINTS = (
    api.Endpoint(
        method="GET",
        template="/api/v1/validate",
        permission=None,
        handle=validate,
        backend=api.Backend.OLDER,
        switch=lambda _: Switch.ON,
        by_api_key=True,
    ),
    *api.family(
        "/users",
        {
            "GET": list_users,
            "GET /{user_id}": get_user,
            "GET /{user_id}/permissions": list_permissions,
        },
        read=api.Permission.USERS_READ,
        backend=api.Backend.OLDER,
        switch=lambda switches: switches.users,
    ),
    *api.family(
        "/current_user",
        {"GET": current_user},
        backend=api.Backend.OLDER,
        switch=lambda switches: switches.current_user,
    ),
    *api.family(
        "/incidents/{incident_id}/responders",
        {"GET": list_responders, "POST": create_responder},
        read=api.Permission.INCIDENT_READ,
        write=api.Permission.INCIDENT_WRITE,
        switch=lambda switches: switches.responders,
    ),
)


def add_caller(world: World) -> None:
    """Adds the service account whose keys are used by default."""
    now = world.clock()
    world.users.put(
        User(
            id=CALLER_ID,
            email="dd-incident-roles@service-account.example",
            # A service account's handle is a UUID and not an address (recording).
            handle=str(uuid.uuid5(NAMESPACE, "caller's handle")),
            name="dd-incident-roles",
            status=ACTIVE,
            service_account=True,
            verified=True,
            created=now,
            modified=now,
        )
    )


class UserActs(DatadogActs):
    """What administrators do with users, and who takes part in an incident."""

    def add_person(
        self,
        person: str,
        name: str | None = None,
        *,
        service_account: bool = False,
        status: str = ACTIVE,
        handle: str | None = None,
        account: str | None = None,
    ) -> str:
        """Adds a user, or changes the one with this e-mail, and returns the id.

        With an ``account`` of its own it is another account, which may share the e-mail.
        """
        now, email = self.world.clock(), person.lower()
        known = next((row for row in self.world.users if row.email == email), None)
        # The e-mail says nothing here, since two accounts may share it.
        if account is not None:
            known = self.world.users.get(account)
        # The same person has the same id in every sandbox, as records expect.
        made_id = str(uuid.uuid5(uuid.UUID(self.world.org_id), email))
        return self.world.users.put(
            User(
                id=account or (known.id if known else made_id),
                email=email,
                handle=(handle or email).lower(),
                name=name,
                status=status,
                service_account=service_account,
                # An invited person who has not signed in has not proven the address.
                verified=status == ACTIVE,
                created=known.created if known else now,
                modified=now,
            )
        ).id

    def set_status(self, person: str, status: str) -> None:
        """Makes a user Active, Pending or Disabled."""
        user = self.person(person)
        self.world.users.put(replace(user, status=status, modified=self.world.clock()))

    def act_as(self, person: str) -> None:
        """Makes this user the owner of the keys."""
        self.world.caller = self.person(person).id

    def responders(self, incident: int) -> list[str]:
        """Lists the e-mails of the responders, in the order in which they came."""
        return self.names_of(responders_of(self.world, self.incident(incident).id))

    def names_of(self, parts: Iterable[Responder | None]) -> list[str]:
        """Lists responders by e-mail, and those from outside by what they are there."""
        found = ((part, self.world.users.get(part.user_id)) for part in parts if part is not None)
        named = (user.email if user else part.external_id for part, user in found)
        return [name for name in named if name is not None]

    def add_responder(self, incident: int, person: str) -> None:
        """Adds a person to the responders."""
        row, user_id = self.incident(incident), self.person(person).id
        join(self.world, row.id, user_id, by=user_id)
        self.world.touch(row.id, by=user_id, because=Moves.RESPONDERS)
