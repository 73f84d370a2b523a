"""Teams: found by exactly their handle, name or id, and who belongs to them (all recorded)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paging import Page, page_params, paged, path, reads_page
from dd_incident_roles.datadog.users import User, included_users
from dd_incident_roles.datadog.wire import (
    UUID,
    Object,
    document,
    object_at,
    reads_one,
    related,
    required_id,
    required_objects,
    text,
    whole_number,
)
from dd_incident_roles.errors import NotFound
from dd_incident_roles.model import UserId

_TEAMS = "/api/v2/team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of the organisation; what an answer does not say is None."""

    id: str
    name: str | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMembers:
    """Who belongs to a team, and the accounts that came along.

    ``users`` may lack somebody. Deactivated accounts and service accounts are among both.
    """

    user_ids: tuple[UserId, ...]
    users: Mapping[UserId, User]


class Teams:
    """Teams of the organisation; reading them needs teams_read."""

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
        if UUID.fullmatch(wanted):
            try:
                return (self._session.get(path(_TEAMS, wanted.lower()), reads_one(_team)),)
            except NotFound:
                return ()
        listed = paged(
            lambda number, _: self._session.get(
                _TEAMS,
                reads_page(lambda row: (required_id(row, _ID), _team(row)), *_TOTAL),
                (("filter[keyword]", wanted), *page_params(number=number)),
            )
        )
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
        where = path(_TEAMS, team_id, "memberships")
        rows = paged(
            lambda number, _: self._session.get(
                where, _read_memberships, page_params(number=number)
            )
        )
        found = {user_id: user for _, (user_id, user) in rows if user_id}
        return TeamMembers(
            user_ids=tuple(found), users={key: user for key, user in found.items() if user}
        )


_ID = "the id of a team"
_TOTAL = ("meta", "pagination", "total")


def _team(resource: Object) -> Team:
    attributes = object_at(resource, "attributes")
    return Team(
        id=required_id(resource, _ID),
        name=text(attributes, "name"),
        handle=text(attributes, "handle"),
    )


def _read_memberships(body: bytes) -> Page[tuple[UserId | None, User | None]]:
    answer = document(body)
    users = included_users(answer)
    rows: dict[str, tuple[UserId | None, User | None]] = {}
    for row in required_objects(answer, "data"):
        user_id = UserId(related(row, "user") or "") or None
        rows[required_id(row, "the id of a membership")] = (
            user_id,
            users.get(user_id) if user_id else None,
        )
    return Page(rows=rows, total=whole_number(object_at(answer, "meta", "pagination"), "total"))
