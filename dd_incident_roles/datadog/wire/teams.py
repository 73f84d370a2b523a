"""Teams and who belongs to them; both listings are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dd_incident_roles.datadog.wire.reader import (
    Object,
    document,
    identifier,
    missing,
    object_at,
    related,
    required_objects,
    text,
    whole_number,
)
from dd_incident_roles.datadog.wire.users import User, included_users
from dd_incident_roles.model import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of the organisation; what an answer does not say is None."""

    id: str
    name: str | None = None
    handle: str | None = None

    def answers_to(self, word: str) -> bool:
        """Whether a word is exactly its handle, name or id, in any case."""
        names = {each.strip().casefold() for each in (self.handle, self.name, self.id) if each}
        return word.strip().casefold() in names


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPage:
    """One page of a listing of teams; ``total`` counts those of every page."""

    teams: tuple[Team, ...]
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipPage:
    """One page of the memberships of a team, each by its own id.

    ``total`` counts those of every page; a membership may show no user.
    """

    members: Mapping[str, UserId | None]
    users: Mapping[UserId, User]
    total: int | None


def parse_team(body: bytes) -> Team:
    """Read an answer that holds one team; raises UnexpectedAnswer."""
    return _team(object_at(document(body), "data"))


def parse_teams(body: bytes) -> TeamPage:
    """Read one page of teams; raises UnexpectedAnswer."""
    answer = document(body)
    return TeamPage(
        teams=tuple(_team(item) for item in required_objects(answer, "data")),
        total=_total(answer),
    )


def parse_memberships(body: bytes) -> MembershipPage:
    """Read one page of memberships; raises UnexpectedAnswer."""
    answer = document(body)
    return MembershipPage(
        members=dict(_membership(item) for item in required_objects(answer, "data")),
        users=included_users(answer),
        total=_total(answer),
    )


def _team(resource: Object) -> Team:
    attributes = object_at(resource, "attributes")
    team_id = identifier(resource)
    if team_id is None:
        raise missing("the id of a team")
    return Team(id=team_id, name=text(attributes, "name"), handle=text(attributes, "handle"))


def _membership(resource: Object) -> tuple[str, UserId | None]:
    membership_id, user_id = identifier(resource), related(resource, "user")
    if membership_id is None:
        raise missing("the id of a membership")
    return membership_id, UserId(user_id) if user_id else None


def _total(answer: Object) -> int | None:
    return whole_number(object_at(answer, "meta", "pagination"), "total")
