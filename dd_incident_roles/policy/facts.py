"""What the rules look at: one incident at one moment, as one immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from dd_incident_roles.model import Incident, Observation, Person, RoleKey, Source
from dd_incident_roles.roles.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """That somebody holds a role now, and since when."""

    role: RoleKey
    person: Person
    since: datetime
    source: Source
    stream: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One incident: what it is, what it was seen to be, and who holds which role.

    ``vacancies`` says since when a role has stood empty that somebody held before; a role that
    nobody ever held has no row. ``observations`` are oldest first. None means that nobody could
    look: a rule that needs such a fact raises FactsMissing, and never takes it for an answer.
    """

    incident: Incident
    catalogue: Catalogue
    holdings: tuple[Holding, ...] = ()
    vacancies: Mapping[RoleKey, datetime] = field(default_factory=lambda: MappingProxyType({}))
    observations: tuple[Observation, ...] = ()
    responders: int | None = None

    def is_held(self, role: RoleKey) -> bool:
        """Whether anybody holds the role, in whichever stream."""
        return any(holding.role == role for holding in self.holdings)


class FactsMissing(Exception):
    """A rule cannot be decided for an incident, because something about it is not known."""
