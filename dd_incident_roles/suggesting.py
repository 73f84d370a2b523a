"""Who is proposed for a role, in which order, and who is left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from shlex import quote

from dd_incident_roles.model import Incident, Person, PersonKey, UserId
from dd_incident_roles.policy.clock import in_force, is_required
from dd_incident_roles.policy.facts import ANY_STREAM, Account, Facts, Holding, NotRead
from dd_incident_roles.roles.catalogue import (
    Exclusion,
    Holders,
    MembersOf,
    OnCallOf,
    Role,
    Streams,
    SuggestionSource,
    describe,
)
from dd_incident_roles.values import frozen


@frozen
class Shadow:
    """A person is only in rotations of a team whose names say that they shadow.

    ``place`` is what is named so, such as ``layer 'Shadow rotation'``.
    """

    team: str
    place: str


@frozen
class Candidate:
    """A person who may be proposed for a role.

    ``found`` are the places in which they were found. ``is_pending`` says that the account was
    invited and never used. ``qualified`` is None where the role demands no team, or nobody could
    look.
    """

    person: Person
    found: tuple[SuggestionSource, ...]
    account: Account | NotRead
    is_pending: bool = False
    shadows: tuple[Shadow, ...] = ()
    qualified: bool | None = None

    @property
    def serves(self) -> tuple[SuggestionSource, ...]:
        """Where they were found, without the teams on whose calls they only watch."""
        watched = {shadow.team for shadow in self.shadows}
        return tuple(
            source
            for source in self.found
            if not (isinstance(source, OnCallOf) and source.team in watched)
        )

    @property
    def on_call(self) -> bool:
        """Whether a page to one of the teams reaches them first."""
        return any(isinstance(source, OnCallOf) for source in self.serves)


SHADOW = "shadow"
"""What names and tags of rotations that only watch have in them, in any case.

Datadog has no mark for such a rotation (released client); the name is a convention.
"""


@frozen
class Rotation:
    """A layer of a schedule, and who takes turns in it."""

    schedule: str
    layer: str
    members: tuple[UserId, ...]
    tags: tuple[str, ...] = ()

    @property
    def named_shadow(self) -> str | None:
        """What says that it only watches: its own name, or that or a tag of the schedule."""
        names = [("layer", self.layer), ("schedule", self.schedule)]
        names += [("tag", tag) for tag in self.tags]
        return next((f"{what} {name!r}" for what, name in names if SHADOW in name.casefold()), None)


def shadows(rotations: Iterable[Rotation]) -> dict[UserId, str]:
    """Who takes turns only in rotations that watch, and by what name that is known.

    A person who is also in another rotation of the same team is not a shadow.
    """
    watching: dict[UserId, str] = {}
    serving: set[UserId] = set()
    for rotation in rotations:
        place = rotation.named_shadow
        for member in rotation.members:
            if place is None:
                serving.add(member)
            else:
                watching.setdefault(member, place)
    return {member: place for member, place in watching.items() if member not in serving}


@frozen
class ProposedPerson:
    """A person who could take a role.

    ``found`` says where they were found, ``holds`` which roles they have in the incident already,
    and ``warning`` what speaks against them. ``command`` gives them the role when it is pasted.
    """

    person: Person
    found: tuple[str, ...]
    on_call: bool
    holds: tuple[str, ...]
    qualified: bool | None
    warning: str | None
    command: str


@frozen
class LeftOut:
    """A person who was found but is not proposed; ``reason`` continues after their name."""

    person: Person
    found: tuple[str, ...]
    reason: str


@frozen
class LaterTiers:
    """How many people a page to a team reaches only later; they are counted, and not proposed."""

    team: str
    number: int


@frozen
class Unread:
    """Something that could not be read, ``what`` as in "Nobody could read …"."""

    what: str
    reason: str


@frozen
class Suggestion:
    """The people to ask for one role, the best first.

    ``called`` is what a command calls the role, and ``holders`` are those who have it now.
    ``is_looked_for`` says whether anybody looked for people, and ``is_devised`` that the role is
    of this incident alone.
    """

    role: Role
    called: str
    required: bool
    holders: tuple[Holding, ...] = ()
    proposed: tuple[ProposedPerson, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    later_tiers: tuple[LaterTiers, ...] = ()
    unread: tuple[Unread, ...] = ()
    is_looked_for: bool = True
    is_devised: bool = False

    @property
    def has_places(self) -> bool:
        """Whether the catalogue says where to find people."""
        return bool(self.role.suggested_from)


@frozen
class Suggestions:
    """The people to ask for the roles of one incident; ``file`` is that of the catalogue."""

    incident: Incident
    file: str
    roles: tuple[Suggestion, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything could be read that was to be looked at."""
        return not any(each.unread for each in self.roles)


def suggest(
    role: Role,
    candidates: Iterable[Candidate],
    facts: Facts,
    now: datetime,
    *,
    for_handoff: bool = False,
) -> Suggestion:
    """Propose people for a role that is empty, or that is to be handed over.

    Free people come before those who hold another role, then those who are qualified before those
    who are not, then those on call before members of a team, each in the order of the catalogue.
    """
    holders = facts.holdings_of(role.key)
    chosen = Suggestion(
        role=role,
        called=role.short_name,
        required=is_required(facts, role, now),
        holders=holders,
    )
    if holders and not for_handoff:
        return replace(chosen, is_looked_for=False)
    proposed: list[ProposedPerson] = []
    left_out: list[LeftOut] = []
    for candidate in sorted(candidates, key=lambda each: _rank(each, role, facts)):
        match _judged(candidate, role, facts, now):
            case ProposedPerson() as one:
                proposed.append(one)
            case LeftOut() as one:
                left_out.append(one)
    return replace(chosen, proposed=tuple(proposed), left_out=tuple(left_out))


def _rank(candidate: Candidate, role: Role, facts: Facts) -> tuple[bool, bool, bool, int, str, str]:
    """What puts one candidate before another; the lowest is the best."""
    places = role.suggested_from
    return (
        bool(_roles_of(candidate, facts)),
        # Where nobody could look (None), nobody is put behind for it.
        candidate.qualified is False,
        not candidate.on_call,
        min((places.index(each) for each in candidate.serves), default=len(places)),
        # The name says nothing of who is better: it keeps the order the same at every call.
        candidate.person.label.casefold(),
        candidate.person.key,
    )


def _judged(
    candidate: Candidate, role: Role, facts: Facts, now: datetime
) -> ProposedPerson | LeftOut:
    person = candidate.person
    reason = _against(candidate, role, facts, now)
    name = name_to_type(person)
    if reason is None and name is None:
        reason = "has neither an e-mail nor a handle"
    if reason is not None or name is None:
        found = tuple(found_in(source) for source in candidate.found)
        # There is always a reason here, which mypy cannot see.
        return LeftOut(person=person, found=found, reason=reason or "")
    return ProposedPerson(
        person=person,
        found=tuple(found_in(source) for source in candidate.serves),
        on_call=candidate.on_call,
        holds=_roles_of(candidate, facts),
        qualified=candidate.qualified,
        warning=not_qualified(person, role) if candidate.qualified is False else None,
        command=offered_command(facts, role, name),
    )


def _against(candidate: Candidate, role: Role, facts: Facts, now: datetime) -> str | None:
    match candidate.account:
        case NotRead(reason=reason):
            return f"has an account that could not be read: {reason}"
        case Account.SERVICE_ACCOUNT:
            return "is a service account"
        case Account.DEACTIVATED:
            return "has a deactivated account"
        case Account.PERSON:
            pass
    if candidate.is_pending:
        return "has not accepted the invitation to Datadog yet"
    key = candidate.person.key
    if any(holding.person.key == key for holding in facts.holdings_of(role.key)):
        return "already holds it"
    # A shadow of one team may be on call for another, and then is proposed for that.
    if candidate.shadows and not candidate.on_call:
        return f"may be shadowing ({candidate.shadows[0].place})"
    return excluded_by(role, key, facts, now)


def _roles_of(candidate: Candidate, facts: Facts) -> tuple[str, ...]:
    held = {row.role for row in facts.holdings if row.person.key == candidate.person.key}
    return tuple(role.title for role in facts.catalogue.roles if role.key in held)


def name_to_type(person: Person) -> str | None:
    """What a command calls a person, None where nothing names them exactly."""
    return person.email or person.handle


def offered_command(facts: Facts, role: Role, name: str) -> str:
    """Assigning an empty role; handing over one that a single person holds.

    A role for many is assigned, since nobody has to give way. A person of whoever asks is named in
    a private incident too, as ``status`` names them.
    """
    called = f"{facts.incident.public_id} {role.short_name}"
    stream = _stream(facts, role)
    if facts.is_held(role.key) and role.holders is Holders.ONE:
        return f"dd-incident-roles handoff {called} {quote(name)}{stream}"
    return f"dd-incident-roles assign {called} {quote(name)}{stream}"


def _stream(facts: Facts, role: Role) -> str:
    held = {holding.stream for holding in facts.holdings_of(role.key)}
    # Who joins a role of many is assigned, and may begin a stream that nobody holds yet.
    if role.streams is Streams.NONE or role.holders is Holders.MANY:
        held = set()
    match sorted(held, key=lambda stream: stream or ""):
        case [str(stream)]:
            return f" --stream {quote(stream)}"
        case [_, _, *_]:
            return f" --stream {ANY_STREAM}"
        case _:
            return f" --stream {ANY_STREAM}" if role.streams is Streams.REQUIRED else ""


def excluded_by(role: Role, person: PersonKey, facts: Facts, now: datetime) -> str | None:
    """Why a person must not hold a role, by an exclusion of either role; else None.

    A condition on the number of responders counts as true if that number is not known.
    """
    held = {holding.role for holding in facts.holdings if holding.person.key == person}
    for holding, exclusion in _between(role, facts):
        if holding.key in held and in_force(exclusion.when, facts, now):
            return f"holds {holding.title}, which excludes {role.title} {describe(exclusion.when)}"
    return None


def _between(role: Role, facts: Facts) -> Iterator[tuple[Role, Exclusion]]:
    """Each exclusion that the role is part of, with the other role of it."""
    for other in facts.catalogue.roles:
        yield from ((other, each) for each in role.excludes if each.role == other.key)
        yield from ((other, each) for each in other.excludes if each.role == role.key)


def found_in(source: SuggestionSource) -> str:
    """Where a person was found, to follow their name in a sentence."""
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
    """The sentence about a person outside the team that a role asks for."""
    return (
        f"{person.label} is not in the team {role.qualified_team}, whose members should be "
        f"{role.title}."
    )
