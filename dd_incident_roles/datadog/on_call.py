"""Datadog On-Call: who is on call for a team, and the schedules of a team."""

from __future__ import annotations

from itertools import count

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paths import path
from dd_incident_roles.datadog.wire.on_call import (
    OnCallTeam,
    Schedule,
    parse_on_call_team,
    parse_schedule,
    parse_schedules,
)

_ON_CALL = "/api/v2/on-call"
_SCHEDULES = f"{_ON_CALL}/schedules"
_RESPONDERS = "responders,escalations.responders"
_LAYERS = "layers,layers.members,layers.members.user"
_PAGE_SIZE = 100


class OnCall:
    """On-Call of one Datadog; reading it needs on_call_read (document).

    Government sites do not have it (document). What they answer, and what is answered for a team
    that does not use it, is unverified: NotFound, Forbidden and Refused are for the caller.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_team(self, team_id: str) -> OnCallTeam:
        """Read who is on call for a team now (recording).

        Several can be at once, and deactivated accounts stay on call (document).
        """
        where = path(f"{_ON_CALL}/teams", team_id, "on-call")
        return self._session.get(where, parse_on_call_team, (("include", _RESPONDERS),))

    def schedule(self, schedule_id: str) -> Schedule:
        """Read one schedule with its layers and their members (recording and released client)."""
        return self._session.get(
            path(_SCHEDULES, schedule_id), parse_schedule, (("include", _LAYERS),)
        )

    def schedules_of_team(self, team_id: str) -> tuple[str, ...]:
        """Read the ids of the schedules that a team owns (released client, unrecorded)."""
        found: dict[str, frozenset[str] | None] = {}
        for number in count():
            params = (
                ("filter[query]", f"team.id:{team_id}"),
                ("page[size]", str(_PAGE_SIZE)),
                ("page[number]", str(number)),
            )
            page = self._session.get(_SCHEDULES, parse_schedules, params)
            is_new = not page.teams.keys() <= found.keys()
            found.update(page.teams)
            if not is_new or (page.total is not None and len(found) >= page.total):
                break
        # A server that ignored the query must not lend a schedule of another team.
        return tuple(
            schedule_id
            for schedule_id, teams in found.items()
            if teams is None or team_id.lower() in teams
        )
