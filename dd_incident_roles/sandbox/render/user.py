"""Users: whole, and as they stand inside other answers."""

from __future__ import annotations

from dd_incident_roles.sandbox.render.shapes import Json, reference, resource
from dd_incident_roles.sandbox.render.times import older
from dd_incident_roles.sandbox.state.people import User
from dd_incident_roles.sandbox.state.world import World


def user(world: World, row: User) -> Json:
    """Renders a user as ``/users`` and ``/current_user`` do."""
    return resource(
        "users",
        row.id,
        {
            "name": row.name,
            "handle": row.handle,
            "created_at": older(row.created),
            "modified_at": older(row.modified),
            "email": row.email,
            "icon": row.icon,
            "title": row.title,
            "verified": row.verified,
            "service_account": row.service_account,
            "disabled": row.disabled,
            "allowed_login_methods": [],
            "status": row.status,
            "last_login_time": None,
        },
        {"roles": {"data": []}, "org": reference("orgs", world.org_id)},
    )


def included_user(row: User, *, null_name: str | None = None) -> Json:
    """Renders a user inside another answer; search shows a missing name as "" (recording)."""
    return resource(
        "users",
        row.id,
        {
            "uuid": row.id,
            "handle": row.handle,
            "email": row.email,
            "name": null_name if row.name is None else row.name,
            "icon": row.icon,
        },
    )


def nested_user(world: World, user_id: str | None, *, null_name: str | None = None) -> Json | None:
    """Renders a user as an attribute of another row."""
    row = world.users.get(user_id) if user_id is not None else None
    return None if row is None else {"data": included_user(row, null_name=null_name)}


def member(row: User) -> Json:
    """Renders a user as team memberships include them (recording)."""
    return resource(
        "users",
        row.id,
        {
            "name": row.name,
            "handle": row.handle,
            "email": row.email,
            "icon": row.icon,
            "disabled": row.disabled,
            "service_account": row.service_account,
        },
    )
