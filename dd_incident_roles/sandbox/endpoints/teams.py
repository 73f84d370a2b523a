"""Teams and their members."""

from __future__ import annotations

from collections.abc import Mapping

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


def list_members(call: Call) -> Answer:
    """Lists members by page number where a size is given, else by offset (recording)."""
    row = _team(call)
    if "page[size]" in call.query:
        size = max(call.number("page[size]", default=LARGEST_PAGE, most=LARGEST_PAGE), 1)
        number = call.number("page[number]", default=0)
        return _page(call, row, number * size, size, _numbered(call, row, number, size))
    limit = call.number("page[limit]", default=LARGEST_PAGE, most=LARGEST_PAGE)
    offset = call.number("page[offset]", default=0)
    return _page(call, row, offset, limit, _counted(call, row, offset, limit))


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


def _page(call: Call, row: Team, offset: int, size: int, around: Json) -> Answer:
    page = row.members[offset : offset + size]
    body: Json = {
        "data": [membership(row, user_id, provisioned_by=call.caller) for user_id in page],
        **around,
    }
    users = [user for user_id in page if (user := call.world.users.get(user_id)) is not None]
    if users:
        body["included"] = [member(user) for user in users]
    return call.answer(body)


def _numbered(call: Call, row: Team, number: int, size: int) -> Json:
    total = len(row.members)
    last = max(total - 1, 0) // size
    before = max(number - 1, 0)
    return {
        "meta": {
            "pagination": {
                "number": number,
                "first_number": 0,
                "prev_number": before,
                "next_number": number + 1,
                "last_number": last,
                "size": size,
                "type": "number_size",
                "total": total,
            }
        },
        "links": _links(
            call,
            {
                "last": f"page[number]={last}&page[size]={size}",
                "next": f"page[number]={number + 1}&page[size]={size}",
                "prev": f"page[number]={before}&page[size]={size}" if number else None,
                "first": f"page[number]=0&page[size]={size}",
            },
        ),
    }


def _counted(call: Call, row: Team, offset: int, limit: int) -> Json:
    total = len(row.members)
    last = max(total - 1, 0) // max(limit, 1) * limit
    before = max(offset - limit, 0)
    return {
        "meta": {
            "pagination": {
                "offset": offset,
                "first_offset": 0,
                "prev_offset": before,
                # a page further even where there is nobody (recording)
                "next_offset": offset + limit,
                "last_offset": last,
                "limit": limit,
                "type": "offset_limit",
                "total": total,
            }
        },
        "links": _links(
            call,
            {
                "last": f"page[offset]={last}&page[limit]={limit}" if total else None,
                "next": f"page[offset]={offset + limit}&page[limit]={limit}",
                "prev": f"page[offset]={before}&page[limit]={limit}" if offset else None,
                "first": f"page[offset]=0&page[limit]={limit}",
            },
        ),
    }


def _links(call: Call, queries: Mapping[str, str | None]) -> Json:
    place = call.origin + call.target.partition("?")[0]
    return {
        "self": call.origin + call.target,
        **{name: None if query is None else f"{place}?{query}" for name, query in queries.items()},
    }


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
        ("POST", "/team", Permission.TEAMS_WRITE, create_team),
        ("DELETE", "/team/{team_id}", Permission.TEAMS_WRITE, delete_team),
        ("GET", "/team/{team_id}/memberships", Permission.TEAMS_READ, list_members),
        ("GET", "/users/{user_id}/memberships", Permission.TEAMS_READ, list_teams_of_user),
    )
)
