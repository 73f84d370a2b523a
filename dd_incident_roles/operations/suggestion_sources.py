"""Looking for people in one place that the catalogue names: an on-call rotation or a team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dd_incident_roles.datadog.wire.teams import Team
from dd_incident_roles.datadog.wire.users import User
from dd_incident_roles.errors import ConfigurationError, DatadogError, NotFound, Refused
from dd_incident_roles.model import UserId
from dd_incident_roles.operations.application import Application
from dd_incident_roles.roles.catalogue import MembersOf, OnCallOf, Role, SuggestionSource
from dd_incident_roles.suggesting.shadowing import Rotation, shadows
from dd_incident_roles.suggesting.suggestion import Unread
from dd_incident_roles.suggesting.wording import looked_at

_NO_ON_CALL = "teams that do not use On-Call and Datadog's government sites have none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlace:
    """Who was found in one place.

    ``later`` is how many people a page reaches only after them, ``shadows`` who only watches in the
    rotations of the team and by what name that is known, and ``unread`` what could not be read.
    """

    source: SuggestionSource
    user_ids: tuple[UserId, ...] = ()
    users: Mapping[UserId, User] = field(default_factory=lambda: MappingProxyType({}))
    later: int = 0
    shadows: Mapping[UserId, str] = field(default_factory=lambda: MappingProxyType({}))
    unread: tuple[Unread, ...] = ()


def read_place(application: Application, role: Role, source: SuggestionSource) -> ReadPlace:
    """Find the people of one place; what Datadog does not show is told, and stops nothing else.

    Raises ConfigurationError where not exactly one team is called as the catalogue has it, and
    DatadogError where every further request would fail too.
    """
    try:
        team = _team(application, role, source)
        match source:
            case OnCallOf():
                return _on_call(application, source, team)
            case MembersOf():
                members = application.teams.members(team.id)
                return ReadPlace(source=source, user_ids=members.user_ids, users=members.users)
    except DatadogError as error:
        return ReadPlace(source=source, unread=(_unread(looked_at(source), error, source),))


def _team(application: Application, role: Role, source: SuggestionSource) -> Team:
    teams = application.teams.find(source.team)
    if len(teams) == 1:
        return teams[0]
    ids = ", ".join(sorted(team.id for team in teams))
    raise ConfigurationError(
        "several teams in Datadog are called so"
        if teams
        else "no team in Datadog is called so, or the keys may not see it",
        file=application.catalogue.file,
        key=f"{role.key}.suggested_from",
        value=source.team,
        hint=f"Give one of their ids instead: {ids}."
        if teams
        else "Give the exact handle, name or id of a team.",
    )


def _on_call(application: Application, source: OnCallOf, team: Team) -> ReadPlace:
    found = application.on_call.of_team(team.id)
    paged_later = {user_id for step in found.escalations for user_id in step.responders}
    watching: dict[UserId, str] = {}
    unread: tuple[Unread, ...] = ()
    try:
        watching = shadows(_rotations(application, team))
    except DatadogError as error:
        what = f"the schedules of {source.team}, and so who only shadows there"
        unread = (_unread(what, error, source),)
    return ReadPlace(
        source=source,
        user_ids=found.responders,
        users=found.users,
        later=len(paged_later.difference(found.responders)),
        shadows=watching,
        unread=unread,
    )


def _rotations(application: Application, team: Team) -> Iterator[Rotation]:
    for schedule_id in application.on_call.schedules_of_team(team.id):
        schedule = application.on_call.schedule(schedule_id)
        for layer in schedule.layers:
            yield Rotation(
                schedule=schedule.name or "",
                layer=layer.name or "",
                members=layer.members,
                tags=schedule.tags,
            )


def _unread(what: str, error: DatadogError, source: SuggestionSource) -> Unread:
    if error.stops_the_run:
        raise error
    reason = error.message.rstrip(".")
    if isinstance(source, OnCallOf) and isinstance(error, NotFound | Refused):
        reason = f"{reason}; {_NO_ON_CALL}"
    elif error.hint:
        reason = f"{reason}. {error.hint.rstrip('.')}"
    return Unread(what=what, reason=reason)
