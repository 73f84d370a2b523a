"""Places to look for people, and what speaks against somebody, in words."""

from __future__ import annotations

from dd_incident_roles.model import Person
from dd_incident_roles.roles.catalogue import MembersOf, OnCallOf, Role, SuggestionSource


def found_in(source: SuggestionSource) -> str:
    """Where somebody was found, as it follows their name."""
    match source:
        case OnCallOf(team=team):
            return f"on call for {team}"
        case MembersOf(team=team):
            return f"in the team {team}"


def looked_at(source: SuggestionSource) -> str:
    """What is looked at in a place, as in "Nobody could read …"."""
    match source:
        case OnCallOf(team=team):
            return f"who is on call for {team}"
        case MembersOf(team=team):
            return f"who is in the team {team}"


def not_qualified(person: Person, role: Role) -> str:
    """One sentence about somebody outside the team that a role asks for."""
    return (
        f"{person.label} is not in the team {role.qualified_team}, whose members should be "
        f"{role.title}."
    )
