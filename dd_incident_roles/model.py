"""The words of the domain as immutable values; every other module speaks in these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from dd_incident_roles.values import frozen

IncidentId = NewType("IncidentId", str)
"""The UUID of an incident in Datadog, lower-case."""

RoleKey = NewType("RoleKey", str)
"""The key of a role in the catalogue, such as ``incident_manager``."""

PersonKey = NewType("PersonKey", str)
"""Who a person is in the record: one key for one account, kept when its e-mail changes.

It is the lower-case e-mail for the account of a person, else the handle, and ``user:<uuid>`` for
service accounts and for further accounts with the same e-mail; ``datadog/directory.py`` decides.
"""

UserId = NewType("UserId", str)
"""The UUID of a user in Datadog, lower-case."""

INCIDENT_MANAGER = RoleKey("incident_manager")
"""The one role that every catalogue has: Datadog calls its holder the Incident Commander."""

STATES_OVER = frozenset({"resolved", "completed", "merged"})
"""The states of incidents that nobody works on any more."""

FieldValue = str | int | float | bool | tuple[str, ...] | None
"""What an incident's property field can hold once it is read."""


class PersonKind(StrEnum):
    """What sort of account stands behind a person."""

    HUMAN = "human"
    SERVICE_ACCOUNT = "service_account"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


@frozen
class Organisation:
    """Whose incidents they are; ``id`` and ``name`` are None where Datadog does not say."""

    site: str
    id: str | None = None
    name: str | None = None

    @property
    def label(self) -> str:
        """How it is named in a sentence."""
        named = f"{self.name} ({self.id})" if self.name and self.id else self.name or self.id
        return f"{named} on {self.site}" if named else self.site

    def is_another_than(self, other: Organisation) -> bool:
        """Whether the two differ as far as is known of both."""
        # What is not known of one contradicts nothing.
        ids = {self.id, other.id} - {None}
        return self.site != other.site or len(ids) > 1

    def completed_by(self, found: Organisation) -> Organisation:
        """This one with what is newly known of it; unchanged by what is said of another."""
        if self.is_another_than(found):
            return self
        return replace(self, id=found.id or self.id, name=found.name or self.name)


class Source(StrEnum):
    """Where a fact in the record was first seen; ISSUE is the assignee of the incident issue."""

    CLI = "cli"
    DATADOG = "datadog"
    ISSUE = "issue"

    @property
    def is_wish(self) -> bool:
        """Whether a person said so to us; what Datadog merely shows is a finding."""
        return self is not Source.DATADOG


@frozen
class Person:
    """Somebody who can hold a role, with what is known of the account in Datadog.

    ``name`` is Datadog's; ``shown`` is the one that the organisation wrote by hand, if any.
    """

    key: PersonKey
    name: str | None = None
    email: str | None = None
    handle: str | None = None
    user_id: UserId | None = None
    kind: PersonKind = PersonKind.UNKNOWN
    active: bool = True
    shown: str | None = None

    @property
    def called(self) -> str | None:
        """The name that is shown: one written by hand before Datadog's."""
        return self.shown or self.name

    @property
    def label(self) -> str:
        """How the person is named in a sentence."""
        return self.called or self.email or self.handle or self.key


@frozen
class Incident:
    """An incident as Datadog describes it; times are aware and in UTC.

    ``severity`` and ``state`` are open sets: values that nobody has listed are kept as they are.
    """

    id: IncidentId
    public_id: int
    title: str
    severity: str
    state: str
    declared: datetime
    modified: datetime
    resolved: datetime | None = None
    customer_impacted: bool = False
    incident_type: str | None = None
    private: bool = False
    is_test: bool = False
    declared_by: UserId | None = None
    commander: UserId | None = None
    fields: Mapping[str, FieldValue] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_open(self) -> bool:
        """Whether people may still be working on it: anything but closed or merged away."""
        return _is_open(self.state)


@frozen
class Absence:
    """Since when Datadog does not show an incident; ``gone`` is when that was believed or said.

    ``looked`` is when it was last looked for in vain: None of one that a person let go of.
    """

    missed: datetime
    gone: datetime | None = None
    looked: datetime | None = None

    def seen_again(self, at: datetime, grace: timedelta) -> Absence:
        """After another look that lacked it: believed once both are a grace apart.

        A first look that lies ahead, by a clock that was mended since, is dated anew.
        """
        if self.gone:
            return replace(self, looked=at) if self.looked else self
        if at < self.missed:
            return Absence(missed=at)
        return replace(self, gone=at, looked=at) if at - self.missed >= grace else self

    def is_due(self, at: datetime) -> bool:
        """Whether one that is gone is to be looked for again: after an hour, then ever less often.

        It may have been out of sight only, and closed since. Each wait is as long as it has been
        missed, a day at most. After a clock was set back it is due at once.
        """
        if self.gone is None or self.looked is None:
            return False
        wait = min(max(self.looked - self.missed, timedelta(hours=1)), timedelta(days=1))
        return not self.looked <= at < self.looked + wait


@frozen
class Observation:
    """What an incident was seen to be, from ``at`` until the next observation."""

    at: datetime
    severity: str
    state: str
    customer_impacted: bool

    @property
    def is_open(self) -> bool:
        """Whether people could still be working on it."""
        return _is_open(self.state)


def observe(incident: Incident, known: Sequence[Observation], at: datetime) -> Observation | None:
    """What an incident is seen to be at an instant, where that is news to what was ``known``.

    The first observation is taken to hold since the declaration.
    """
    seen = Observation(
        at=at if known else incident.declared,
        severity=incident.severity,
        state=incident.state,
        customer_impacted=incident.customer_impacted,
    )
    return None if known and replace(known[-1], at=seen.at) == seen else seen


def _is_open(state: str) -> bool:
    return state.casefold() not in STATES_OVER


@frozen
class Assignment:
    """One interval in which a person held a role; ``until`` is None while it lasts."""

    id: str
    role: RoleKey
    stream: str | None
    person: PersonKey
    since: datetime
    until: datetime | None
    set_by: str
    source: Source
    ended_by: str | None = None
    ended_source: Source | None = None

    @property
    def is_open(self) -> bool:
        """Whether the person holds the role now."""
        return self.until is None

    @property
    def known_since(self) -> datetime | None:
        """When it began; None where only Datadog shows it, since then ``since`` is the first look.

        Datadog shows who holds a role and not since when: each record would say another time.
        """
        return self.since if self.source.is_wish else None


EntryKey = NewType("EntryKey", str)
"""The id of an entry in the record: minted here, or such as ``dd:<id>`` for one born elsewhere."""

BIRTHPLACES: Mapping[str, str] = MappingProxyType(
    {"dd": "datadog", "gh": "github", "gl": "gitlab", "jira": "jira"}
)
"""The target in which an entry was born, by what its key begins with."""


def birthplace_of(key: EntryKey) -> str:
    """Where an entry was first written: in a target, or here."""
    prefix, colon, _ = key.partition(":")
    return BIRTHPLACES.get(prefix, "cli") if colon else "cli"


NOTE = "note"
"""The kind of an entry that a person wrote; every other kind was made by a system."""


@frozen
class Entry:
    """One entry of the timeline; ``at`` is when it happened, ``created`` when it was written down.

    ``kind`` is an open set (``note``, ``status_change``, ``role_change``, …), and so is ``origin``
    (``cli``, ``datadog``, …): where it was first written. ``deleted_at`` marks a wish to delete.
    ``statement`` is what it says for programs, of an entry that we write by ourselves, and
    ``written_by`` the person whose account wrote it in the target, where the target names one.
    """

    key: EntryKey
    at: datetime
    created: datetime
    text: str
    author: str | None = None
    important: bool = False
    kind: str = NOTE
    origin: str = "cli"
    deleted_at: datetime | None = None
    statement: str | None = None
    written_by: PersonKey | None = None
