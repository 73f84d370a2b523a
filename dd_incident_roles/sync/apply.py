"""The one place that carries a plan out: each write is noted before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from dd_incident_roles.errors import DatadogError, RecordChanged
from dd_incident_roles.model import Entry, EntryKey, PersonKey
from dd_incident_roles.sync.entries.pair import holds_text, local_digest
from dd_incident_roles.sync.entries.plan_entry import altered_notice
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.resting import refused_now, wish_of
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
from dd_incident_roles.sync.targets import (
    RESPONDER,
    Confirmed,
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EnsureResponder,
    EntryChange,
    GiveRole,
    Handover,
    Outdated,
    Record,
    RemoteChange,
    RemoteEntry,
    Removed,
    RoleChange,
    TakeRole,
    Target,
    Unsupported,
    UpdateEntry,
    Written,
    entry_written,
    item_of,
)

FORBIDDEN = 403


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

    The record's part is one transaction that fails as a whole if the record was changed since
    the plan was made. Every write to the target is preceded by an intent on disk and followed by
    its link, so that a run killed at any moment is understood by the next one.
    """
    applying = _Applying(plan, target, record, clock)
    applied = applying.applied
    try:
        take_in(plan, target=target, record=record, at=clock())
        applied.edits_done = True
        for write in plan.every_write:
            if applied.stop or applying.roles_moved:
                break
            if not applying.depends_on_failure(write):
                applying.write(write)
    except RecordChanged:
        applied.stale = "the record was changed while the sync was running"
    return applied


def take_in(plan: Plan, *, target: Target, record: Record, at: datetime) -> None:
    """Carry out only the record's part of a plan; raises RecordChanged if it changed meanwhile."""
    incident = plan.reading.incident
    record.remember(incident, plan.reading.people, at)
    edits = plan.every_edit
    if edits:
        record.commit(incident.id, target.name, edits, expected_version=plan.state.version)


class _Applying:
    """One plan whose edits are in the record and whose writes are on their way."""

    def __init__(
        self, plan: Plan, target: Target, record: Record, clock: Callable[[], datetime]
    ) -> None:
        self.plan = plan
        self.target = target
        self.record = record
        self.clock = clock
        self.incident = plan.reading.incident.id
        self.version = plan.state.version + plan.moves_the_record
        self.applied = Applied()
        self.not_responders: set[PersonKey] = set()
        self.roles_moved = False

    def depends_on_failure(self, write: RemoteChange) -> bool:
        match write:
            case GiveRole(person=person):
                return person in self.not_responders
            case Handover(after=after):
                return after in self.not_responders
            case _:
                return False

    def write(self, write: RemoteChange) -> None:
        # On disk before the write leaves: a run that is killed now is understood by the next one.
        self._commit(intent_of(write, self.clock()), expected=self.version)
        try:
            outcome = self.target.perform(self.incident, write)
        except DatadogError as error:
            self._fail(write, error)
            return
        match outcome:
            case Outdated(found=why) | Unsupported(reason=why):
                self._commit(withdraw(self.plan, write))
                self.applied.stale = why
                # The rest of the plan may rest on this role; an entry that moved concerns no other.
                self.roles_moved = isinstance(write, RoleChange)
                return
            case _:
                learned = learn(self.plan, write, outcome, self.clock())
        # From the answer, not from what was sent: a target may have cut or changed it.
        self._commit((*learned, *self._forget_refusal(write)))
        match write, outcome:
            case _, Confirmed(already=True) | Removed(already=True):
                return
            case CreateEntry(entry=entry) | UpdateEntry(entry=entry), Written(entry=shown):
                if is_altered(entry, shown):
                    self.applied.notices.append(altered_notice(entry))
            case _:
                pass
        self.applied.writes.append(write)

    def _fail(self, write: RemoteChange, error: DatadogError) -> None:
        """A write that may have landed keeps its intent; one that was declined never happened."""
        if not error.ambiguous:
            self._commit((*withdraw(self.plan, write), *self._conclude(write, error)))
        if isinstance(write, EnsureResponder):
            self.not_responders.add(write.person)
        self.applied.failures.append(Failure(error=error, ambiguous=error.ambiguous))
        if error.stops_the_run:
            self.applied.stop = error

    def _conclude(self, write: RemoteChange, error: DatadogError) -> tuple[Edit, ...]:
        """What follows from a clear answer: an entry is not ours, or the write rests."""
        if error.status == FORBIDDEN and isinstance(write, UpdateEntry | DeleteEntry | DeleteSpare):
            return disown(self.plan, entry_written(write))
        if not error.declines_write:
            return ()
        row = refused_now(self.plan, write, error, self.clock())
        self.applied.refused.append(row)
        return (Put(row),)

    def _forget_refusal(self, write: RemoteChange) -> tuple[Edit, ...]:
        about = wish_of(write, self.plan.reading).about
        known = any(row.about == about for row in self.plan.state.refused)
        return (Drop(RefusedWrite, about),) if known else ()

    def _commit(self, edits: tuple[Edit, ...], expected: int | None = None) -> None:
        if not edits:
            return
        self.record.commit(self.incident, self.target.name, edits, expected_version=expected)
        self.version += any(isinstance(edit, Moving) for edit in edits)


def intent_of(write: RemoteChange, now: datetime) -> tuple[Edit, ...]:
    """The note that something is about to be written; a second copy of an entry needs none."""
    match write:
        case DeleteSpare():
            return ()
        case CreateEntry(entry=entry) | UpdateEntry(entry=entry):
            intent = EntryIntent(key=entry.key, digest=local_digest(entry), since=now)
            return (Put(intent),)
        case DeleteEntry(key=key):
            return (Put(EntryIntent(key=key, digest=None, since=now)),)
        case EnsureResponder(person=person) | GiveRole(person=person):
            return (Put(Intent(item=item_of(write), holder=person, since=now)),)
        case Handover(after=after):
            return (Put(Intent(item=item_of(write), holder=after, since=now)),)
        case TakeRole():
            return (Put(Intent(item=item_of(write), holder=None, since=now)),)


def withdraw(plan: Plan, write: RemoteChange) -> tuple[Edit, ...]:
    """The intents as they were before: this attempt did not reach the target."""
    if isinstance(write, DeleteSpare):
        return ()
    # Intents are a set that is cleared as a whole, so the earlier attempts are written again.
    if isinstance(write, EntryChange):
        key = entry_written(write)
        noted = [intent for intent in plan.state.timeline.intents if intent.key == key]
        return (Drop(EntryIntent, key), *(Put(intent) for intent in noted))
    item = item_of(write)
    earlier = [intent for intent in plan.state.intents if intent.item == item]
    return (Drop(Intent, item), *(Put(intent) for intent in earlier))


def learn(
    plan: Plan, write: RemoteChange, outcome: Confirmed | Written | Removed, now: datetime
) -> tuple[Edit, ...]:
    """The new base after a write that the target confirmed."""
    match write, outcome:
        case ((EnsureResponder() | Handover() | GiveRole() | TakeRole()), Confirmed()):
            return learn_role(plan, write, outcome, now)
        case ((CreateEntry(entry=entry) | UpdateEntry(entry=entry)), Written(entry=shown)):
            return learn_entry(entry, shown)
        case ((DeleteEntry() | DeleteSpare()), Removed()):
            return learn_removal(write, now)
        case _:
            raise TypeError(f"{type(outcome).__name__} is no answer to {type(write).__name__}")


def learn_role(
    plan: Plan, write: RoleChange, outcome: Confirmed, now: datetime
) -> tuple[Edit, ...]:
    """The new base after a write of a role that the target confirmed."""
    item = item_of(write)
    link = Link(item=item, holder=outcome.holder, via=RESPONDER, remote_id=outcome.remote_id)
    clear = Drop(Intent, item)
    seen = plan.reading.incident.modified
    match write:
        case EnsureResponder():
            return (Put(link), clear)
        case GiveRole(role=role):
            return (Put(replace(link, via=plan.reading.roles.via[role])), clear)
        case TakeRole(role=role, person=person):
            gone = RoleTombstone(role=role, person=person, seen=seen, since=now)
            # Without the tombstone, a listing from before this write would bring them back.
            return (Drop(Link, item), Put(gone), clear)
        case Handover(role=role, before=before, after=after):
            former = (
                RoleTombstone(role=role, person=person, seen=seen, since=now)
                for person in sorted(before - {after})
            )
            based = Put(replace(link, via=plan.reading.roles.via[role]))
            return (based, *(Put(each) for each in former), clear)


def learn_entry(entry: Entry, shown: RemoteEntry) -> tuple[Edit, ...]:
    """The new base after an entry was written, from what the target then shows."""
    link = EntryLink(
        key=entry.key,
        remote_id=shown.id,
        local_digest=local_digest(entry),
        remote_digest=shown.digest,
        remote_modified=shown.modified,
        ours=True,
        altered=is_altered(entry, shown),
    )
    return (Put(link), Drop(EntryIntent, entry.key))


def learn_removal(write: DeleteEntry | DeleteSpare, now: datetime) -> tuple[Edit, ...]:
    """The new base after an entry, or a second copy of one, was removed."""
    tombstone = Put(Tombstone(remote_id=write.remote_id, since=now))
    match write:
        case DeleteEntry(key=key):
            archive = ArchiveEntry(key=key, at=now)
            return (Drop(EntryLink, key), Drop(EntryIntent, key), archive, tombstone)
        case DeleteSpare(link=link):
            return (tombstone, Put(link)) if link else (tombstone,)


def disown(plan: Plan, key: EntryKey) -> tuple[Edit, ...]:
    """Datadog declined to let us change an entry: it is somebody else's from then on."""
    links = (link for link in plan.state.timeline.links if link.key == key)
    return tuple(Put(replace(link, ours=False)) for link in links)


def is_altered(entry: Entry, shown: RemoteEntry) -> bool:
    """Whether the target shows another text than was sent."""
    return not holds_text(shown, entry)
