"""What the rules look at: one incident at one moment, as one value, and its words in a sentence.

A new fact is a field here, what fills it in ``facts/live.py``, and its part of the snapshot's
document in ``report/documents/snapshot.py``. In private incidents its texts are redacted by type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from dd_incident_roles import model, words
from dd_incident_roles.roles.catalogue import Catalogue, Holders, Role, Streams
from dd_incident_roles.values import frozen

_Fact = TypeVar("_Fact")

_GENERIC_USER = "slack app user"


class Account(StrEnum):
    """The kind of account of a holder; only a PERSON can hold a role."""

    PERSON = "person"
    SERVICE_ACCOUNT = "service_account"
    DEACTIVATED = "deactivated"


@frozen
class NotConnected:
    """There is nothing to read: it is not set up, or the organisation does not have it."""

    reason: str


@frozen
class NotRead:
    """It exists, but it could not be read."""

    reason: str


@frozen
class Dispute:
    """A role for one person that was changed on both sides; ``standing`` is whom Datadog shows."""

    role: model.RoleKey
    wanted: model.Person | None
    standing: model.Person | None
    since: datetime


@frozen
class Proposal:
    """A handoff that was proposed, and neither accepted nor declined yet."""

    role: model.RoleKey
    receiver: model.Person
    proposed: datetime
    expires: datetime
    holder: model.Person | None = None
    stream: str | None = None


@frozen
class DatadogRoles:
    """Roles that one of the two sides does not know.

    ``unknown`` are names of roles that Datadog shows and the catalogue does not know; ``undefined``
    are roles of the catalogue that Datadog should define and does not. ``one_person`` are those
    that several may hold here, and that Datadog defines for one person.
    """

    unknown: tuple[str, ...] = ()
    undefined: tuple[model.RoleKey, ...] = ()
    one_person: tuple[model.RoleKey, ...] = ()


@frozen
class RefusedChange:
    """A write that was declined and that is still wanted, with nothing changed about it.

    ``attempt`` is assign, unassign, create, update or delete. ``place`` is the issue or room that
    declined it, None where Datadog did, and ``what`` its assignee, roster or topic. Without a
    role, an entry and any of these it was to make the person a responder.
    """

    attempt: str
    reason: str
    since: datetime
    tries: int
    role: model.RoleKey | None = None
    person: model.Person | None = None
    entry: str | None = None
    what: str | None = None
    place: str | None = None


@frozen
class TimelineActivity:
    """When people last wrote into the timeline, and who did.

    ``writers`` has the first note of each person who is known to have written one; ``last_note`` is
    None where nobody ever did.
    """

    last_note: datetime | None = None
    writers: Mapping[model.PersonKey, datetime] = field(default_factory=dict)


@frozen
class IncidentIssue:
    """The issue of the incident in a tracker, its assignees and since when."""

    name: str
    assignees: tuple[model.Person, ...]
    since: datetime


@frozen
class ChatTopic:
    """The holders that the topic of the incident's chat room shows, by role."""

    room: str
    holders: Mapping[model.RoleKey, frozenset[model.PersonKey]]
    since: datetime


@frozen
class Holding:
    """A person who holds a role now, and since when.

    ``pending`` says that it is recorded here and Datadog was not told yet; ``set_by`` is who did
    it, as the record names them.
    """

    role: model.RoleKey
    person: model.Person
    since: datetime
    source: model.Source
    stream: str | None = None
    pending: bool = False
    set_by: str | None = None

    @property
    def known_since(self) -> datetime | None:
        """When it began; None where only Datadog shows it, as for an interval."""
        return self.since if self.source.is_wish else None


class NonPerson(StrEnum):
    """What holds a role instead of a person, in the words of a finding."""

    SERVICE_ACCOUNT = "a service account"
    DEACTIVATED = "a deactivated account"
    NO_USER = "no user in Datadog"


_NON_PERSONS: Final = {
    Account.PERSON: None,
    Account.SERVICE_ACCOUNT: NonPerson.SERVICE_ACCOUNT,
    Account.DEACTIVATED: NonPerson.DEACTIVATED,
}


def is_generic(person: model.Person) -> bool:
    """Whether an account is the one that Datadog uses for a person without a user.

    An incident that is declared from Slack by such a person is given a commander named ``Slack app
    user`` (Datadog's documentation of declaring an incident).
    """
    return (person.name or "").strip().casefold() == _GENERIC_USER


@frozen
class Facts:
    """One incident: what it is, what it was seen to be, and who holds which role.

    ``vacancies`` says since when a role has stood empty that somebody held before; a role that
    nobody ever held has no row. ``observations`` are oldest first. ``responders`` is None where
    Datadog gives no access to them. ``commander`` is the account that Datadog shows as commander,
    be it a person or not, and ``recorded_manager`` is whom the record itself has as Incident
    Manager, before it catches up with Datadog. ``intervals`` are all that the record holds, ended
    or not, and ``watched_since`` is when the record first looked at the incident.

    A fact that is NotRead or NotConnected is asked for through ``known``, and never taken for an
    answer.
    """

    incident: model.Incident
    catalogue: Catalogue
    holdings: tuple[Holding, ...] = ()
    vacancies: Mapping[model.RoleKey, datetime] = field(default_factory=dict)
    observations: tuple[model.Observation, ...] = ()
    responders: frozenset[model.PersonKey] | None = None
    commander: model.Person | None = None
    recorded_manager: Holding | None = None
    accounts: Mapping[model.PersonKey, Account | NotRead] = field(default_factory=dict)
    disputes: tuple[Dispute, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    refused: tuple[RefusedChange, ...] = ()
    datadog_roles: DatadogRoles | NotConnected = DatadogRoles()
    timeline: TimelineActivity | NotConnected | NotRead = field(default_factory=TimelineActivity)
    issue: IncidentIssue | NotConnected | NotRead = NotConnected(
        reason="no issue tracker is connected"
    )
    topic: ChatTopic | NotConnected | NotRead = NotConnected(reason="no chat is connected")
    intervals: tuple[model.Assignment, ...] = ()
    watched_since: datetime | None = None
    shows_private: bool = False

    @property
    def is_redacted(self) -> bool:
        """Whether only the public id of the incident may be shown."""
        return self.incident.private and not self.shows_private

    def is_held(self, role: model.RoleKey) -> bool:
        """Whether anybody holds the role, in whichever stream."""
        return any(holding.role == role for holding in self.holdings)

    def holdings_of(self, role: model.RoleKey) -> tuple[Holding, ...]:
        """Who holds the role, in whichever stream, the longest holder first."""
        own = [holding for holding in self.holdings if holding.role == role]
        # Most roles have one holder, and are asked for in each of very many incidents.
        if len(own) > 1:
            own.sort(key=lambda each: (each.since, each.stream or "", each.person.key))
        return tuple(own)

    @property
    def manager(self) -> Holding | None:
        """Who is Incident Manager, the longest holder where there are several."""
        return next(iter(self.holdings_of(model.INCIDENT_MANAGER)), None)

    def account(self, person: model.Person) -> Account:
        """What kind of account a person has; raises FactsMissing where nobody could look."""
        found = self.accounts.get(person.key, NotRead(reason="the account was not read"))
        if isinstance(found, NotRead):
            called = "a holder" if self.is_redacted else person.label
            raise FactsMissing(
                f"it is not known whether the account of {called} is active: {found.reason}"
            )
        return found

    def non_person(self, person: model.Person) -> NonPerson | None:
        """What holds a role instead of a person, or None for a person; raises FactsMissing."""
        if is_generic(person):
            return NonPerson.NO_USER
        return _NON_PERSONS[self.account(person)]

    def is_non_person(self, person: model.Person) -> bool:
        """Whether an account is known not to be a person's; an unknown one counts as a person's."""
        try:
            return self.non_person(person) is not None
        except FactsMissing:
            return False

    def title(self, role: model.RoleKey) -> str:
        """What a role is called; one that the catalogue has no more is called by its key."""
        return self.catalogue.role(role).title if self.catalogue.has(role) else role

    def named(self, person: model.Person | None) -> str:
        """A person in a sentence that may end in a log: nobody is named in a private incident."""
        if person is None:
            return "nobody"
        return "someone" if self.is_redacted else person.label


def known(fact: _Fact | NotConnected | NotRead) -> _Fact:
    """A fact that may be absent.

    Raises NothingConnected where there is nothing to look at, and FactsMissing where a reading
    failed.
    """
    match fact:
        case NotConnected(reason=reason):
            raise NothingConnected(reason)
        case NotRead(reason=reason):
            raise FactsMissing(reason)
        case _:
            return fact


class FactsMissing(Exception):
    """A rule cannot be decided for an incident, because something about it could not be read."""


class NothingConnected(Exception):
    """A rule has nothing to look at here: what it is about is not connected or not offered.

    Unlike a failed reading this does not make a check incomplete; it is said all the same.
    """


ANYBODY: Final = "PERSON"
ANY_STREAM: Final = "STREAM"
"""The placeholder in a command for the name of a stream."""

LONGEST_TITLE = 101


def subject(facts: Facts) -> str:
    """The incident as a sentence names it; a redacted one only by its public id."""
    incident = facts.incident
    label = words.incident_label(incident.public_id)
    if facts.is_redacted:
        return f"{label} (private)"
    return f'{label} "{words.shorten(incident.title, LONGEST_TITLE)}" ({incident.severity})'


def role_of_incident(facts: Facts, role: Role, stream: str | None) -> str:
    """The role of an incident as a sentence names it; without the stream of a redacted one."""
    shown = "a stream" if stream is not None and facts.is_redacted else stream
    return f"{words.role_label(role.title, shown)} of {subject(facts)}"


def people(facts: Facts, persons: Sequence[model.Person]) -> str:
    """The people, at the beginning of a sentence; only their number in a redacted incident."""
    if facts.is_redacted:
        return "Someone" if len(persons) == 1 else f"{len(persons)} people"
    return words.join_names(facts.named(person) for person in persons)


def since_at(holding: Holding, at: datetime, label: str) -> str:
    """Since when a person holds a role; ``or earlier`` where only Datadog shows it."""
    return f"{label} or earlier" if holding.since == at and not holding.known_since else label


def due(grace: timedelta) -> str:
    """The end of a sentence that says what was expected, such as ``due within 10 minutes``."""
    return f"due within {words.long_duration(grace)}" if grace else "due at once"


def attempted(
    attempt: str,
    *,
    who: str | None,
    title: str | None,
    entry: str | None,
    register: str | None = None,
) -> str:
    """A write that was declined, as what comes after ``Datadog refuses``.

    ``attempt`` is assign, unassign, create, update or delete; ``register`` is an assignee, a roster
    or a topic. Without a role, an entry and a register it was about a responder.
    """
    if register:
        return f"to change the {register}"
    somebody = who or "someone"
    match attempt:
        case "assign":
            return f"to make {somebody} {title}"
        case "unassign":
            return f"to take {title} from {somebody}"
        case "create" if entry is None:
            return f"to add {somebody} to the responders"
        case "create":
            return f"to add the entry {entry}"
        case "update":
            return f"to change the entry {entry}"
        case _:
            return f"to delete the entry {entry}"


def role_command(
    facts: Facts,
    verb: str,
    role: model.RoleKey,
    *,
    person: model.Person | None = None,
    stream: str | None = None,
) -> str:
    """A command about a role of the incident, with PERSON and STREAM to be filled in.

    A private incident's people and streams have no name in it.
    """
    who = ANYBODY
    if person is not None and not facts.is_redacted:
        who = person.email or person.handle or ANYBODY
    if stream is not None and facts.is_redacted:
        stream = ANY_STREAM
    called = facts.catalogue.short_name(role)
    return words.command(verb, facts.incident.public_id, called, who, stream=stream)


def giving_away(facts: Facts, role: Role, stream: str | None) -> str:
    """The command after which a person no longer holds the role.

    Where assigning it to somebody else would leave the first one in it, it is taken away instead.
    """
    is_loose = role.streams is Streams.REQUIRED and stream is None
    verb = "unassign" if role.holders is Holders.MANY or is_loose else "assign"
    named = None if role.streams is Streams.NONE else stream
    return role_command(facts, verb, role.key, stream=named)


def is_closed_since(incident: model.Incident, earliest: datetime) -> bool:
    """Whether an incident was closed at some moment or later; one that is open may still be."""
    return incident.is_open or (incident.resolved or incident.modified) >= earliest
