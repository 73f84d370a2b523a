"""What the sync engine needs of the outside: a target to read and write, and a record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from dd_incident_roles.errors import DatadogError
from dd_incident_roles.model import (
    EntryKey,
    Incident,
    IncidentId,
    Observation,
    Person,
    PersonKey,
    RoleKey,
)
from dd_incident_roles.sync.changes import Outcome, RemoteChange
from dd_incident_roles.sync.entries.listing import EntryListing
from dd_incident_roles.sync.state import Edit, IncidentState


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleListing:
    """Who holds what in the target, from one complete and successful reading.

    ``holders`` has a row for every role that the target can show, empty ones too, and ``via`` says
    in which way it shows it; ``unsupported`` says of every other role why the target cannot show
    it. ``unread`` are roles of which it cannot have shown all this time, because of a
    ``contradiction``. ``single`` are the roles that the
    record keeps to one holder. ``unknown`` names roles that
    the target shows and the catalogue does not know, and ``undefined`` are roles of the catalogue
    that the target does not define; None where it does not tell what it defines. ``one_person`` are
    roles that several may hold here, and that the target gives to one person at a time.
    """

    holders: Mapping[RoleKey, frozenset[PersonKey]]
    via: Mapping[RoleKey, str]
    single: frozenset[RoleKey]
    unsupported: Mapping[RoleKey, str] = field(default_factory=lambda: MappingProxyType({}))
    unread: frozenset[RoleKey] = frozenset()
    contradiction: DatadogError | None = None
    responders: frozenset[PersonKey] | None = None
    remote_ids: Mapping[tuple[RoleKey, PersonKey], str] = field(
        default_factory=lambda: MappingProxyType({})
    )
    unknown: tuple[str, ...] = ()
    undefined: frozenset[RoleKey] | None = frozenset()
    one_person: frozenset[RoleKey] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One incident as a target shows it at one moment.

    ``commander`` is the account that the target shows in command, be it a person or not.
    ``timeline`` is None where the target offers none, and ``no_timeline`` says why.
    ``failures`` are parts that could not be read, and about which nothing is concluded.
    """

    incident: Incident
    roles: RoleListing
    people: Mapping[PersonKey, Person]
    commander: Person | None = None
    notices: tuple[str, ...] = ()
    timeline: EntryListing | None = None
    no_timeline: str | None = None
    failures: tuple[DatadogError, ...] = ()

    @property
    def every_failure(self) -> tuple[DatadogError, ...]:
        """What could not be read of the timeline and of the roles."""
        contradiction = self.roles.contradiction
        return (*self.failures, *((contradiction,) if contradiction else ()))


class Target(Protocol):
    """An outside system that the record is kept in agreement with."""

    @property
    def name(self) -> str:
        """The word for it in reports, such as ``datadog``."""

    def read(self, incident_id: IncidentId) -> Reading:
        """Read one incident whole; raises rather than returning a part."""

    def perform(self, incident_id: IncidentId, change: RemoteChange) -> Outcome:
        """Read again what the change touches, write it once, and confirm it from the answer."""


class Record(Protocol):
    """Our own store, the hub; every method is one transaction."""

    def state(self, incident_id: IncidentId, target: str) -> IncidentState:
        """Everything held about one incident and one target, as of one moment."""

    def keys_elsewhere(
        self, incident_id: IncidentId, keys: Collection[EntryKey]
    ) -> frozenset[EntryKey]:
        """Those of the keys that belong to entries of other incidents."""

    def commit(
        self,
        incident_id: IncidentId,
        target: str,
        edits: Sequence[Edit],
        *,
        expected_version: int | None = None,
    ) -> None:
        """Apply all edits or none; raises RecordChanged when the version has moved on."""

    def remember(
        self, incident: Incident, people: Mapping[PersonKey, Person], at: datetime
    ) -> None:
        """Keep what was seen of an incident and its people; writes nothing when nothing changed."""

    def incident(self, incident_id: IncidentId) -> Incident | None:
        """The incident as it was last seen."""

    def observations(self, incident_id: IncidentId) -> tuple[Observation, ...]:
        """What the incident was seen to be, oldest first."""
