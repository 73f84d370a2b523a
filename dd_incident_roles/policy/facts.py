"""What the rules look at: one incident at one moment, as one immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Assignment,
    Incident,
    Observation,
    Person,
    PersonKey,
    RoleKey,
    Source,
)
from dd_incident_roles.policy.surroundings import (
    Account,
    ChatTopic,
    DatadogRoles,
    Dispute,
    IncidentIssue,
    NotConnected,
    NotRead,
    Proposal,
    RefusedChange,
    TimelineActivity,
)
from dd_incident_roles.roles.catalogue import Catalogue

_Fact = TypeVar("_Fact")

_NOBODY_LOOKED = NotRead(reason="nobody looked at the account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """That somebody holds a role now, and since when.

    ``pending`` says that it is recorded here and Datadog was not told yet; ``set_by`` is who did
    it, as the record names them.
    """

    role: RoleKey
    person: Person
    since: datetime
    source: Source
    stream: str | None = None
    pending: bool = False
    set_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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

    incident: Incident
    catalogue: Catalogue
    holdings: tuple[Holding, ...] = ()
    vacancies: Mapping[RoleKey, datetime] = field(default_factory=lambda: MappingProxyType({}))
    observations: tuple[Observation, ...] = ()
    responders: frozenset[PersonKey] | None = None
    commander: Person | None = None
    recorded_manager: Holding | None = None
    accounts: Mapping[PersonKey, Account | NotRead] = field(
        default_factory=lambda: MappingProxyType({})
    )
    disputes: tuple[Dispute, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    refused: tuple[RefusedChange, ...] = ()
    datadog_roles: DatadogRoles | NotConnected = field(default_factory=DatadogRoles)
    timeline: TimelineActivity | NotConnected | NotRead = field(default_factory=TimelineActivity)
    issue: IncidentIssue | NotConnected | NotRead = field(
        default_factory=lambda: NotConnected(reason="no issue tracker is connected")
    )
    topic: ChatTopic | NotConnected | NotRead = field(
        default_factory=lambda: NotConnected(reason="no chat is connected")
    )
    intervals: tuple[Assignment, ...] = ()
    watched_since: datetime | None = None
    shows_private: bool = False

    @property
    def is_redacted(self) -> bool:
        """Whether nothing but the public id may be told of the incident."""
        return self.incident.private and not self.shows_private

    def is_held(self, role: RoleKey) -> bool:
        """Whether anybody holds the role, in whichever stream."""
        return any(holding.role == role for holding in self.holdings)

    def holdings_of(self, role: RoleKey) -> tuple[Holding, ...]:
        """Who holds the role, in whichever stream, the longest holder first."""
        own = (holding for holding in self.holdings if holding.role == role)
        return tuple(sorted(own, key=lambda each: (each.since, each.stream or "", each.person.key)))

    @property
    def manager(self) -> Holding | None:
        """Who is Incident Manager, the longest holder where there are several."""
        return next(iter(self.holdings_of(INCIDENT_MANAGER)), None)

    def account(self, person: Person) -> Account:
        """What kind of account a person has; raises FactsMissing where nobody could look."""
        found = self.accounts.get(person.key, _NOBODY_LOOKED)
        if isinstance(found, NotRead):
            called = "a holder" if self.is_redacted else person.label
            raise FactsMissing(f"whether the account of {called} is in use: {found.reason}")
        return found

    def title(self, role: RoleKey) -> str:
        """What a role is called; one that the catalogue has no more is called by its key."""
        return self.catalogue.role(role).title if self.catalogue.has(role) else role

    def named(self, person: Person | None) -> str:
        """A person in a sentence that may end in a log: nobody is named in a private incident."""
        if person is None:
            return "nobody"
        return "somebody" if self.is_redacted else person.label


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
