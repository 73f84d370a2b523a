"""Teams: found by exactly their handle, name or id, and who belongs to them (all recorded)."""

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
