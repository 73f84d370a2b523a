"""On-Call: who is on call for a team, and the schedules of teams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission
from dd_incident_roles.sandbox.render.shapes import Json, reference, references, resource
from dd_incident_roles.sandbox.state.on_call import Layer, OnCallTeam, Schedule
from dd_incident_roles.sandbox.state.people import User
from dd_incident_roles.sandbox.state.world import World

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


STEPS = "escalation_policy_steps"


def on_call_team(row: OnCallTeam, at: datetime) -> Json:
    """Renders who is on call for a team; the id is of this team at this moment (recording)."""
    return {
        "id": f"{row.id}-{int(at.timestamp())}",
        "type": "team_oncall_responders",
        "relationships": {
            "escalations": references(STEPS, (step.id for step in row.steps)),
            "responders": references("users", row.responders),
        },
    }


def steps(row: OnCallTeam) -> list[Json]:
    """Renders the steps of an escalation as they are included (client)."""
    return [
        {
            "id": step.id,
            "type": STEPS,
            "relationships": {"responders": references("users", step.responders)},
        }
        for step in row.steps
    ]


def paged_users(world: World, user_ids: Iterable[str]) -> list[Json]:
    """Renders users as On-Call includes them: "" for no name, a small status (recording)."""
    users = (world.users.get(user_id) for user_id in dict.fromkeys(user_ids))
    return [_user(user) for user in users if user is not None]


def schedule(row: Schedule) -> Json:
    """Renders a schedule; one without tags does not say so (recording)."""
    attributes: Json = {"name": row.name, "time_zone": "UTC"}
    if row.tags:
        attributes["tags"] = list(row.tags)
    return resource(
        "schedules",
        row.id,
        attributes,
        {
            "layers": references("layers", (layer.id for layer in row.layers)),
            "teams": references("teams", row.team_ids),
        },
    )


def listed_schedule(row: Schedule) -> Json:
    """Renders a schedule as the listing does, without its layers (client)."""
    return {**schedule(row), "relationships": {"teams": references("teams", row.team_ids)}}


def layer(row: Layer) -> Json:
    """Renders a layer as it is included (client)."""
    return resource(
        "layers",
        row.id,
        {"name": row.name},
        {"members": references("members", (place_id for place_id, _ in row.members))},
    )


def places(row: Layer) -> Iterator[Json]:
    """Renders the places in a layer as they are included; one can be empty (client)."""
    for place_id, user_id in row.members:
        yield {
            "id": place_id,
            "type": "members",
            "relationships": {"user": reference("users", user_id)},
        }


def _user(row: User) -> Json:
    return resource(
        "users",
        row.id,
        {"email": row.email, "name": row.name or "", "status": row.status.lower()},
    )
