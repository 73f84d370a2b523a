"""What surrounds the roles of an incident: accounts, timeline, issue, chat, open questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from dd_incident_roles.model import Person, PersonKey, RoleKey


class Account(StrEnum):
    """What stands behind a holder; only PERSON can hold a role."""

    PERSON = "person"
    SERVICE_ACCOUNT = "service_account"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConnected:
    """There is nothing to look at: it is not set up, or the organisation does not have it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """There is something to look at, and it could not be read."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A role for one person that was changed on both sides; ``standing`` is whom Datadog shows."""

    role: RoleKey
    wanted: Person | None
    standing: Person | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A handoff that was proposed, and neither accepted nor declined yet."""

    role: RoleKey
    receiver: Person
    proposed: datetime
    expires: datetime
    holder: Person | None = None
    stream: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatadogRoles:
    """Roles that one of the two sides does not know.

    ``unknown`` are names of roles that Datadog shows and the catalogue does not know; ``undefined``
    are roles of the catalogue that Datadog should define and does not. ``one_person`` are those
    that several may hold here, and that Datadog defines for one person.
    """

    unknown: tuple[str, ...] = ()
    undefined: tuple[RoleKey, ...] = ()
    one_person: tuple[RoleKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedChange:
    """A write that Datadog declined and that is still wanted, with nothing changed about it.

    ``attempt`` is assign, unassign, create, update or delete. Without a role and an entry it was
    to make the person a responder.
    """

    attempt: str
    reason: str
    since: datetime
    tries: int
    role: RoleKey | None = None
    person: Person | None = None
    entry: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineActivity:
    """When people last wrote into the timeline, and who did.

    ``writers`` has the first note of each person who is known to have written one; ``last_note`` is
    None where nobody ever did.
    """

    last_note: datetime | None = None
    writers: Mapping[PersonKey, datetime] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentIssue:
    """The issue of the incident in a tracker, and to whom it is assigned since when."""

    name: str
    assignees: tuple[Person, ...]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTopic:
    """Whom the topic of the incident's chat room shows, for each role that it shows at all."""

    room: str
    holders: Mapping[RoleKey, frozenset[PersonKey]]
    since: datetime
