"""``suggest``: look at the incident, find people, and propose; nothing is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from dd_incident_roles.application import Application
from dd_incident_roles.commands import assign, naming, reading
from dd_incident_roles.datadog.teams import OnCall, Team, Teams
from dd_incident_roles.datadog.users import User, Users, by_id
from dd_incident_roles.errors import ConfigurationError, DatadogError, NotFound, Refused
from dd_incident_roles.model import PersonKind, UserId
from dd_incident_roles.patience import in_threads
from dd_incident_roles.policy.clock import is_required
from dd_incident_roles.policy.facts import Account, NotRead
from dd_incident_roles.roles.catalogue import MembersOf, OnCallOf, Role, SuggestionSource
from dd_incident_roles.suggesting import (
    Candidate,
    LaterTiers,
    Rotation,
    Shadow,
    Suggestions,
    Unread,
    looked_at,
    shadows,
    suggest,
)
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause

_NO_ON_CALL = "teams that do not use On-Call have none, nor do Datadog's government sites"


@frozen
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


def suggest_people(
    application: Application, incident: str, role: str | None, *, for_handoff: bool = False
) -> Suggestions:
    """Propose people for one role, or for each that is empty and required or has places to look.

    ``for_handoff`` proposes for roles that are held as well. Nothing is changed in Datadog. Raises
    UnknownRole and UnknownIncident, ConfigurationError for a team of the catalogue that does not
    exist, and DatadogError where the incident could not be read.
    """
    if role is not None:
        named = naming.find_role(application, incident, role)
        facts = reading.read_incident(application, named.incident_id).facts
        wanted: Sequence[Role] = (facts.catalogue.role(named.role.key),)
    else:
        incident_id = naming.find_incident(application, incident)
        facts = reading.read_incident(application, incident_id).facts
        now = application.clock()
        wanted = [
            each
            for each in facts.catalogue.roles
            # In an incident that is over, nobody needs to take a role.
            if facts.incident.is_open
            and (each.suggested_from or is_required(facts, each, now))
            and (for_handoff or not facts.is_held(each.key))
        ]
    # Each place and each account is read once, however many roles look there.
    places: dict[SuggestionSource, ReadPlace] = {}
    asked = [each for each in wanted if for_handoff or not facts.is_held(each.key)]
    for each in asked:
        for source in each.suggested_from:
            if source not in places:
                places[source] = _read_place(application, each, source)
    found = _read_candidates(application, places.values())
    now = application.clock()
    suggestions = []
    for each in wanted:
        if each not in asked:
            suggestions.append(suggest(each, (), facts, now))
            continue
        at = [places[source] for source in each.suggested_from]
        # Where nobody is looked for, the team is not worth a request.
        members = assign.qualified_members(application, each) if at else None
        candidates = _candidates(at, found, members)
        chosen = suggest(each, candidates, facts, now, for_handoff=for_handoff)
        chosen = replace(
            chosen,
            later_tiers=tuple(
                LaterTiers(team=place.source.team, number=place.later)
                for place in at
                if place.later
            ),
            unread=tuple(_unread_parts(each, at, candidates, members)),
            is_devised=not application.catalogue.has(each.key),
        )
        suggestions.append(chosen)
    file = application.catalogue.file
    return Suggestions(incident=facts.incident, file=file, roles=tuple(suggestions))


def _candidates(
    places: Sequence[ReadPlace],
    found: Mapping[UserId, Candidate],
    members: frozenset[UserId] | NotRead | None,
) -> tuple[Candidate, ...]:
    """Everybody in the places of one role, with what speaks for and against them there."""
    user_ids = dict.fromkeys(user_id for place in places for user_id in place.user_ids)
    return tuple(
        replace(
            found[user_id],
            found=tuple(
                dict.fromkeys(place.source for place in places if user_id in place.user_ids)
            ),
            shadows=tuple(
                Shadow(team=place.source.team, place=place.shadows[user_id])
                for place in places
                if user_id in place.shadows
            ),
            qualified=user_id.lower() in members if isinstance(members, frozenset) else None,
        )
        for user_id in user_ids
    )


def _unread_parts(
    role: Role,
    places: Iterable[ReadPlace],
    candidates: Sequence[Candidate],
    members: frozenset[UserId] | NotRead | None,
) -> Iterator[Unread]:
    for place in places:
        yield from place.unread
    for each in candidates:
        if isinstance(each.account, NotRead):
            what = f"the account of {each.person.label}"
            yield Unread(what=what, reason=each.account.reason)
    if isinstance(members, NotRead) and candidates:
        what = f"who is in the team {role.qualified_team}, whose members should be {role.title}"
        yield Unread(what=what, reason=members.reason)


def _read_candidates(
    application: Application, places: Collection[ReadPlace]
) -> dict[UserId, Candidate]:
    """Read each account once, as it is now.

    On-Call does not tell whether an account is in use, nor a team whether it was ever used
    (recordings). A person whose account cannot be read is known by what was included beside the
    finding, if only the id. Raises DatadogError where every further request would fail too.
    """
    wanted = tuple(dict.fromkeys(user_id for place in places for user_id in place.user_ids))
    included = by_id(user for place in places for user in place.users.values())
    users = Users(application.session)

    def read(user_id: UserId) -> Candidate:
        try:
            user = users.get(user_id)
        except DatadogError as error:
            if error.stops_the_run:
                raise
            known = application.directory.person(included.get(user_id) or User(id=user_id))
            problem = NotRead(reason=clause(error.message))
            return Candidate(person=known, found=(), account=problem)
        person = application.directory.person(user)
        account = Account.PERSON if user.active else Account.DEACTIVATED
        is_service = person.kind is PersonKind.SERVICE_ACCOUNT
        if is_service or not application.directory.is_person(person):
            account = Account.SERVICE_ACCOUNT
        return Candidate(person=person, found=(), account=account, is_pending=user.is_invited)

    found = in_threads(read, wanted, at_most=application.settings.concurrency)
    return dict(zip(wanted, found, strict=True))


def _read_place(application: Application, role: Role, source: SuggestionSource) -> ReadPlace:
    """Find the people of one place; what Datadog does not show is noted, and stops nothing else.

    Raises ConfigurationError where not exactly one team is called as the catalogue has it, and
    DatadogError where every further request would fail too.
    """
    try:
        team = _find_team(application, role, source)
        match source:
            case OnCallOf():
                return _read_on_call(application, source, team)
            case MembersOf():
                members = Teams(application.session).members(team.id)
                return ReadPlace(source=source, user_ids=members.user_ids, users=members.users)
    except DatadogError as error:
        return ReadPlace(source=source, unread=(_unread(looked_at(source), error, source),))


def _find_team(application: Application, role: Role, source: SuggestionSource) -> Team:
    teams = Teams(application.session).find(source.team)
    if len(teams) == 1:
        return teams[0]
    problem = "no team in Datadog has this name, or these keys cannot see it"
    hint = "Give the exact handle, name or id of a team."
    if teams:
        problem = "several teams in Datadog have this name"
        hint = f"Give one of their ids instead: {', '.join(sorted(team.id for team in teams))}."
    key, file = f"{role.key}.suggested_from", application.catalogue.file
    raise ConfigurationError(problem, file=file, key=key, value=source.team, hint=hint)


def _read_on_call(application: Application, source: OnCallOf, team: Team) -> ReadPlace:
    on_call = OnCall(application.session)
    found = on_call.of_team(team.id)
    paged_later = {user_id for step in found.escalations for user_id in step}
    watching: dict[UserId, str] = {}
    unread: tuple[Unread, ...] = ()
    # Without the schedules, people on call are still proposed, with a note of what is not known.
    try:
        schedule_ids = on_call.schedules_of_team(team.id)
        watching = shadows(
            Rotation(
                schedule=schedule.name or "",
                layer=layer.name or "",
                members=layer.members,
                tags=schedule.tags,
            )
            for schedule in map(on_call.schedule, schedule_ids)
            for layer in schedule.layers
        )
    except DatadogError as error:
        what = f"the schedules of {source.team}, and so who only shadows there"
        unread = (_unread(what, error, source),)
    return ReadPlace(
        source=source,
        user_ids=found.responders,
        users=found.users,
        # Who is paged first may be on call for a later step too, and counts once.
        later=len(paged_later.difference(found.responders)),
        shadows=watching,
        unread=unread,
    )


def _unread(what: str, error: DatadogError, source: SuggestionSource) -> Unread:
    if error.stops_the_run:
        raise error
    reason = clause(error.message)
    if isinstance(source, OnCallOf) and isinstance(error, NotFound | Refused):
        reason = f"{reason}; {_NO_ON_CALL}"
    elif error.hint:
        reason = f"{reason}. {clause(error.hint)}"
    return Unread(what=what, reason=reason)
