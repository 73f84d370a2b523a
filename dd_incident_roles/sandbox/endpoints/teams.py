"""Teams and their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dd_incident_roles.sandbox.endpoint import (
    Answer,
    Call,
    Endpoint,
    Permission,
    emptied,
    is_uuid,
)
from dd_incident_roles.sandbox.refusal import Backend
from dd_incident_roles.sandbox.render.organisation import TEAMS, membership, team
from dd_incident_roles.sandbox.render.shapes import Json
from dd_incident_roles.sandbox.render.user import member
from dd_incident_roles.sandbox.state.belongings import Team

LARGEST_PAGE = 100


def create_team(call: Call) -> Answer:
    """Adds a team."""
    document = call.document(TEAMS)
    now = call.world.clock()
    row = call.world.teams.put(
        Team(
            id=call.world.ids(),
            name=document.required_text("name"),
            handle=document.required_text("handle"),
            created=now,
            modified=now,
        )
    )
    return call.answer({"data": team(row)}, status=201)


def delete_team(call: Call) -> Answer:
    """Forgets a team."""
    call.world.teams.remove(_team(call).id)
    return emptied()


def list_teams(call: Call) -> Answer:
    """Lists teams; the keyword is part of a name, a handle or a member's e-mail (client)."""
    keyword = call.query.get("filter[keyword]", "")
    rows = [row for row in call.world.teams if _mentions(call, row, keyword)]
    page = _page(call, len(rows))
    return call.answer({"data": [team(row) for row in page.part_of(rows)], **page.around})


def get_team(call: Call) -> Answer:
    """Shows one team."""
    return call.answer({"data": team(_team(call))})


def list_members(call: Call) -> Answer:
    """Lists members."""
    row = _team(call)
    page = _page(call, len(row.members))
    user_ids = page.part_of(row.members)
    body: Json = {
        "data": [membership(row, user_id, provisioned_by=call.caller) for user_id in user_ids],
        **page.around,
    }
    users = [user for user_id in user_ids if (user := call.world.users.get(user_id)) is not None]
    if users:
        body["included"] = [member(user) for user in users]
    return call.answer(body)


def list_teams_of_user(call: Call) -> Answer:
    """Lists the memberships of one user."""
    user_id = call.ids["user_id"]
    return call.answer(
        {
            "data": [
                membership(row, user_id, provisioned_by=call.caller)
                for row in call.world.teams
                if user_id in row.members
            ]
        }
    )


def _page(call: Call, total: int) -> Page:
    """The page that is asked for: by number where a size is given, else by offset (recording)."""
    if "page[size]" in call.query:
        size = max(call.number("page[size]", default=LARGEST_PAGE, most=LARGEST_PAGE), 1)
        number = call.number("page[number]", default=0)
        return numbered_page(call.origin + call.target, total, number=number, size=size)
    limit = call.number("page[limit]", default=LARGEST_PAGE, most=LARGEST_PAGE)
    offset = call.number("page[offset]", default=0)
    return counted_page(call.origin + call.target, total, offset=offset, limit=limit)


def _mentions(call: Call, row: Team, keyword: str) -> bool:
    members = (call.world.users.get(user_id) for user_id in row.members)
    parts = (row.name, row.handle, *(user.email for user in members if user is not None))
    return any(keyword.lower() in part.lower() for part in parts)


def _team(call: Call) -> Team:
    team_id = call.ids["team_id"]
    if not is_uuid(team_id):
        raise call.refusal(404, f"{team_id} is not a valid UUID not found")
    row = call.world.teams.get(team_id)
    if row is None:
        raise call.refusal(404, f"Team {team_id} not found")
    return row


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=path,
        permission=permission,
        handle=handle,
        backend=Backend.OLDER,
        switch=lambda capabilities: capabilities.teams,
    )
    for method, path, permission, handle in (
        ("GET", "/team", Permission.TEAMS_READ, list_teams),
        ("POST", "/team", Permission.TEAMS_WRITE, create_team),
        ("GET", "/team/{team_id}", Permission.TEAMS_READ, get_team),
        ("DELETE", "/team/{team_id}", Permission.TEAMS_WRITE, delete_team),
        ("GET", "/team/{team_id}/memberships", Permission.TEAMS_READ, list_members),
        ("GET", "/users/{user_id}/memberships", Permission.TEAMS_READ, list_teams_of_user),
    )
)


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a page begins and how much it holds at most; ``around`` is its meta and links."""

    offset: int
    size: int
    around: Json

    def part_of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows on this page."""
        return rows[self.offset : self.offset + self.size]


def numbered_page(url: str, total: int, *, number: int, size: int) -> Page:
    """Makes a page by number; there is a next number on the last page too (recording)."""
    last = max(total - 1, 0) // size
    before = max(number - 1, 0)
    pagination: Json = {
        "number": number,
        "first_number": 0,
        "prev_number": before,
        "next_number": number + 1,
        "last_number": last,
        "size": size,
        "type": "number_size",
        "total": total,
    }
    links = {
        "last": f"page[number]={last}&page[size]={size}",
        "next": f"page[number]={number + 1}&page[size]={size}",
        "prev": f"page[number]={before}&page[size]={size}" if number else None,
        "first": f"page[number]=0&page[size]={size}",
    }
    return Page(offset=number * size, size=size, around=_around(url, pagination, links))


def counted_page(url: str, total: int, *, offset: int, limit: int) -> Page:
    """Makes a page by offset; there is a next offset even where there is nobody (recording)."""
    last = max(total - 1, 0) // max(limit, 1) * limit
    before = max(offset - limit, 0)
    pagination: Json = {
        "offset": offset,
        "first_offset": 0,
        "prev_offset": before,
        "next_offset": offset + limit,
        "last_offset": last,
        "limit": limit,
        "type": "offset_limit",
        "total": total,
    }
    links = {
        "last": f"page[offset]={last}&page[limit]={limit}" if total else None,
        "next": f"page[offset]={offset + limit}&page[limit]={limit}",
        "prev": f"page[offset]={before}&page[limit]={limit}" if offset else None,
        "first": f"page[offset]=0&page[limit]={limit}",
    }
    return Page(offset=offset, size=limit, around=_around(url, pagination, links))


def _around(url: str, pagination: Json, links: Mapping[str, str | None]) -> Json:
    place = url.partition("?")[0]
    return {
        "meta": {"pagination": pagination},
        "links": {
            "self": url,
            **{
                name: None if query is None else f"{place}?{query}" for name, query in links.items()
            },
        },
    }
