"""What a check says about an incident, and what it could not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from dd_incident_roles.model import Incident, IncidentId, RoleKey
from dd_incident_roles.policy.place import Place
from dd_incident_roles.roles.catalogue import Level

_FINGERPRINT_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRef:
    """An incident as a finding names it; nothing but the public id is told of a private one."""

    id: IncidentId
    public_id: int
    title: str | None

    @classmethod
    def of(cls, incident: Incident, *, shows_private: bool = False) -> IncidentRef:
        """The reference to an incident that may be shown in a log."""
        title = None if incident.private and not shows_private else incident.title
        return cls(id=incident.id, public_id=incident.public_id, title=title)


class SeenIn(StrEnum):
    """Where a piece of evidence was seen."""

    RECORD = "record"
    DATADOG = "datadog"
    TIMELINE = "timeline"
    ISSUE = "issue"
    CHAT = "chat"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that a finding rests on: what was seen, about whom, since when, and where.

    ``who`` is the e-mail or handle of a person, None where it is about nobody; ``since`` is None
    where no time belongs to it.
    """

    what: str
    seen_in: SeenIn
    who: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """What a rule found; the engine adds which rule and which incident it was.

    Without a level it has the level of its rule; without a place, the line that sets its rule.
    ``distinct`` tells breaches of one role apart; ``subject`` is what a breach is about that is not
    about its incident, but about the whole organisation.
    """

    message: str
    since: datetime
    fix: str
    level: Level | None = None
    role: RoleKey | None = None
    stream: str | None = None
    evidence: tuple[Evidence, ...] = ()
    place: Place | None = None
    distinct: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """Who allowed a finding to stand, why, and until when."""

    reason: str
    owner: str
    expires: date


class BaselineState(StrEnum):
    """How a finding compares with an earlier check."""

    NEW = "new"
    EXISTING = "existing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One way in which something is not as it should be, with what to type about it.

    ``incident`` is None where the finding is about the policy itself; ``subject`` then says which
    part of it. A finding about the whole organisation has both: one of the incidents in which it
    was seen, and what it is about. ``distinct`` tells findings of one role apart. ``baseline`` is
    None where no earlier check was given.
    """

    rule: str
    name: str
    level: Level
    incident: IncidentRef | None
    message: str
    since: datetime
    fix: str
    role: RoleKey | None = None
    stream: str | None = None
    evidence: tuple[Evidence, ...] = ()
    place: Place | None = None
    subject: str = ""
    distinct: str = ""
    waived: Waived | None = None
    baseline: BaselineState | None = None

    @property
    def fingerprint(self) -> str:
        """What stays the same about the finding from run to run, whatever its words and times."""
        about = self.subject or (self.incident.id if self.incident else "")
        parts = (self.rule, about, self.role or "", self.distinct or self.stream or "")
        told = "|".join(parts).encode("utf-8", "surrogatepass")
        return sha256(told).hexdigest()[:_FINGERPRINT_LENGTH]

    @property
    def public_id(self) -> int | None:
        """The number of the incident, None where the finding is about the policy itself."""
        return self.incident.public_id if self.incident else None

    @property
    def stands(self) -> bool:
        """Whether it can make a check fail: it is not waived, and not known from a baseline."""
        return self.waived is None and self.baseline is not BaselineState.EXISTING


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated:
    """Something that could not be looked at, so that nothing is said about it.

    ``incident`` is a public id, else what the incident was called by; None where the list of
    incidents itself could not be read.
    """

    incident: int | str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """A rule that had nothing to look at in some incidents, such as a chat where none is connected.

    It says nothing about them, and does not make the check incomplete. One that is ``optional``
    looks at what many organisations never connect.
    """

    rule: str
    name: str
    reason: str
    incidents: int
    optional: bool = False
