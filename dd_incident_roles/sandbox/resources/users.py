"""Users, and the user whose key it is."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.switches import Switch
from dd_incident_roles.sandbox.world import CALLER_ID, NAMESPACE, Acts, Identified, World

PENDING = "Pending"
ACTIVE = "Active"
DISABLED = "Disabled"


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
    size = call.number("page[size]", default=10, most=100)
    number = call.number("page[number]", default=0)
    statuses = {each for each in call.query.get("filter[status]", "").split(",") if each}
    text = call.query.get("filter", "")
    rows = [
        row
        for row in call.world.users
        if row.mentions(text) and (not statuses or row.status in statuses)
    ]
    totals = {"total_filtered_count": len(rows), "total_count": len(call.world.users)}
    page = rows[number * size : (number + 1) * size]
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


class UserActs(Acts):
    """What administrators do with users."""

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
        with self.lock:
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
        with self.lock:
            user = self.person(person)
            self.world.users.put(replace(user, status=status, modified=self.world.clock()))

    def act_as(self, person: str) -> None:
        """Makes this user the owner of the keys."""
        with self.lock:
            self.world.caller = self.person(person).id
