"""Candidates and a catalogue to choose for; each builder shows only what a test cares for."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.model import INCIDENT_MANAGER, Person
from dd_incident_roles.policy.facts import Account, Facts, Holding
from dd_incident_roles.roles import catalogue as roles
from dd_incident_roles.suggesting import Candidate, Suggestion, suggest
from tests.policy.cases import CATALOGUE, GRAVEST, SCRIBE, TECH_LEAD, at, facts

SRE, DBA = roles.OnCallOf("sre"), roles.OnCallOf("dba")
MANAGERS, WRITERS = roles.MembersOf("managers"), roles.MembersOf("writers")
NOW = at(30)


def _with_places(role: roles.Role) -> roles.Role:
    excludes = (roles.Exclusion(role=TECH_LEAD, when=GRAVEST),) if role.is_commander else ()
    return replace(
        role,
        suggested_from=(MANAGERS, SRE, DBA, WRITERS),
        qualified_team="managers",
        excludes=excludes,
    )


PLACES = roles.Catalogue(
    file="roles.yaml", roles=tuple(_with_places(each) for each in CATALOGUE.roles)
)
"""Every role has places; in the gravest incidents the Incident Manager is not Tech Lead."""

MANAGER_ROLE, SCRIBE_ROLE = PLACES.role(INCIDENT_MANAGER), PLACES.role(SCRIBE)


def found(
    person: Person, *sources: roles.SuggestionSource, qualified: bool | None = True
) -> Candidate:
    """Somebody with an account in use who was found there, among the managers if nowhere else."""
    return Candidate(
        person=person,
        found=sources or (MANAGERS,),
        account=Account.PERSON,
        qualified=qualified,
    )


def incident_with(*holdings: Holding, severity_is_grave: bool = True) -> Facts:
    """An incident in which these people hold these roles."""
    known = facts(catalogue=PLACES)
    if not severity_is_grave:
        known = replace(known, incident=replace(known.incident, severity="SEV-4"))
    return replace(known, holdings=holdings)


def chosen(
    *candidates: Candidate,
    role: roles.Role = SCRIBE_ROLE,
    about: Facts | None = None,
    for_handoff: bool = False,
) -> Suggestion:
    """Who is proposed for a role, the scribe unless said otherwise."""
    return suggest(role, candidates, about or incident_with(), NOW, for_handoff=for_handoff)


def names(suggestion: Suggestion) -> list[str]:
    """The first names of those who are proposed, in their order."""
    return [each.person.label for each in suggestion.proposed]
