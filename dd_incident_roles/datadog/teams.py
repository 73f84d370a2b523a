"""Teams: found by exactly their handle, name or id, and who belongs to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from dd_incident_roles.datadog.http import Params, Session
from dd_incident_roles.datadog.paths import path
from dd_incident_roles.datadog.wire.teams import (
    Team,
    parse_memberships,
    parse_team,
    parse_teams,
)
from dd_incident_roles.datadog.wire.users import User, by_id
from dd_incident_roles.errors import NotFound
from dd_incident_roles.model import UserId

_TEAMS = "/api/v2/team"
_PAGE_SIZE = 100
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


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
        if _UUID.fullmatch(wanted):
            return self._by_id(wanted)
        return tuple(team for team in self._listed(wanted) if team.answers_to(wanted))

    def members(self, team_id: str) -> TeamMembers:
        """Read everybody who belongs to a team; raises NotFound.

        The answer names a next page on the last one too (recording), so the total and a page
        with nothing new end the reading. Members of teams below this one are not listed.
        """
        found: dict[str, UserId | None] = {}
        users: list[User] = []
        for number in count():
            where = path(_TEAMS, team_id, "memberships")
            page = self._session.get(where, parse_memberships, _page(number))
            is_new = not page.members.keys() <= found.keys()
            found.update(page.members)
            users.extend(page.users.values())
            if not is_new or (page.total is not None and len(found) >= page.total):
                break
        listed = dict.fromkeys(user_id for user_id in found.values() if user_id)
        return TeamMembers(user_ids=tuple(listed), users=by_id(users))

    def _by_id(self, team_id: str) -> tuple[Team, ...]:
        try:
            return (self._session.get(path(_TEAMS, team_id.lower()), parse_team),)
        except NotFound:
            return ()

    def _listed(self, keyword: str) -> Iterator[Team]:
        seen: set[str] = set()
        for number in count():
            params = (("filter[keyword]", keyword), *_page(number))
            page = self._session.get(_TEAMS, parse_teams, params)
            new = [team for team in page.teams if team.id not in seen]
            yield from new
            seen.update(team.id for team in new)
            if not new or (page.total is not None and len(seen) >= page.total):
                return


def _page(number: int) -> Params:
    return (("page[size]", str(_PAGE_SIZE)), ("page[number]", str(number)))
