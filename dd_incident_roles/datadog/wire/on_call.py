"""Who is on call for a team, and the schedules behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dd_incident_roles.datadog.wire.reader import (
    Object,
    document,
    identifier,
    missing,
    object_at,
    objects_at,
    related,
    required_objects,
    text,
    whole_number,
)
from dd_incident_roles.datadog.wire.users import User, included_users
from dd_incident_roles.model import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A step of an escalation policy, and who is paged by it."""

    id: str
    responders: tuple[UserId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallTeam:
    """Who is on call for a team at this moment.

    ``responders`` are those whom a page reaches first, ``escalations`` the steps after them.
    Nothing says by which schedule or layer somebody is on call. ``users`` may lack somebody, and
    shows no handles, "" for a missing name, and a status in lower case (recording).
    """

    responders: tuple[UserId, ...]
    escalations: tuple[Escalation, ...]
    users: Mapping[UserId, User]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rotation of a schedule, and who takes turns in it; places without anybody are left out."""

    id: str
    name: str | None = None
    members: tuple[UserId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule of On-Call; none of its parts says that a rotation only watches (client)."""

    id: str
    name: str | None = None
    tags: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePage:
    """One page of a listing of schedules, each with the ids of its teams.

    The teams are None where the listing does not show them. ``total`` counts every page.
    """

    teams: Mapping[str, frozenset[str] | None]
    total: int | None


def parse_on_call_team(body: bytes) -> OnCallTeam:
    """Read who is on call; raises UnexpectedAnswer.

    Recorded with one responder and no steps. Steps are as the released client has them.
    """
    answer = document(body)
    data = object_at(answer, "data")
    # Its absence must not be taken for nobody being on call.
    if "data" not in object_at(data, "relationships", "responders"):
        raise missing("data.relationships.responders.data")
    included = _included(answer, "escalation_policy_steps")
    steps = _ids(data, "escalations", "escalation_policy_steps")
    return OnCallTeam(
        responders=_users(data, "responders"),
        escalations=tuple(
            Escalation(id=step_id, responders=_users(included.get(step_id, {}), "responders"))
            for step_id in steps
        ),
        users=included_users(answer),
    )


def parse_schedule(body: bytes) -> Schedule:
    """Read one schedule; raises UnexpectedAnswer.

    Name and layers are recorded; what is included is as in the released client.
    """
    answer = document(body)
    data = object_at(answer, "data")
    attributes, schedule_id = object_at(data, "attributes"), identifier(data)
    if schedule_id is None:
        raise missing("data.id of a schedule")
    layers, members = _included(answer, "layers"), _included(answer, "members")
    tags = attributes.get("tags")
    return Schedule(
        id=schedule_id,
        name=text(attributes, "name"),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        layers=tuple(
            _layer(layer_id, layers.get(layer_id, {}), members)
            for layer_id in _ids(data, "layers", "layers")
        ),
    )


def parse_schedules(body: bytes) -> SchedulePage:
    """Read one page of schedules, as the released client has it; raises UnexpectedAnswer."""
    answer = document(body)
    teams = dict(_schedule_teams(item) for item in required_objects(answer, "data"))
    return SchedulePage(teams=teams, total=whole_number(object_at(answer, "meta", "page"), "total"))


def _layer(layer_id: str, resource: Object, members: Mapping[str, Object]) -> Layer:
    named = (
        related(members.get(member_id, {}), "user")
        for member_id in _ids(resource, "members", "members")
    )
    return Layer(
        id=layer_id,
        name=text(object_at(resource, "attributes"), "name"),
        members=tuple(dict.fromkeys(UserId(user_id) for user_id in named if user_id)),
    )


def _schedule_teams(resource: Object) -> tuple[str, frozenset[str] | None]:
    schedule_id = identifier(resource)
    if schedule_id is None:
        raise missing("the id of a schedule")
    if "teams" not in object_at(resource, "relationships"):
        return schedule_id, None
    return schedule_id, frozenset(_ids(resource, "teams", "teams"))


def _included(answer: Object, type_name: str) -> dict[str, Object]:
    """What an answer includes of one type, by id."""
    resources = (item for item in objects_at(answer, "included") if item.get("type") == type_name)
    return {found: item for item in resources if (found := identifier(item))}


def _users(resource: Object, relationship: str) -> tuple[UserId, ...]:
    return tuple(dict.fromkeys(UserId(each) for each in _ids(resource, relationship, "users")))


def _ids(resource: Object, relationship: str, type_name: str) -> Iterator[str]:
    """The ids that a relationship to many points to, those of another type left out."""
    for item in objects_at(resource, "relationships", relationship, "data"):
        found = identifier(item)
        if found and item.get("type") == type_name:
            yield found
