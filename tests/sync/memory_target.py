"""A target in memory that behaves like Datadog's roles, with the faults that networks have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Generic, TypeVar

from dd_incident_roles.errors import TargetError, Unreachable
from dd_incident_roles.model import Incident, IncidentId, PersonKey, RoleKey
from dd_incident_roles.sync.targets import (
    Care,
    Confirmed,
    EnsureResponder,
    GiveRole,
    Handover,
    Outdated,
    Reading,
    RemoteChange,
    RoleChange,
    RoleListing,
    TakeRole,
    WriteOutcome,
    holder_after,
)

INCIDENT = Incident(
    id=IncidentId("11111111-1111-4111-8111-111111111111"),
    public_id=1001,
    title="Checkout fails",
    severity="SEV-1",
    state="active",
    declared=datetime(2026, 1, 1, tzinfo=UTC),
    modified=datetime(2026, 1, 1, tzinfo=UTC),
)
SINGLE_HOLDER_ROLES = (RoleKey("incident_manager"), RoleKey("scribe"))
SHARED = (RoleKey("tech_lead"),)


class Fault(Enum):
    """What can happen to one write."""

    NOT_SENT = auto()
    """It fails before it has any effect, and says so."""
    LOST_BEFORE = auto()
    """No answer comes, and it had no effect."""
    LOST_AFTER = auto()
    """No answer comes, although it took effect."""
    HALF = auto()
    """A handover is cut off after its first half."""


class Killed(BaseException):
    """The process ended here."""


W = TypeVar("W")


@dataclass(slots=True, kw_only=True)
class Faulty(Generic[W]):
    """A system whose writes fail in every known way; ``faults`` are met from the end."""

    name: str = "datadog"
    faults: list[Fault | None] = field(default_factory=list)
    before_write: Callable[[W], object] | None = None
    writes: list[W] = field(default_factory=list)

    def failure(self, said: str, *, ambiguous: bool) -> TargetError:
        """What a client of the system raises."""
        return Unreachable(said, ambiguous=ambiguous)

    def fate_of(self, what: W) -> Fault | None:
        """Let somebody act right before a write, and say what is to become of it."""
        if self.before_write:
            act, self.before_write = self.before_write, None
            act(what)
        return self.faults.pop() if self.faults else None

    def fail_before(self, fault: Fault | None) -> None:
        """Raise where a write comes to nothing."""
        if fault is Fault.NOT_SENT:
            raise self.failure("refused", ambiguous=False)
        if fault is Fault.LOST_BEFORE:
            raise self.failure("no answer", ambiguous=True)

    def note(self, what: W, fault: Fault | None) -> None:
        """Note a write that had an effect; raises where nobody hears of it."""
        self.writes.append(what)
        if fault in {Fault.LOST_AFTER, Fault.HALF}:
            raise self.failure("no answer", ambiguous=True)


@dataclass(slots=True, kw_only=True)
class MemoryDatadog(Faulty[RemoteChange]):
    """A part of one incident in Datadog, of which an old listing may be shown once."""

    incident: Incident = INCIDENT
    stale: Reading | None = None

    def read(self, incident_id: IncidentId, care: Care = Care.NOW) -> Reading:
        if self.stale is not None:
            reading, self.stale = self.stale, None
            return reading
        return self.snapshot()

    def snapshot(self) -> Reading:
        """What a complete listing shows at this moment."""
        raise NotImplementedError


@dataclass(slots=True, kw_only=True)
class MemoryTarget(MemoryDatadog):
    """Datadog's roles of one incident, as far as the engine can see them."""

    roles: dict[RoleKey, set[PersonKey]] = field(
        default_factory=lambda: {role: set() for role in (*SINGLE_HOLDER_ROLES, *SHARED)}
    )
    responders: set[PersonKey] = field(default_factory=set)

    def snapshot(self) -> Reading:
        return Reading(
            incident=self.incident,
            people={},
            roles=RoleListing(
                holders={role: frozenset(people) for role, people in self.roles.items()},
                via={
                    role: "commander" if role == SINGLE_HOLDER_ROLES[0] else "list"
                    for role in self.roles
                },
                single=frozenset(SINGLE_HOLDER_ROLES),
                responders=frozenset(self.responders),
            ),
        )

    def modify(self, at: datetime) -> None:
        """Datadog notes when the incident was last changed, which it does not for every role."""
        self.incident = replace(self.incident, modified=at)

    def choose(self, role: RoleKey, person: PersonKey | None) -> None:
        """Somebody changes a role in Datadog's own pages."""
        if role in SINGLE_HOLDER_ROLES:
            self.roles[role] = {person} if person else set()
        elif person:
            self.roles[role] ^= {person}
        self.responders |= self.roles[role]

    def perform(self, incident_id: IncidentId, change: RemoteChange) -> WriteOutcome:
        assert isinstance(change, EnsureResponder | Handover | GiveRole | TakeRole)
        fault = self.fate_of(change)
        if outdated := self._outdated(change):
            return outdated
        self.fail_before(fault)
        if self._in_place(change):
            return Confirmed(holder=holder_after(change), already=True)
        self._write(change, half=fault is Fault.HALF)
        self.note(change, fault)
        return Confirmed(holder=holder_after(change))

    def _outdated(self, change: RoleChange) -> Outdated | None:
        if isinstance(change, Handover):
            found = self.roles[change.role] - {change.after}
            if not found <= change.before:
                return Outdated(found=f"{sorted(found)} hold it now")
        return None

    def _in_place(self, change: RoleChange) -> bool:
        match change:
            case EnsureResponder(person=person):
                return person in self.responders
            case Handover(role=role, after=after):
                return self.roles[role] == ({after} if after else set())
            case GiveRole(role=role, person=person):
                return person in self.roles[role]
            case TakeRole(role=role, person=person):
                return person not in self.roles[role]

    def _write(self, change: RoleChange, *, half: bool) -> None:
        match change:
            case EnsureResponder(person=person):
                self.responders.add(person)
            case Handover(role=role, after=after) if half and role != SINGLE_HOLDER_ROLES[0]:
                self.roles[role] |= {after} if after else set()
            case Handover(role=role, after=after):
                self.roles[role] = {after} if after else set()
            case GiveRole(role=role, person=person):
                assert person in self.responders, "a role was given to somebody who is no responder"
                self.roles[role].add(person)
            case TakeRole(role=role, person=person):
                self.roles[role].discard(person)
