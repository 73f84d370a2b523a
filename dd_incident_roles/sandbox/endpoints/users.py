"""Users, the key's own user, and whether the keys are good."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.refusal import Backend
from dd_incident_roles.sandbox.render.shapes import resource
from dd_incident_roles.sandbox.render.user import user as shown
from dd_incident_roles.sandbox.state.people import ACTIVE, DISABLED, User


def list_users(call: Call) -> Answer:
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
    return call.answer(
        {
            "data": [shown(call.world, row) for row in rows[number * size : (number + 1) * size]],
            "meta": {
                "page": {"total_filtered_count": len(rows), "total_count": len(call.world.users)}
            },
        }
    )


def get_user(call: Call) -> Answer:
    """Shows one user."""
    return call.answer({"data": shown(call.world, _user(call))})


def create_user(call: Call) -> Answer:
    """Invites a user, who is pending and nameless until they come (recording)."""
    document = call.document("users")
    email = document.required_text("email").lower()
    if any(row.email == email for row in call.world.users):
        raise call.refusal(409, f"user {email} already exists")
    now = call.world.clock()
    row = call.world.users.put(
        User(
            id=call.world.ids(),
            email=email,
            handle=email,
            name=document.text("name"),
            title=document.text("title"),
            created=now,
            modified=now,
        )
    )
    return call.answer({"data": shown(call.world, row)}, status=201)


def patch_user(call: Call) -> Answer:
    """Renames, deactivates or reactivates a user."""
    row = _user(call)
    document = call.document("users")
    if document.has("name"):
        row = replace(row, name=document.text("name"))
    if document.has("disabled"):
        row = replace(row, status=DISABLED if document.flag("disabled") else ACTIVE)
    row = call.world.users.put(replace(row, modified=call.world.clock()))
    return call.answer({"data": shown(call.world, row)})


def disable_user(call: Call) -> Answer:
    """Deactivates a user: Datadog never forgets one."""
    call.world.users.put(replace(_user(call), status=DISABLED, modified=call.world.clock()))
    return emptied()


def current_user(call: Call) -> Answer:
    """Shows the user whose key it is."""
    row = call.world.users.get(call.caller)
    if row is None:
        raise call.refusal(404, "user not found")
    organisation = resource("orgs", call.world.org_id, {"name": call.world.org_name})
    return call.answer({"data": shown(call.world, row), "included": [organisation]})


def validate_keys(call: Call) -> Answer:
    """Says that both keys are good; bad ones were refused before."""
    return call.answer({"status": "ok"})


def _user(call: Call) -> User:
    row = call.world.users.get(call.ids["user_id"])
    if row is None:
        raise call.refusal(404, "User not found")
    return row


ENDPOINTS = (
    *(
        Endpoint(
            method=method,
            path=path,
            permission=permission,
            handle=handle,
            backend=Backend.OLDER,
            switch=lambda capabilities: capabilities.users,
        )
        for method, path, permission, handle in (
            ("GET", "/users", Permission.USERS_READ, list_users),
            ("POST", "/users", Permission.USERS_WRITE, create_user),
            ("GET", "/users/{user_id}", Permission.USERS_READ, get_user),
            ("PATCH", "/users/{user_id}", Permission.USERS_WRITE, patch_user),
            ("DELETE", "/users/{user_id}", Permission.USERS_WRITE, disable_user),
        )
    ),
    Endpoint(
        method="GET",
        path="/current_user",
        permission=None,
        handle=current_user,
        backend=Backend.OLDER,
        switch=lambda capabilities: capabilities.current_user,
    ),
    Endpoint(
        method="GET",
        path="/validate_keys",
        permission=None,
        handle=validate_keys,
        backend=Backend.OLDER,
    ),
)
