"""Whether somebody is in the team whose members a role is meant for."""

from __future__ import annotations

import json
from datetime import timedelta

from dd_incident_roles.commands.application import Application
from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.errors import DatadogError, IncidentRolesError
from dd_incident_roles.model import Person, UserId
from dd_incident_roles.policy.surroundings import NotRead
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.suggesting.wording import not_qualified

LIFETIME = timedelta(minutes=15)
"""How long the members of a team are taken to be the same."""

_KIND = "qualified_team"


def qualification_warning(application: Application, role: Role, person: Person) -> str | None:
    """One sentence where somebody is not in the team of a role, or nobody could look; else None.

    It only warns: nothing that goes wrong here stops whoever gives the role.
    """
    members = qualified_members(application, role)
    if members is None:
        return None
    if isinstance(members, NotRead):
        return not_looked(role, person.label, members)
    try:
        user_id = person.user_id or application.directory.user_id(person.key)
    except IncidentRolesError as error:
        return not_looked(role, person.label, NotRead(reason=error.message.rstrip(".")))
    return None if is_among(members, user_id) else not_qualified(person, role)


def qualified_members(application: Application, role: Role) -> frozenset[UserId] | NotRead | None:
    """The accounts in the team of a role; None where it has none.

    They are kept in the record for a quarter of an hour; a reading that failed is not.
    """
    name = role.qualified_team
    if name is None:
        return None
    cache = Cache(application.record, application.clock)
    kept = cache.cached(_KIND, name.casefold())
    if kept is not None:
        return frozenset(UserId(each) for each in json.loads(kept))
    try:
        teams = application.teams.find(name)
        if len(teams) != 1:
            number = "several teams are" if teams else "no team is"
            return NotRead(reason=f"{number} called so in Datadog")
        listed = application.teams.members(teams[0].id).user_ids
    except DatadogError as error:
        return NotRead(reason=error.message.rstrip("."))
    members = frozenset(UserId(each.lower()) for each in listed)
    cache.keep(_KIND, name.casefold(), json.dumps(sorted(members)), lifetime=LIFETIME)
    return members


def is_among(members: frozenset[UserId], user_id: UserId) -> bool:
    """Whether an account is one of those."""
    return UserId(user_id.lower()) in members


def not_looked(role: Role, name: str, problem: NotRead) -> str:
    """One sentence that nobody knows whether somebody is in the team of a role."""
    return (
        f"Nobody could look whether {name} is in the team {role.qualified_team}, whose members "
        f"should be {role.title}: {problem.reason}."
    )
