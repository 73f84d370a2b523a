"""``suggest`` as an operation: look at the incident, find people, and propose; nothing is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dd_incident_roles.datadog.wire.users import by_id
from dd_incident_roles.model import IncidentId, UserId
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.candidate_accounts import candidate_accounts
from dd_incident_roles.operations.find_incident import find_incident
from dd_incident_roles.operations.find_role import find_role
from dd_incident_roles.operations.look import look
from dd_incident_roles.operations.qualification import is_among, qualified_members
from dd_incident_roles.operations.suggestion_sources import ReadPlace, read_place
from dd_incident_roles.policy.clock import is_required
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.surroundings import NotRead
from dd_incident_roles.roles.catalogue import OnCallOf, Role, SuggestionSource
from dd_incident_roles.suggesting.candidate import Candidate, Shadow
from dd_incident_roles.suggesting.suggest import suggest
from dd_incident_roles.suggesting.suggestion import LaterTiers, Suggestion, Suggestions, Unread
from dd_incident_roles.sync.result import IncidentResult


def suggest_people(
    application: Application, incident: str, role: str | None, *, for_handoff: bool = False
) -> Suggestions:
    """Propose people for one role, or for each that is empty and required or has places to look.

    ``for_handoff`` proposes for roles that are held as well. Nothing is changed in Datadog. Raises
    UnknownRole and UnknownIncident, ConfigurationError for a team of the catalogue that does not
    exist, and DatadogError where the incident could not be read.
    """
    if role is not None:
        named = find_role(application, incident, role)
        facts = _facts(application, named.incident_id)
        wanted: Sequence[Role] = (facts.catalogue.role(named.role.key),)
    else:
        facts = _facts(application, find_incident(application, incident))
        wanted = _wanted(application, facts, for_handoff=for_handoff)
    search = _Search(application, facts, wanted, for_handoff=for_handoff)
    return Suggestions(
        incident=facts.incident,
        file=application.catalogue.file,
        roles=tuple(search.suggestion(each) for each in wanted),
    )


def _facts(application: Application, incident_id: IncidentId) -> Facts:
    [seen] = look(application, [incident_id])
    if isinstance(seen, IncidentResult):
        raise seen.failures[0].error
    return seen.facts


def _wanted(application: Application, facts: Facts, *, for_handoff: bool) -> tuple[Role, ...]:
    """In an incident that is over, nobody needs to take a role."""
    if not facts.incident.is_open:
        return ()
    now = application.clock()
    return tuple(
        role
        for role in facts.catalogue.roles
        if (role.suggested_from or is_required(facts, role, now))
        and (for_handoff or not facts.is_held(role.key))
    )


class _Search:
    """Everybody in the places of some roles, each place and each account being read once."""

    def __init__(
        self, application: Application, facts: Facts, roles: Sequence[Role], *, for_handoff: bool
    ) -> None:
        self.application = application
        self.facts = facts
        self.for_handoff = for_handoff
        places: dict[SuggestionSource, ReadPlace] = {}
        for role in roles:
            if self._is_looked_for(role):
                for source in role.suggested_from:
                    if source not in places:
                        places[source] = read_place(application, role, source)
        self.places = places
        self.accounts = candidate_accounts(
            application,
            (user_id for place in places.values() for user_id in place.user_ids),
            by_id(user for place in places.values() for user in place.users.values()),
        )

    def suggestion(self, role: Role) -> Suggestion:
        if not self._is_looked_for(role):
            return suggest(role, (), self.facts, self.application.clock())
        members = qualified_members(self.application, role) if role.suggested_from else None
        candidates = self._candidates(role, members)
        chosen = suggest(
            role,
            candidates,
            self.facts,
            self.application.clock(),
            for_handoff=self.for_handoff,
        )
        places = [self.places[source] for source in role.suggested_from]
        return replace(
            chosen,
            later_tiers=tuple(
                LaterTiers(team=place.source.team, number=place.later)
                for place in places
                if place.later
            ),
            unread=(
                *(each for place in places for each in place.unread),
                *_unread_accounts(candidates),
                *_unread_team(role, members, candidates),
            ),
            is_devised=not self.application.catalogue.has(role.key),
        )

    def _is_looked_for(self, role: Role) -> bool:
        return self.for_handoff or not self.facts.is_held(role.key)

    def _candidates(
        self, role: Role, members: frozenset[UserId] | NotRead | None
    ) -> tuple[Candidate, ...]:
        found: dict[UserId, list[SuggestionSource]] = {}
        for source in role.suggested_from:
            for user_id in self.places[source].user_ids:
                found.setdefault(user_id, []).append(source)
        return tuple(
            self._candidate(user_id, role, sources, members) for user_id, sources in found.items()
        )

    def _candidate(
        self,
        user_id: UserId,
        role: Role,
        sources: Sequence[SuggestionSource],
        members: frozenset[UserId] | NotRead | None,
    ) -> Candidate:
        read = self.accounts[user_id]
        watched = (self.places[source] for source in role.suggested_from)
        return Candidate(
            person=read.person,
            found=tuple(dict.fromkeys(sources)),
            account=read.account,
            is_pending=read.is_pending,
            shadows=tuple(
                Shadow(team=place.source.team, place=place.shadows[user_id])
                for place in watched
                if isinstance(place.source, OnCallOf) and user_id in place.shadows
            ),
            qualified=is_among(members, user_id) if isinstance(members, frozenset) else None,
        )


def _unread_accounts(candidates: Sequence[Candidate]) -> tuple[Unread, ...]:
    return tuple(
        Unread(what=f"the account of {each.person.label}", reason=each.account.reason)
        for each in candidates
        if isinstance(each.account, NotRead)
    )


def _unread_team(
    role: Role, members: frozenset[UserId] | NotRead | None, candidates: Sequence[Candidate]
) -> tuple[Unread, ...]:
    if not isinstance(members, NotRead) or not candidates:
        return ()
    what = f"who is in the team {role.qualified_team}, whose members should be {role.title}"
    return (Unread(what=what, reason=members.reason),)
