"""On-Call: who is on call for a team, and the schedules of teams."""

from __future__ import annotations

import re

from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission
from dd_incident_roles.sandbox.render.on_call import (
    layer,
    listed_schedule,
    on_call_team,
    paged_users,
    places,
    schedule,
    steps,
)
from dd_incident_roles.sandbox.render.shapes import Json
from dd_incident_roles.sandbox.state.on_call import OnCallTeam

LARGEST_PAGE = 100
_OF_TEAM = re.compile(r"team\.id:(\S+)")


def show_team(call: Call) -> Answer:
    """Shows who is on call for a team; a team without any is shown empty (unverified)."""
    team = call.world.teams.get(call.ids["team_id"])
    if team is None:
        raise call.refusal(404, f"team[{call.ids['team_id']}] not found")
    row = call.world.on_call_teams.get(team.id) or OnCallTeam(id=team.id)
    included: list[Json] = []
    if call.includes("escalations") or call.includes("escalations.responders"):
        included += steps(row)
    user_ids = [*row.responders] if call.includes("responders") else []
    if call.includes("escalations.responders"):
        user_ids += [user_id for step in row.steps for user_id in step.responders]
    included += paged_users(call.world, user_ids)
    return _answer(call, on_call_team(row, call.world.clock()), included)


def get_schedule(call: Call) -> Answer:
    """Shows one schedule, with what the query asks for."""
    row = call.world.schedules.get(call.ids["schedule_id"])
    if row is None:
        raise call.refusal(404, f"schedule[{call.ids['schedule_id']}] not found")
    included: list[Json] = []
    if call.includes("layers"):
        included += [layer(each) for each in row.layers]
    if call.includes("layers.members"):
        included += [place for each in row.layers for place in places(each)]
    if call.includes("layers.members.user"):
        members = [user_id for each in row.layers for _, user_id in each.members if user_id]
        included += paged_users(call.world, members)
    return _answer(call, schedule(row), included)


def list_schedules(call: Call) -> Answer:
    """Lists schedules, of one team where the query names one; no other query is understood."""
    size = max(call.number("page[size]", default=LARGEST_PAGE, most=LARGEST_PAGE), 1)
    number = call.number("page[number]", default=0)
    wanted = _OF_TEAM.search(call.query.get("filter[query]", ""))
    rows = [row for row in call.world.schedules if not wanted or wanted[1] in row.team_ids]
    page = rows[number * size : (number + 1) * size]
    return call.answer(
        {
            "data": [listed_schedule(row) for row in page],
            "meta": {
                "page": {
                    "first_number": 0,
                    "last_number": max(len(rows) - 1, 0) // size,
                    "number": number,
                    "size": size,
                    "total": len(rows),
                    "type": "number_size",
                }
            },
        }
    )


def _answer(call: Call, data: Json, included: list[Json]) -> Answer:
    return call.answer({"data": data, **({"included": included} if included else {})})


ENDPOINTS = tuple(
    Endpoint(
        method="GET",
        path=f"/on-call{rest}",
        permission=Permission.ON_CALL_READ,
        handle=handle,
        switch=lambda capabilities: capabilities.on_call,
    )
    for rest, handle in (
        ("/teams/{team_id}/on-call", show_team),
        ("/schedules", list_schedules),
        ("/schedules/{schedule_id}", get_schedule),
    )
)
