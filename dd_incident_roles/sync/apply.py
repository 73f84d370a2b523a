"""The one place that carries a plan out: each write is noted before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from dd_incident_roles.errors import DatadogError, RecordChanged
from dd_incident_roles.model import Entry, EntryKey, PersonKey, RoleKey
from dd_incident_roles.sync.changes import (
    Confirmed,
    EnsureResponder,
    GiveRole,
    Handover,
    Outdated,
    RemoteChange,
    RoleChange,
    TakeRole,
    Unsupported,
)
from dd_incident_roles.sync.entries.adoption import altered_notice
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.changes import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryChange,
    Removed,
    UpdateEntry,
    Written,
)
from dd_incident_roles.sync.entries.listing import RemoteEntry
from dd_incident_roles.sync.entries.pair import holds_text, local_digest
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.plan_presence import RESPONDER
from dd_incident_roles.sync.ports import Record, Target
from dd_incident_roles.sync.resting import about_of, refused_now
from dd_incident_roles.sync.result import Failure
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    Intent,
    Link,
    Moving,
    Put,
    RefusedWrite,
    RoleTombstone,
    Tombstone,
)

FORBIDDEN = 403

ROLE_CHANGES = EnsureResponder | Handover | GiveRole | TakeRole
"""The writes of roles, as a class pattern."""


@dataclass(slots=True, kw_only=True)
class Applied:
    """What became of a plan; ``stale`` says why the rest of it must be planned again."""

    edits_done: bool = False
    writes: list[RemoteChange] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    refused: list[RefusedWrite] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    stale: str | None = None
    stop: DatadogError | None = None


def apply(plan: Plan, *, target: Target, record: Record, clock: Callable[[], datetime]) -> Applied:
    """Carry a plan out as far as possible and say how far that was.

    The record's part is one transaction that fails as a whole if somebody changed the record since
    the plan was made. Every write to the target is preceded by an intent on disk and followed by
    its link, so that a run killed at any moment is understood by the next one.
    """
    return _Run(plan, target, record, clock).carry_out()


def take_in(plan: Plan, *, target: Target, record: Record, at: datetime) -> None:
    """Carry out only the record's part of a plan; raises RecordChanged if somebody was quicker."""
    incident = plan.reading.incident
    record.remember(incident, plan.reading.people, at)
    edits = plan.every_edit
    if edits:
        record.commit(incident.id, target.name, edits, expected_version=plan.state.version)


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
        self.roles_moved = False

    def carry_out(self) -> Applied:
        try:
            take_in(self.plan, target=self.target, record=self.record, at=self.clock())
            self.version += self.plan.moves_the_record
            self.applied.edits_done = True
            for write in self.plan.every_write:
                if self.applied.stop or self.roles_moved:
                    break
                if not self._depends_on_failure(write):
                    self._write(write)
        except RecordChanged:
            self.applied.stale = "the record was changed while the sync was running"
        return self.applied

    def _write(self, write: RemoteChange) -> None:
        self._commit(self._intent(write), expected=self.version)
        try:
            outcome = self.target.perform(self.incident, write)
        except DatadogError as error:
            self._failed(write, error)
            return
        match outcome:
            case Outdated(found=why) | Unsupported(reason=why):
                self._commit(self._withdrawn(write))
                self.applied.stale = why
                self.roles_moved = isinstance(write, ROLE_CHANGES)
            case _:
                self._commit((*self._learned(write, outcome), *self._not_refused(write)))
                self._note(write, outcome)

    def _intent(self, write: RemoteChange) -> tuple[Edit, ...]:
        if isinstance(write, ROLE_CHANGES):
            return (role_intent(write, self.clock()),)
        return entry_intent(write, self.clock())

    def _withdrawn(self, write: RemoteChange) -> tuple[Edit, ...]:
        if isinstance(write, ROLE_CHANGES):
            return role_withdrawn(self.plan, write)
        return entry_withdrawn(self.plan, write)

    def _learned(
        self, write: RemoteChange, outcome: Confirmed | Written | Removed
    ) -> tuple[Edit, ...]:
        if isinstance(write, ROLE_CHANGES) and isinstance(outcome, Confirmed):
            return role_learned(self.plan, write, outcome, self.clock())
        if isinstance(write, ROLE_CHANGES) or isinstance(outcome, Confirmed):
            raise TypeError(f"{type(outcome).__name__} is no answer to {type(write).__name__}")
        return entry_learned(write, outcome, self.clock())

    def _note(self, write: RemoteChange, outcome: Confirmed | Written | Removed) -> None:
        match write, outcome:
            case _, (Confirmed(already=True) | Removed(already=True)):
                return
            case ((CreateEntry(entry=entry) | UpdateEntry(entry=entry)), Written(entry=shown)):
                if is_altered(entry, shown):
                    self.applied.notices.append(altered_notice(entry))
            case _:
                pass
        self.applied.writes.append(write)

    def _failed(self, write: RemoteChange, error: DatadogError) -> None:
        """A write that may have landed keeps its intent; one that was declined never happened."""
        if not error.ambiguous:
            self._commit((*self._withdrawn(write), *self._concluded(write, error)))
        if isinstance(write, EnsureResponder):
            self.not_responders.add(write.person)
        self.applied.failures.append(Failure(error=error, ambiguous=error.ambiguous))
        if error.stops_the_run:
            self.applied.stop = error

    def _concluded(self, write: RemoteChange, error: DatadogError) -> tuple[Edit, ...]:
        """What follows from a clear answer: an entry is not ours, or the write rests."""
        if error.status == FORBIDDEN and isinstance(write, UpdateEntry | DeleteEntry | DeleteSpare):
            return entry_disowned(self.plan, write)
        if not error.declines_write:
            return ()
        row = refused_now(self.plan, write, error, self.clock())
        self.applied.refused.append(row)
        return (Put(row),)

    def _not_refused(self, write: RemoteChange) -> tuple[Edit, ...]:
        about = about_of(write)
        known = any(row.about == about for row in self.plan.state.refused)
        return (Drop(RefusedWrite, about),) if known else ()

    def _depends_on_failure(self, write: RemoteChange) -> bool:
        match write:
            case GiveRole(person=person):
                return person in self.not_responders
            case Handover(after=after):
                return after in self.not_responders
            case _:
                return False

    def _commit(self, edits: tuple[Edit, ...], expected: int | None = None) -> None:
        if not edits:
            return
        self.record.commit(self.incident, self.target.name, edits, expected_version=expected)
        self.version += any(isinstance(edit, Moving) for edit in edits)


def entry_intent(write: EntryChange, now: datetime) -> tuple[Edit, ...]:
    """The note that an entry is about to be written; a second copy of one needs none."""
    if isinstance(write, DeleteSpare):
        return ()
    intent = EntryIntent(key=_key(write), digest=_digest_after(write), since=now)
    return (Put(intent),)


def entry_learned(
    write: EntryChange, outcome: Written | Removed, now: datetime
) -> tuple[Edit, ...]:
    """The new base after a write that the target confirmed."""
    match write, outcome:
        case ((CreateEntry(entry=entry) | UpdateEntry(entry=entry)), Written(entry=shown)):
            return (_linked(entry, shown), Drop(EntryIntent, entry.key))
        case DeleteEntry(key=key, remote_id=remote_id), Removed():
            return (
                Drop(EntryLink, key),
                Drop(EntryIntent, key),
                ArchiveEntry(key=key, at=now),
                Put(Tombstone(remote_id=remote_id, since=now)),
            )
        case DeleteSpare(remote_id=remote_id, link=link), Removed():
            tombstone = Put(Tombstone(remote_id=remote_id, since=now))
            return (tombstone, Put(link)) if link else (tombstone,)
        case _:
            raise TypeError(f"{type(outcome).__name__} is no answer to {type(write).__name__}")


def entry_withdrawn(plan: Plan, write: EntryChange) -> tuple[Edit, ...]:
    """The entry's intents as they were before: this attempt did not reach the target."""
    if isinstance(write, DeleteSpare):
        return ()
    key = _key(write)
    earlier = [intent for intent in plan.state.timeline.intents if intent.key == key]
    return (Drop(EntryIntent, key), *(Put(intent) for intent in earlier))


def entry_disowned(plan: Plan, write: EntryChange) -> tuple[Edit, ...]:
    """Datadog declined to let us change an entry: it is somebody else's from then on."""
    links = (link for link in plan.state.timeline.links if link.key == _key(write))
    return tuple(Put(replace(link, ours=False)) for link in links)


def is_altered(entry: Entry, shown: RemoteEntry) -> bool:
    """Whether the target shows another text than was sent."""
    return not holds_text(shown, entry)


def _linked(entry: Entry, shown: RemoteEntry) -> Put:
    return Put(
        EntryLink(
            key=entry.key,
            remote_id=shown.id,
            local_digest=local_digest(entry),
            remote_digest=shown.digest,
            remote_modified=shown.modified,
            ours=True,
            altered=is_altered(entry, shown),
        )
    )


def _key(write: EntryChange) -> EntryKey:
    match write:
        case CreateEntry(entry=entry) | UpdateEntry(entry=entry):
            return entry.key
        case DeleteEntry(key=key) | DeleteSpare(key=key):
            return key


def _digest_after(write: EntryChange) -> Digest | None:
    match write:
        case CreateEntry(entry=entry) | UpdateEntry(entry=entry):
            return local_digest(entry)
        case DeleteEntry() | DeleteSpare():
            return None


def role_intent(write: RoleChange, now: datetime) -> Edit:
    """The note that a role is about to be written."""
    return Put(Intent(item=write.item, holder=_holder_after(write), since=now))


def role_learned(
    plan: Plan, write: RoleChange, outcome: Confirmed, now: datetime
) -> tuple[Edit, ...]:
    """The new base after a write that the target confirmed."""
    return (*_based(plan, write, outcome, now), Drop(Intent, write.item))


def role_withdrawn(plan: Plan, write: RoleChange) -> tuple[Edit, ...]:
    """The item's intents as they were before: this attempt did not reach the target."""
    earlier = [intent for intent in plan.state.intents if intent.item == write.item]
    return (Drop(Intent, write.item), *(Put(intent) for intent in earlier))


def _based(plan: Plan, write: RoleChange, outcome: Confirmed, now: datetime) -> tuple[Edit, ...]:
    if isinstance(write, TakeRole):
        return (Drop(Link, write.item), _tombstone(plan, write.role, write.person, now))
    link = Link(
        item=write.item,
        holder=outcome.holder,
        via=_via(plan, write),
        remote_id=outcome.remote_id,
    )
    gone = sorted(write.before - {write.after}) if isinstance(write, Handover) else []
    role = write.role if isinstance(write, Handover) else None
    return (Put(link), *(_tombstone(plan, role, person, now) for person in gone if role))


def _tombstone(plan: Plan, role: RoleKey, person: PersonKey, now: datetime) -> Edit:
    seen = plan.reading.incident.modified
    return Put(RoleTombstone(role=role, person=person, seen=seen, since=now))


def _via(plan: Plan, write: RoleChange) -> str:
    match write:
        case EnsureResponder():
            return RESPONDER
        case GiveRole(role=role) | TakeRole(role=role) | Handover(role=role):
            return plan.reading.roles.via[role]


def _holder_after(write: RoleChange) -> PersonKey | None:
    match write:
        case EnsureResponder(person=person) | GiveRole(person=person):
            return person
        case Handover(after=after):
            return after
        case TakeRole():
            return None
