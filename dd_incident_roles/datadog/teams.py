"""Teams: found by exactly their handle, name or id, who belongs to them, and who is on call."""

from __future__ import annotations

from collections.abc import Mapping

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.users import User, included_users
from dd_incident_roles.errors import NotFound
from dd_incident_roles.model import UserId
from dd_incident_roles.values import frozen

_TEAMS = "/api/v2/team"
_TOTAL = ("meta", "pagination", "total")


@frozen
class Team:
    """A team of the organisation; what an answer does not say is None."""

    id: str
    name: str | None = None
    handle: str | None = None


@frozen
class TeamMembers:
    """Who belongs to a team, and the accounts that came along.

    ``users`` may lack somebody. Deactivated accounts and service accounts are among both.
    """

    user_ids: tuple[UserId, ...]
    users: Mapping[UserId, User]


class Teams:
    """Teams of the organisation (all recorded); reading them needs teams_read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str) -> tuple[Team, ...]:
        """Find the teams with exactly this handle, name or id, in any case; every page is read.

        Datadog looks for the text in names and handles, and in e-mails of members (released
        client), so the comparison is made here. Handles are one team's own; a name may be that of
        several teams, and who of them is meant is not decided here.
        """
        wanted = name.strip()
        if not wanted:
            return ()
        # No keyword is looked for in ids.
        if wire.UUID.fullmatch(wanted):
            try:
                where = wire.path(_TEAMS, wanted.lower())
                return (self._session.get(where, wire.reads_one(_team))[1],)
            except NotFound:
                return ()
        read = wire.reads_page(_team, *_TOTAL)
        listed = self._session.get_all(_TEAMS, read, (("filter[keyword]", wanted),))
        return tuple(
            team
            for _, team in listed
            if wanted.casefold()
            in {each.strip().casefold() for each in (team.handle, team.name, team.id) if each}
        )

    def members(self, team_id: str) -> TeamMembers:
        """Read everybody who belongs to a team; raises NotFound.

        Members of teams below this one are not listed, and a membership may show no user.
        """
        where = wire.path(_TEAMS, team_id, "memberships")
        rows = self._session.get_all(where, _read_memberships)
        found = dict(row for _, row in rows if row)
        return TeamMembers(
            user_ids=tuple(found), users={key: user for key, user in found.items() if user}
        )


def _team(resource: wire.Object) -> tuple[str, Team]:
    team_id = wire.required_id(resource, "the id of a team")
    return team_id, Team(
        id=team_id,
        name=wire.text(resource, "attributes", "name"),
        handle=wire.text(resource, "attributes", "handle"),
    )


def _read_memberships(body: bytes) -> wire.Page[tuple[UserId, User | None] | None]:
    """Read one page of memberships; one that shows no user is None."""
    answer = wire.document(body)
    users = included_users(answer)
    rows: dict[str, tuple[UserId, User | None] | None] = {}
    for row in wire.required_objects(answer, "data"):
        user_id = UserId(wire.relation(row, "user") or "")
        membership_id = wire.required_id(row, "the id of a membership")
        # One without a user counts for the total, and is nobody.
        rows[membership_id] = (user_id, users.get(user_id)) if user_id else None
    return wire.Page(rows=rows, total=wire.whole_number(answer, *_TOTAL))


_ON_CALL = "/api/v2/on-call"
_SCHEDULES = f"{_ON_CALL}/schedules"


@frozen
class OnCallTeam:
    """Who is on call for a team at this moment.

    ``responders`` are those whom a page reaches first, ``escalations`` those of each step after.
    Nothing says by which schedule or layer somebody is on call. ``users`` may lack somebody, and
    shows no handles, "" for a missing name, and a status in lower case (recording).
    """

    responders: tuple[UserId, ...]
    escalations: tuple[tuple[UserId, ...], ...]
    users: Mapping[UserId, User]


@frozen
class Layer:
    """A rotation of a schedule, and who takes turns in it; places without anybody are left out."""

    id: str
    name: str | None = None
    members: tuple[UserId, ...] = ()


@frozen
class Schedule:
    """A schedule of On-Call; none of its parts says that a rotation only watches (client)."""

    id: str
    name: str | None = None
    tags: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()


class OnCall:
    """On-Call of one Datadog; reading it needs on_call_read (document).

    Government sites do not have it (document). What they answer, and what is answered for a team
    that does not use it, is unverified: NotFound, Forbidden and Refused are for the caller.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_team(self, team_id: str) -> OnCallTeam:
        """Read who is on call for a team now (recorded with one responder and no steps).

        Several can be at once, and deactivated accounts stay on call (document).
        """
        where = wire.path(f"{_ON_CALL}/teams", team_id, "on-call")
        included_too = (("include", "responders,escalations.responders"),)
        return self._session.get(where, _read_team, included_too)

    def schedule(self, schedule_id: str) -> Schedule:
        """Read one schedule with its layers and their members.

        Name and layers are recorded; what is included is as in the released client.
        """
        included_too = (("include", "layers,layers.members,layers.members.user"),)
        return self._session.get(wire.path(_SCHEDULES, schedule_id), _read_schedule, included_too)

    def schedules_of_team(self, team_id: str) -> tuple[str, ...]:
        """Read the ids of the schedules that a team owns (released client, unrecorded)."""
        read = wire.reads_page(_teams_of_schedule, "meta", "page", "total")
        rows = self._session.get_all(_SCHEDULES, read, (("filter[query]", f"team.id:{team_id}"),))
        # A server that ignored the query must not lend a schedule of another team.
        return tuple(
            schedule_id for schedule_id, teams in rows if teams is None or team_id.lower() in teams
        )


def _read_team(body: bytes) -> OnCallTeam:
    answer = wire.document(body)
    data = wire.object_at(answer, "data")
    # Its absence must not be taken for nobody being on call.
    if "data" not in wire.object_at(data, "relationships", "responders"):
        raise wire.lack_error("data.relationships.responders.data")
    steps = wire.inclusions(answer, "escalation_policy_steps")
    return OnCallTeam(
        responders=_users(data),
        escalations=tuple(
            _users(steps.get(step_id, {}))
            for step_id in wire.relations(data, "escalations", "escalation_policy_steps")
        ),
        users=included_users(answer),
    )


def _users(resource: wire.Object) -> tuple[UserId, ...]:
    ids = wire.relations(resource, "responders", "users")
    return tuple(dict.fromkeys(UserId(user_id) for user_id in ids))


def _read_schedule(body: bytes) -> Schedule:
    answer = wire.document(body)
    data = wire.object_at(answer, "data")
    attributes = wire.object_at(data, "attributes")
    layers, members = wire.inclusions(answer, "layers"), wire.inclusions(answer, "members")
    tags = attributes.get("tags")
    return Schedule(
        id=wire.required_id(data, "data.id of a schedule"),
        name=wire.text(attributes, "name"),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        layers=tuple(
            _layer(layer_id, layers.get(layer_id, {}), members)
            for layer_id in wire.relations(data, "layers", "layers")
        ),
    )


def _layer(layer_id: str, resource: wire.Object, members: Mapping[str, wire.Object]) -> Layer:
    ids = wire.relations(resource, "members", "members")
    named = (wire.relation(members.get(member_id, {}), "user") for member_id in ids)
    return Layer(
        id=layer_id,
        name=wire.text(resource, "attributes", "name"),
        members=tuple(dict.fromkeys(UserId(user_id) for user_id in named if user_id)),
    )


def _teams_of_schedule(resource: wire.Object) -> tuple[str, frozenset[str] | None]:
    """A schedule and its teams, None where the listing does not show them."""
    schedule_id = wire.required_id(resource, "the id of a schedule")
    if "teams" not in wire.object_at(resource, "relationships"):
        return schedule_id, None
    return schedule_id, frozenset(wire.relations(resource, "teams", "teams"))
