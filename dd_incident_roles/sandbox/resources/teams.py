"""Teams and their members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.sandbox.api import (
    LARGEST_PAGE,
    Answer,
    Backend,
    Call,
    Permission,
    Refusal,
    family,
    is_uuid,
)
from dd_incident_roles.sandbox.resources.users import User
from dd_incident_roles.sandbox.shapes import Json, older, reference, resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of the organisation, and the ids of its members."""

    id: str
    name: str
    handle: str
    created: datetime
    modified: datetime
    members: tuple[str, ...] = ()


def shown(row: Team) -> Json:
    """Renders a team."""
    place = f"/api/v2/team/{row.id}"
    attributes: Json = {
        "name": row.name,
        "handle": row.handle,
        "summary": None,
        "description": None,
        "avatar": None,
        "banner": None,
        "visible_modules": [],
        "hidden_modules": [],
        "created_at": older(row.created),
        "modified_at": older(row.modified),
        "user_count": len(row.members),
        "link_count": 0,
    }
    links: Json = {
        "team_links": {"links": {"related": f"{place}/links"}},
        "user_team_permissions": {"links": {"related": f"{place}/permission-settings"}},
    }
    return resource("team", row.id, attributes, links)


def shown_member(row: User) -> Json:
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


def list_teams(call: Call) -> Answer:
    """Lists teams; the keyword is part of a name, a handle or a member's e-mail (client)."""
    keyword = call.query.get("filter[keyword]", "").lower()
    rows = call.world.teams.where(lambda row: _mentions(call, row, keyword))
    page = _page(call, len(rows))
    return call.answer([shown(row) for row in rows[page.rows]], page.around)


def _mentions(call: Call, row: Team, keyword: str) -> bool:
    members = (call.world.users.get(user_id) for user_id in row.members)
    parts = (row.name, row.handle, *(user.email for user in members if user is not None))
    return any(keyword in part.lower() for part in parts)


def get_team(call: Call) -> Answer:
    """Shows one team."""
    return call.answer(shown(_team(call)))


def list_members(call: Call) -> Answer:
    """Lists members; where there are none, there is no list of their users (recording)."""
    row = _team(call)
    page = _page(call, len(row.members))
    more = dict(page.around)
    members = list(enumerate(row.members, start=1))[page.rows]
    users = [user for _, each in members if (user := call.world.users.get(each)) is not None]
    if users:
        more["included"] = [shown_member(user) for user in users]
    by = {"role": None, "provisioned_by": None, "provisioned_by_id": call.caller}
    memberships = [
        resource(
            "team_memberships",
            f"TeamMembership-{row.id}-{number}",
            by,
            {"user": reference("users", user_id)},
        )
        for number, user_id in members
    ]
    return call.answer(memberships, more)


def _team(call: Call) -> Team:
    team_id = call.ids["team_id"]
    if not is_uuid(team_id):
        raise Refusal(404, f"{team_id} is not a valid UUID not found")
    row = call.world.teams.get(team_id)
    if row is None:
        raise Refusal(404, f"Team {team_id} not found")
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which rows a page shows; ``around`` is its meta and links."""

    rows: slice
    around: Mapping[str, object]


def _page(call: Call, total: int) -> Page:
    """Makes the page that is asked for: by number where a size is given, else by offset.

    There is a next page even after the last one, and where there is nobody (recording).
    """
    by_number = "page[size]" in call.query
    # Pages by number step by one, pages by offset by their size.
    name, many = ("number", "size") if by_number else ("offset", "limit")
    size = max(call.number(f"page[{many}]", default=LARGEST_PAGE, most=LARGEST_PAGE), 1)
    at, step = call.number(f"page[{name}]", default=0), 1 if by_number else size
    last, before = max(total - 1, 0) // size * step, max(at - step, 0)
    pagination = {
        name: at,
        f"first_{name}": 0,
        f"prev_{name}": before,
        f"next_{name}": at + step,
        f"last_{name}": last,
        many: size,
        "type": f"{name}_{many}",
        "total": total,
    }
    place = call.url.partition("?")[0]
    links = {
        "self": call.url,
        "last": f"{place}?page[{name}]={last}&page[{many}]={size}",
        "next": f"{place}?page[{name}]={at + step}&page[{many}]={size}",
        "prev": f"{place}?page[{name}]={before}&page[{many}]={size}" if at else None,
        "first": f"{place}?page[{name}]=0&page[{many}]={size}",
    }
    if not by_number and not total:
        links["last"] = None
    start = at * size if by_number else at
    around = {"meta": {"pagination": pagination}, "links": links}
    return Page(rows=slice(start, start + size), around=around)


ENDPOINTS = family(
    "/team",
    {
        "GET": list_teams,
        "GET /{team_id}": get_team,
        "GET /{team_id}/memberships": list_members,
    },
    read=Permission.TEAMS_READ,
    backend=Backend.OLDER,
    switch=lambda switches: switches.teams,
)
