"""On-Call: who is on call for a team, and the schedules of teams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

from dd_incident_roles.sandbox.api import LARGEST_PAGE, Answer, Call, Permission, Refusal, family
from dd_incident_roles.sandbox.shapes import Json, reference, references, resource
from dd_incident_roles.sandbox.world import World

STEPS = "escalation_policy_steps"
_OF_TEAM = re.compile(r"team\.id:(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallTeam:
    """Who is on call for the team with this id, and whom each further step pages, by its id."""

    id: str
    responders: tuple[str, ...] = ()
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rotation: the id of each place in it with the user there, if there is one."""

    id: str
    name: str
    members: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule, whose layers together say who is on call when."""

    id: str
    name: str
    team_id: str
    tags: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()


def show_team(call: Call) -> Answer:
    """Shows who is on call for a team; a team without any is shown empty (unverified)."""
    team = call.world.teams.get(call.ids["team_id"])
    if team is None:
        raise Refusal(404, f"team[{call.ids['team_id']}] not found")
    row = call.world.on_call_teams.get(team.id) or OnCallTeam(id=team.id)
    included, user_ids = [], [*row.responders] if call.includes("responders") else []
    if call.includes("escalations") or call.includes("escalations.responders"):
        included += [
            _linked(STEPS, step_id, responders=references("users", paged))
            for step_id, paged in row.steps.items()
        ]
    if call.includes("escalations.responders"):
        user_ids += chain.from_iterable(row.steps.values())
    data = _linked(
        "team_oncall_responders",
        # The id is of this team at this moment (recording).
        f"{row.id}-{int(call.world.clock().timestamp())}",
        escalations=references(STEPS, row.steps),
        responders=references("users", row.responders),
    )
    return _answer(call, data, included + _users(call.world, user_ids))


def get_schedule(call: Call) -> Answer:
    """Shows one schedule, with what the query asks for; a place can be empty (client)."""
    row = call.world.schedules.get(call.ids["schedule_id"])
    if row is None:
        raise Refusal(404, f"schedule[{call.ids['schedule_id']}] not found")
    places = [place for layer in row.layers for place in layer.members]
    included: list[Json] = []
    if call.includes("layers"):
        for layer in row.layers:
            members = references("members", (place_id for place_id, _ in layer.members))
            included.append(
                resource("layers", layer.id, {"name": layer.name}, {"members": members})
            )
    if call.includes("layers.members"):
        included += [
            _linked("members", place_id, user=reference("users", user_id))
            for place_id, user_id in places
        ]
    if call.includes("layers.members.user"):
        included += _users(call.world, (user_id for _, user_id in places))
    layers = references("layers", (layer.id for layer in row.layers))
    return _answer(call, _schedule(row, layers=layers), included)


def list_schedules(call: Call) -> Answer:
    """Lists schedules without layers, of one team where the query names one (client).

    No other query is understood.
    """
    size = max(call.number("page[size]", default=LARGEST_PAGE, most=LARGEST_PAGE), 1)
    number = call.number("page[number]", default=0)
    wanted = _OF_TEAM.search(call.query.get("filter[query]", ""))
    rows = call.world.schedules.where(lambda row: not wanted or wanted[1] == row.team_id)
    page = {
        "first_number": 0,
        "last_number": max(len(rows) - 1, 0) // size,
        "number": number,
        "size": size,
        "total": len(rows),
        "type": "number_size",
    }
    listed = [_schedule(row) for row in rows[number * size : (number + 1) * size]]
    return call.answer(listed, {"meta": {"page": page}})


def _answer(call: Call, data: Json, included: list[Json]) -> Answer:
    return call.answer(data, {"included": included}) if included else call.answer(data)


def _linked(kind: str, row_id: str, **relationships: Json) -> Json:
    """Renders a row that has no attributes."""
    return {"id": row_id, "type": kind, "relationships": relationships}


def _schedule(row: Schedule, **relationships: Json) -> Json:
    attributes: Json = {"name": row.name, "time_zone": "UTC"}
    if row.tags:
        # One without tags does not say so (recording).
        attributes["tags"] = list(row.tags)
    links: Json = {**relationships, "teams": references("teams", (row.team_id,))}
    return resource("schedules", row.id, attributes, links)


def _users(world: World, user_ids: Iterable[str | None]) -> list[Json]:
    """Renders users as On-Call includes them: "" for no name, a small status (recording)."""
    users = (world.users.get(user_id) for user_id in dict.fromkeys(user_ids))
    return [
        resource(
            "users",
            user.id,
            {"email": user.email, "name": user.name or "", "status": user.status.lower()},
        )
        for user in users
        if user is not None
    ]


ENDPOINTS = family(
    "/on-call",
    {
        "GET /teams/{team_id}/on-call": show_team,
        "GET /schedules": list_schedules,
        "GET /schedules/{schedule_id}": get_schedule,
    },
    read=Permission.ON_CALL_READ,
    switch=lambda switches: switches.on_call,
)
