"""The one place that carries a plan out: each write is noted before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from dd_incident_roles.errors import DatadogError, Forbidden, RecordChanged
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.changes import (
    Confirmed,
    EnsureResponder,
    GiveRole,
    Handover,
    Outdated,
    RemoteChange,
    TakeRole,
    Unsupported,
)
from dd_incident_roles.sync.former import note_former
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.plan_presence import RESPONDER
from dd_incident_roles.sync.ports import Record, Target
from dd_incident_roles.sync.result import Failure
from dd_incident_roles.sync.state import (
    ClearIntents,
    DropLink,
    Edit,
    Intent,
    Item,
    Link,
    PutIntent,
    PutLink,
)


@dataclass(slots=True, kw_only=True)
class Applied:
    """What became of a plan; ``stale`` says why the rest of it must be planned again."""

    edits_done: bool = False
    writes: list[RemoteChange] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    stale: str | None = None
    stop: DatadogError | None = None


def apply(plan: Plan, *, target: Target, record: Record, clock: Callable[[], datetime]) -> Applied:
    """Carry a plan out as far as possible and say how far that was.

    The record's part is one transaction that fails as a whole if somebody changed the assignments
    since the plan was made. Every write to the target is preceded by an intent on disk and followed
    by its link, so that a run killed at any moment is understood by the next one.
    """
    return _Run(plan, target, record, clock).carry_out()


def take_in(plan: Plan, *, target: Target, record: Record, at: datetime) -> None:
    """Carry out only the record's part of a plan; raises RecordChanged if somebody was quicker."""
    incident = plan.reading.incident
    record.remember(incident, plan.reading.people, at)
    if plan.edits:
        record.commit(incident.id, target.name, plan.edits, expected_version=plan.state.version)


class _Run:
    """One plan on its way."""

    def __init__(
        self, plan: Plan, target: Target, record: Record, clock: Callable[[], datetime]
    ) -> None:
        self.plan = plan
        self.target = target
        self.record = record
        self.clock = clock
        self.incident = plan.reading.incident.id
        self.version = plan.state.version
        self.applied = Applied()
        self.not_responders: set[PersonKey] = set()

    def carry_out(self) -> Applied:
        try:
            self._edit()
            for write in self.plan.writes:
                if self.applied.stale or self.applied.stop:
                    break
                if not self._depends_on_failure(write):
                    self._write(write)
        except RecordChanged:
            self.applied.stale = "the record was changed while the sync was running"
        return self.applied

    def _edit(self) -> None:
        take_in(self.plan, target=self.target, record=self.record, at=self.clock())
        if self.plan.moves_assignments:
            self.version = self.record.state(self.incident, self.target.name).version
        self.applied.edits_done = True

    def _write(self, write: RemoteChange) -> None:
        intent = Intent(item=write.item, holder=_holder_after(write), since=self.clock())
        self._commit(PutIntent(intent=intent), expected=self.version)
        try:
            outcome = self.target.perform(self.incident, write)
        except DatadogError as error:
            self._failed(write, error)
            return
        match outcome:
            case Confirmed():
                self._commit(*self._learned(write, outcome), ClearIntents(item=write.item))
                if not outcome.already:
                    self.applied.writes.append(write)
            case Outdated(found=found):
                self._withdraw(write.item)
                self.applied.stale = found
            case Unsupported(reason=reason):
                self._withdraw(write.item)
                self.applied.stale = reason

    def _failed(self, write: RemoteChange, error: DatadogError) -> None:
        """A write that may have landed keeps its intent; one that was declined never happened."""
        if not error.ambiguous:
            self._withdraw(write.item)
        if isinstance(write, EnsureResponder):
            self.not_responders.add(write.person)
        self.applied.failures.append(Failure(error=error, ambiguous=error.ambiguous))
        if error.stops_the_run or isinstance(error, Forbidden):
            self.applied.stop = error

    def _withdraw(self, item: Item) -> None:
        """Put the item's intents back to what they were: this attempt did not reach the target."""
        earlier = [intent for intent in self.plan.state.intents if intent.item == item]
        self._commit(ClearIntents(item=item), *(PutIntent(intent=intent) for intent in earlier))

    def _depends_on_failure(self, write: RemoteChange) -> bool:
        match write:
            case GiveRole(person=person):
                return person in self.not_responders
            case Handover(after=after):
                return after in self.not_responders
            case _:
                return False

    def _learned(self, write: RemoteChange, outcome: Confirmed) -> tuple[Edit, ...]:
        if isinstance(write, TakeRole):
            return (DropLink(item=write.item), self._former(write.role, write.person))
        link = Link(
            item=write.item,
            holder=outcome.holder,
            via=self._via(write),
            remote_id=outcome.remote_id,
        )
        return (PutLink(link=link), *self._replaced(write))

    def _replaced(self, write: RemoteChange) -> tuple[Edit, ...]:
        if not isinstance(write, Handover):
            return ()
        gone = sorted(write.before - {write.after})
        return tuple(self._former(write.role, person) for person in gone)

    def _former(self, role: RoleKey, person: PersonKey) -> Edit:
        seen = self.plan.reading.incident.modified
        return note_former(role, person, seen=seen, now=self.clock())

    def _via(self, write: RemoteChange) -> str:
        match write:
            case EnsureResponder():
                return RESPONDER
            case GiveRole(role=role) | TakeRole(role=role) | Handover(role=role):
                return self.plan.reading.roles.via[role]

    def _commit(self, *edits: Edit, expected: int | None = None) -> None:
        self.record.commit(self.incident, self.target.name, edits, expected_version=expected)


def _holder_after(write: RemoteChange) -> PersonKey | None:
    match write:
        case EnsureResponder(person=person) | GiveRole(person=person):
            return person
        case Handover(after=after):
            return after
        case TakeRole():
            return None
