"""``suggest``: look at the incident, find people, and propose; nothing is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.assign import qualified_members
from dd_incident_roles.commands.naming import find_incident, find_role
from dd_incident_roles.commands.reading import read_incidents
from dd_incident_roles.datadog.teams import Team
from dd_incident_roles.datadog.users import User, Users, by_id
from dd_incident_roles.errors import ConfigurationError, DatadogError, NotFound, Refused
from dd_incident_roles.model import IncidentId, Person, PersonKind, UserId
from dd_incident_roles.policy.clock import is_required
from dd_incident_roles.policy.facts import Account, Facts, NotRead
from dd_incident_roles.roles.catalogue import MembersOf, OnCallOf, Role, SuggestionSource
from dd_incident_roles.suggesting.candidate import Candidate, Shadow
from dd_incident_roles.suggesting.shadowing import Rotation, shadows
from dd_incident_roles.suggesting.suggest import suggest
from dd_incident_roles.suggesting.suggestion import LaterTiers, Suggestion, Suggestions, Unread
from dd_incident_roles.suggesting.wording import looked_at
from dd_incident_roles.sync.result import IncidentResult
from dd_incident_roles.sync.threads import in_threads


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
    [seen] = read_incidents(application, [incident_id])
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
            qualified=user_id.lower() in members if isinstance(members, frozenset) else None,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateAccount:
    """A person and the account; ``is_pending`` says that it was invited and never used."""

    person: Person
    account: Account | NotRead
    is_pending: bool = False


def candidate_accounts(
    application: Application, user_ids: Iterable[UserId], included: Mapping[UserId, User]
) -> dict[UserId, CandidateAccount]:
    """Read each account once, as it is now.

    On-Call does not tell whether an account is in use, nor a team whether it was ever used
    (recordings). Somebody whose account cannot be read is known by what was ``included`` beside
    the finding, if only the id. Raises DatadogError where every further request would fail too.
    """
    wanted = tuple(dict.fromkeys(user_ids))
    users = Users(application.session)

    def read(user_id: UserId) -> CandidateAccount:
        try:
            return _account(application, users.get(user_id))
        except DatadogError as error:
            if error.stops_the_run:
                raise
            known = application.directory.person(included.get(user_id) or User(id=user_id))
            problem = NotRead(reason=error.message.rstrip("."))
            return CandidateAccount(person=known, account=problem)

    found = in_threads(read, wanted, at_most=application.settings.concurrency)
    return dict(zip(wanted, found, strict=True))


def _account(application: Application, user: User) -> CandidateAccount:
    person = application.directory.person(user)
    is_person = application.directory.is_person(person)
    if not is_person or person.kind is PersonKind.SERVICE_ACCOUNT:
        account = Account.SERVICE_ACCOUNT
    else:
        account = Account.PERSON if user.active else Account.DEACTIVATED
    return CandidateAccount(
        person=person,
        account=account,
        is_pending=user.is_invited,
    )


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
