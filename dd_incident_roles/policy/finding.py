"""What a check says about an incident, and what it could not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from dd_incident_roles.model import Incident, IncidentId, RoleKey
from dd_incident_roles.roles.catalogue import Level

_FINGERPRINT_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRef:
    """An incident as a finding names it; nothing but the public id is told of a private one."""

    id: IncidentId
    public_id: int
    title: str | None

    @classmethod
    def of(cls, incident: Incident) -> IncidentRef:
        """The reference to an incident that may be shown in a log."""
        title = None if incident.private else incident.title
        return cls(id=incident.id, public_id=incident.public_id, title=title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """What a rule found; the engine adds which rule and which incident it was."""

    level: Level
    message: str
    since: datetime
    fix: str
    role: RoleKey | None = None
    stream: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """Who allowed a finding to stand, why, and until when."""

    reason: str
    owner: str
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One way in which an incident is not as it should be, with what to type about it."""

    rule: str
    name: str
    level: Level
    incident: IncidentRef
    message: str
    since: datetime
    fix: str
    role: RoleKey | None = None
    stream: str | None = None
    waived: Waived | None = None

    @property
    def fingerprint(self) -> str:
        """What stays the same about the finding from run to run, whatever its words and times."""
        parts = (self.rule, self.incident.id, self.role or "", self.stream or "")
        return sha256("|".join(parts).encode()).hexdigest()[:_FINGERPRINT_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated:
    """Something that could not be looked at, so that nothing is said about it.

    ``incident`` is a public id, else what the incident was called by; None where the list of
    incidents itself could not be read.
    """

    incident: int | str | None
    reason: str
