"""The one place that carries a plan out: each write is noted before it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dd_incident_roles.errors import RecordChanged, TargetError
from dd_incident_roles.model import PersonKey
from dd_incident_roles.sync import state, targets
from dd_incident_roles.sync.entries.pair import holds_text, local_digest
from dd_incident_roles.sync.entries.plan_timeline import altered_notice
from dd_incident_roles.sync.plan import Failure, IncidentResult, Plan
from dd_incident_roles.sync.resting import refused_now, wanted_write

FORBIDDEN = 403


@dataclass(slots=True, kw_only=True)
class Applied:
    """What became of a plan; ``stale`` says why the rest of it must be planned again.

    ``taken`` is what was declined earlier and was not this time.
    """

    edits_done: bool = False
    writes: list[targets.RemoteChange] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    refused: list[state.RefusedWrite] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)
    stale: str | None = None
    stop: TargetError | None = None


def apply(
    plan: Plan, *, target: targets.Writer, record: targets.Record, clock: Callable[[], datetime]
) -> Applied:
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
            if not applying.lacks_responder(write):
                applying.write(write)
    except RecordChanged:
        applied.stale = "the record was changed while the sync was running"
    return applied


def take_in(plan: Plan, *, target: targets.Writer, record: targets.Record, at: datetime) -> None:
    """Carry out only the record's part of a plan; raises RecordChanged if it changed meanwhile."""
    incident = plan.reading.incident
    record.remember(incident, plan.reading.people, at)
    edits = plan.every_edit
    if edits:
        record.commit(incident.id, target.name, edits, expected_version=plan.state.version)


Rounds = Sequence[tuple[Plan, Applied]]
"""Plans that were carried out one after the other, each because the one before was stale."""


def would_do(plan: Plan) -> Rounds:
    """What a dry run says of a plan: all of it is done."""
    return [(plan, Applied(edits_done=True, writes=list(plan.every_write)))]


def result_of(last: Plan, rounds: Rounds, *, target: str) -> IncidentResult:
    """What was done about an incident, and what the ``last`` plan leaves."""
    done = [plan for plan, applied in rounds if applied.edits_done]
    every = [applied for _, applied in rounds]
    taken = {about for applied in every for about in applied.taken}
    refused = {row.about: row for row in last.refused if row.about not in taken}
    refused |= {row.about: row for applied in every for row in applied.refused}
    told = [*last.notices, *last.timeline.notices, *(each for it in every for each in it.notices)]
    return IncidentResult(
        incident_id=last.reading.incident.id,
        target=target,
        incident=last.reading.incident,
        people=last.reading.people,
        effects=tuple(effect for plan in done for effect in plan.effects),
        timeline_effects=tuple(effect for plan in done for effect in plan.timeline.effects),
        writes=tuple(write for applied in every for write in applied.writes),
        refused_writes=tuple(refused[about] for about in sorted(refused)),
        notices=tuple(dict.fromkeys(told)),
        failures=(
            *(Failure(error=error) for error in last.reading.every_failure),
            *(failure for applied in every for failure in applied.failures),
        ),
        refusal=last.refusal,
        role_states=last.role_states,
    )


class _Applying:
    """One plan whose edits are in the record and whose writes are on their way."""

    def __init__(
        self,
        plan: Plan,
        target: targets.Writer,
        record: targets.Record,
        clock: Callable[[], datetime],
    ) -> None:
        self.plan = plan
        self.target = target
        self.record = record
        self.clock = clock
        self.incident = plan.reading.incident.id
        # As the store counts it: once for a commit that changes what people see here.
        moved = any(isinstance(edit, state.Moving) for edit in plan.every_edit)
        self.version = plan.state.version + moved
        self.applied = Applied()
        self.not_responders: set[PersonKey | None] = set()
        self.roles_moved = False

    def lacks_responder(self, write: targets.RemoteChange) -> bool:
        """Whether the role would go to a person whom the target does not make a responder."""
        return (
            isinstance(write, targets.RoleChange)
            and targets.holder_after(write) in self.not_responders
        )

    def write(self, write: targets.RemoteChange) -> None:
        # On disk before the write leaves: a run that is killed now is understood by the next one.
        intent = intent_of(self.plan, write, self.clock())
        self._commit(intent, expected=self.version)
        try:
            outcome = self.target.perform(self.incident, write)
        except TargetError as error:
            self._fail(write, error)
            return
        match outcome:
            case targets.Outdated(found=why) | targets.Unsupported(reason=why):
                self._commit(withdraw(self.plan, write))
                self.applied.stale = why
                # The rest of the plan may rest on this role; an entry that moved concerns no other.
                self.roles_moved = isinstance(write, targets.RoleChange)
                return
            case _:
                pass
        about = wanted_write(write, self.plan.reading).about
        # From the answer, not from what was sent: a target may have cut or changed it.
        learned = learn(self.plan, write, outcome, self.clock())
        if any(row.about == about for row in self.plan.state.refused):
            learned = (*learned, state.Drop(state.RefusedWrite, about))
            self.applied.taken.add(about)
        # Whatever version the record has by now: what the target did is true all the same.
        self._commit(learned)
        match write, outcome:
            case _, targets.Confirmed(already=True) | targets.Removed(already=True):
                return
            case (
                (targets.CreateEntry(entry=entry) | targets.UpdateEntry(entry=entry)),
                targets.Written(entry=shown),
            ) if not holds_text(shown, entry):
                listing = self.plan.reading.timeline
                title = listing.dialect.title if listing else targets.DATADOG.title
                self.applied.notices.append(altered_notice(entry, title))
            case _:
                pass
        self.applied.writes.append(write)

    def _fail(self, write: targets.RemoteChange, error: TargetError) -> None:
        """A write that may have landed keeps its intent; one that was declined never happened."""
        if not error.ambiguous:
            self._commit((*withdraw(self.plan, write), *self._conclude(write, error)))
        if isinstance(write, targets.EnsureResponder):
            self.not_responders.add(write.person)
        self.applied.failures.append(Failure(error=error, ambiguous=error.ambiguous))
        if error.stops_the_run:
            self.applied.stop = error

    def _conclude(self, write: targets.RemoteChange, error: TargetError) -> tuple[state.Edit, ...]:
        """What follows from a clear answer: an entry is not ours, or the write rests."""
        changes = targets.UpdateEntry | targets.DeleteEntry | targets.DeleteSpare
        if error.status == FORBIDDEN and isinstance(write, changes):
            # It belongs to another author from now on, so that no later run tries again.
            links = self.plan.state.timeline.links
            own = (link for link in links if link.key == targets.entry_written(write))
            return tuple(state.Put(replace(link, ours=False)) for link in own)
        if not error.declines_write:
            return ()
        row = refused_now(self.plan, write, error, self.clock())
        self.applied.refused.append(row)
        return (state.Put(row),)

    def _commit(self, edits: tuple[state.Edit, ...], expected: int | None = None) -> None:
        if not edits:
            return
        self.record.commit(self.incident, self.target.name, edits, expected_version=expected)
        self.version += any(isinstance(edit, state.Moving) for edit in edits)


def intent_of(plan: Plan, write: targets.RemoteChange, now: datetime) -> tuple[state.Edit, ...]:
    """The note that something is about to be written; a second copy of an entry needs none."""
    match write:
        case targets.DeleteSpare():
            return ()
        case targets.CreateEntry(entry=entry) | targets.UpdateEntry(entry=entry):
            listing = plan.reading.timeline
            digest = local_digest(entry, listing.dialect if listing else targets.DATADOG)
            intent = state.EntryIntent(key=entry.key, digest=digest, since=now)
            return (state.Put(intent),)
        case targets.DeleteEntry(key=key):
            return (state.Put(state.EntryIntent(key=key, digest=None, since=now)),)
        case targets.Show(register=name, held=held, value=value):
            before = _register_of(plan, name)
            # On a first meeting there is no base yet; what is shown is nobody's wish.
            base = before or state.RegisterBase(name=name, held=held, shown=write.seen, since=now)
            attempted = dict.fromkeys((*base.attempted, *([value] if value else [])))
            return (state.Put(replace(base, attempted=tuple(attempted))),)
        case _:
            return (
                state.Put(
                    state.Intent(
                        item=targets.item_of(write), holder=targets.holder_after(write), since=now
                    )
                ),
            )


def withdraw(plan: Plan, write: targets.RemoteChange) -> tuple[state.Edit, ...]:
    """The intents as they were before: this attempt did not reach the target."""
    # Intents are a set that is cleared as a whole, so the earlier attempts are written again.
    match write:
        case targets.DeleteSpare():
            return ()
        case targets.CreateEntry() | targets.UpdateEntry() | targets.DeleteEntry():
            key = targets.entry_written(write)
            noted = [intent for intent in plan.state.timeline.intents if intent.key == key]
            return (state.Drop(state.EntryIntent, key), *map(state.Put, noted))
        case targets.Show(register=name):
            before = _register_of(plan, name)
            return (state.Put(before) if before else state.Drop(state.RegisterBase, name),)
        case _:
            item = targets.item_of(write)
            earlier = [intent for intent in plan.state.intents if intent.item == item]
            return (state.Drop(state.Intent, item), *map(state.Put, earlier))


def _register_of(plan: Plan, name: str) -> state.RegisterBase | None:
    return next((each for each in plan.state.registers if each.name == name), None)


def learn(
    plan: Plan, write: targets.RemoteChange, outcome: targets.WriteOutcome, now: datetime
) -> tuple[state.Edit, ...]:
    """The new base after a write that the target confirmed."""
    match write, outcome:
        case (
            (targets.CreateEntry(entry=entry) | targets.UpdateEntry(entry=entry)),
            targets.Written(entry=shown),
        ):
            link = state.EntryLink(
                key=entry.key,
                remote_id=shown.id,
                local_digest=local_digest(entry, shown.dialect),
                remote_digest=shown.digest,
                remote_modified=shown.modified,
                ours=True,
                altered=not holds_text(shown, entry),
            )
            return (state.Put(link), state.Drop(state.EntryIntent, entry.key))
        case targets.DeleteEntry(key=key, remote_id=remote_id), targets.Removed():
            gone = state.Put(state.Tombstone(remote_id=remote_id, since=now))
            forget = (state.Drop(state.EntryLink, key), state.Drop(state.EntryIntent, key), gone)
            if key in plan.state.timeline.linked_elsewhere:
                # The wish to delete it stays until every other target was told.
                return forget
            return (*forget, state.ArchiveEntry(key=key, at=now))
        case targets.DeleteSpare(remote_id=remote_id, link=stays), targets.Removed():
            gone = state.Put(state.Tombstone(remote_id=remote_id, since=now))
            return (gone, state.Put(stays)) if stays else (gone,)
        case targets.Show(), targets.Shown(value=value):
            base = state.RegisterBase(
                name=write.register,
                held=write.held,
                shown=value,
                since=now,
                overwritten=write.overwritten,
            )
            return (state.Put(base),)
        case _, targets.Confirmed(holder=holder, remote_id=made) if isinstance(
            write, targets.RoleChange
        ):
            return _learn_role(plan, write, holder, made, now)
        case _:
            raise TypeError(f"{type(outcome).__name__} is no answer to {type(write).__name__}")


def _learn_role(
    plan: Plan, write: targets.RoleChange, holder: PersonKey | None, made: str | None, now: datetime
) -> tuple[state.Edit, ...]:
    item = targets.item_of(write)
    clear = state.Drop(state.Intent, item)
    via = (
        targets.RESPONDER
        if isinstance(item, state.IncidentResponder)
        else plan.reading.roles.via[item.role]
    )
    based = state.Put(state.Link(item=item, holder=holder, via=via, remote_id=made))
    seen = plan.reading.incident.modified
    match write:
        case targets.EnsureResponder() | targets.GiveRole():
            return (based, clear)
        case targets.TakeRole(role=role, person=person):
            gone = state.RoleTombstone(role=role, person=person, seen=seen, since=now)
            # Without the tombstone, a listing from before this write would bring them back.
            return (state.Drop(state.Link, item), state.Put(gone), clear)
        case targets.Handover(role=role, before=before, after=after):
            former = (
                state.RoleTombstone(role=role, person=person, seen=seen, since=now)
                for person in sorted(before - {after})
            )
            return (based, *map(state.Put, former), clear)
