"""Teams and their members, who is on call for them, and their schedules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from types import MappingProxyType

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.world import Identified, World

STEPS = "escalation_policy_steps"
_OF_TEAM = re.compile(r"team\.id:(\S+)")
SHOWN_OF_MEMBERS = ("name", "handle", "email", "icon", "disabled", "service_account")
"""The attributes of users that memberships include (recording)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Identified):
    """A team of the organisation, and the ids of its members."""

    name: str
    handle: str
    created: datetime
    modified: datetime
    members: tuple[str, ...] = ()


def shown(row: Team) -> api.Json:
    """Renders a team."""
    place = f"/api/v2/team/{row.id}"
    attributes: api.Json = {
        **api.picked(row, "name", "handle"),
        **dict.fromkeys(("summary", "description", "avatar", "banner")),
        "visible_modules": [],
        "hidden_modules": [],
        "created_at": api.older(row.created),
        "modified_at": api.older(row.modified),
        "user_count": len(row.members),
        "link_count": 0,
    }
    links: api.Json = {
        "team_links": {"links": {"related": f"{place}/links"}},
        "user_team_permissions": {"links": {"related": f"{place}/permission-settings"}},
    }
    return api.resource("team", row.id, attributes, links)


def list_teams(call: api.Call) -> api.Answer:
    """Lists teams; the keyword is part of a name, a handle or a member's e-mail (client)."""
    keyword = call.query.get("filter[keyword]", "").lower()
    rows = call.world.teams.where(lambda row: _mentions(call, row, keyword))
    page, around = _page(call, len(rows))
    return call.answer([shown(row) for row in rows[page]], around)


def _mentions(call: api.Call, row: Team, keyword: str) -> bool:
    members = (call.world.users.get(user_id) for user_id in row.members)
    parts = (row.name, row.handle, *(user.email for user in members if user is not None))
    return any(keyword in part.lower() for part in parts)


def get_team(call: api.Call) -> api.Answer:
    """Shows one team."""
    return call.answer(shown(_team(call)))


def list_members(call: api.Call) -> api.Answer:
    """Lists members; where there are none, there is no list of their users (recording)."""
    row = _team(call)
    page, around = _page(call, len(row.members))
    members = list(enumerate(row.members, start=1))[page]
    users = [user for _, each in members if (user := call.world.users.get(each)) is not None]
    included = [
        api.resource("users", user.id, api.picked(user, *SHOWN_OF_MEMBERS)) for user in users
    ]
    by = {"role": None, "provisioned_by": None, "provisioned_by_id": call.caller}
    memberships = [
        api.resource(
            "team_memberships",
            f"TeamMembership-{row.id}-{number}",
            by,
            {"user": api.reference("users", user_id)},
        )
        for number, user_id in members
    ]
    return call.answer(memberships, {**around, "included": included} if included else around)


def _team(call: api.Call) -> Team:
    team_id = call.ids["team_id"]
    if not api.is_uuid(team_id):
        # The odd grammar is Datadog's own (recording).
        raise api.Refusal(404, f"{team_id} is not a valid UUID not found")
    return api.found(call.world.teams.get(team_id), f"Team {team_id} not found")


def _page(call: api.Call, total: int) -> tuple[slice, api.Json]:
    """Makes the page that is asked for: by number where a size is given, else by offset.

    Returns which rows it shows, and its meta and links.

    There is a next page even after the last one, and where there is nobody (recording).
    """
    by_number = "page[size]" in call.query
    # Pages by number step by one, pages by offset by their size.
    name, many = ("number", "size") if by_number else ("offset", "limit")
    size = max(call.number(f"page[{many}]", default=api.LARGEST_PAGE, most=api.LARGEST_PAGE), 1)
    at, step = call.number(f"page[{name}]", default=0), 1 if by_number else size
    # The last page of nobody is the first.
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
    to = {"last": last, "next": at + step, "prev": before, "first": 0}
    links: api.Json = {
        "self": call.url,
        **{key: f"{place}?page[{name}]={n}&page[{many}]={size}" for key, n in to.items()},
    }
    if not at:
        links["prev"] = None
    if not by_number and not total:
        links["last"] = None
    start = at * size if by_number else at
    return slice(start, start + size), {"meta": {"pagination": pagination}, "links": links}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallTeam(Identified):
    """Who is on call for the team with this id, and whom each further step pages, by its id."""

    responders: tuple[str, ...] = ()
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rotation: the id of each place in it with the user there, if there is one."""

    id: str
    name: str
    members: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Identified):
    """A schedule, whose layers together say who is on call when."""

    name: str
    team_id: str
    tags: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()


def show_team(call: api.Call) -> api.Answer:
    """Shows who is on call for a team; a team without any is shown empty (unverified)."""
    team_id = call.ids["team_id"]
    team = api.found(call.world.teams.get(team_id), f"team[{team_id}] not found")
    row = call.world.on_call_teams.get(team.id) or OnCallTeam(id=team.id)
    included, user_ids = [], [*row.responders] if call.includes("responders") else []
    if call.includes("escalations") or call.includes("escalations.responders"):
        included += [
            _linked(STEPS, step_id, responders=api.references("users", paged))
            for step_id, paged in row.steps.items()
        ]
    if call.includes("escalations.responders"):
        user_ids += chain.from_iterable(row.steps.values())
    data = _linked(
        "team_oncall_responders",
        # The id is of this team at this moment (recording).
        f"{row.id}-{int(call.world.clock().timestamp())}",
        escalations=api.references(STEPS, row.steps),
        responders=api.references("users", row.responders),
    )
    return _answer(call, data, included + _users(call.world, user_ids))


def get_schedule(call: api.Call) -> api.Answer:
    """Shows one schedule, with what the query asks for; a place can be empty (client)."""
    schedule_id = call.ids["schedule_id"]
    row = api.found(call.world.schedules.get(schedule_id), f"schedule[{schedule_id}] not found")
    places = [place for layer in row.layers for place in layer.members]
    included: list[api.Json] = []
    if call.includes("layers"):
        for layer in row.layers:
            members = {"members": api.references("members", (place for place, _ in layer.members))}
            included.append(api.resource("layers", layer.id, {"name": layer.name}, members))
    if call.includes("layers.members"):
        included += [
            _linked("members", place_id, user=api.reference("users", user_id))
            for place_id, user_id in places
        ]
    if call.includes("layers.members.user"):
        included += _users(call.world, (user_id for _, user_id in places))
    layers = api.references("layers", (layer.id for layer in row.layers))
    return _answer(call, _schedule(row, layers=layers), included)


def list_schedules(call: api.Call) -> api.Answer:
    """Lists schedules without layers, of one team where the query names one (client).

    No other query is understood.
    """
    size = max(call.number("page[size]", default=api.LARGEST_PAGE, most=api.LARGEST_PAGE), 1)
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


def _answer(call: api.Call, data: api.Json, included: list[api.Json]) -> api.Answer:
    return call.answer(data, {"included": included}) if included else call.answer(data)


def _linked(kind: str, row_id: str, **relationships: api.Json) -> api.Json:
    """Renders a row that has no attributes."""
    return {"id": row_id, "type": kind, "relationships": relationships}


def _schedule(row: Schedule, **relationships: api.Json) -> api.Json:
    attributes: api.Json = {"name": row.name, "time_zone": "UTC"}
    if row.tags:
        # One without tags does not say so (recording).
        attributes["tags"] = list(row.tags)
    links: api.Json = {**relationships, "teams": api.references("teams", (row.team_id,))}
    return api.resource("schedules", row.id, attributes, links)


def _users(world: World, user_ids: Iterable[str | None]) -> list[api.Json]:
    """Renders users as On-Call includes them: "" for no name, a small status (recording)."""
    users = (world.users.get(user_id) for user_id in dict.fromkeys(user_ids))
    return [
        api.resource(
            "users",
            user.id,
            {"email": user.email, "name": user.name or "", "status": user.status.lower()},
        )
        for user in users
        if user is not None
    ]


ENDPOINTS = (
    *api.family(
        "/team",
        {"GET": list_teams, "GET /{team_id}": get_team, "GET /{team_id}/memberships": list_members},
        read=api.Permission.TEAMS_READ,
        backend=api.Backend.OLDER,
        switch=lambda switches: switches.teams,
    ),
    *api.family(
        "/on-call",
        {
            "GET /teams/{team_id}/on-call": show_team,
            "GET /schedules": list_schedules,
            "GET /schedules/{schedule_id}": get_schedule,
        },
        read=api.Permission.ON_CALL_READ,
        switch=lambda switches: switches.on_call,
    ),
)
