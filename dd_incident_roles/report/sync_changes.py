"""What a sync did, in sentences that name people and roles as people do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from dd_incident_roles.model import INCIDENT_MANAGER, IncidentId, Person, PersonKey, RoleKey
from dd_incident_roles.policy.words import attempted
from dd_incident_roles.report.documents import sync as document
from dd_incident_roles.report.documents.sync import ChangeOp, ChangeWhat, Sync
from dd_incident_roles.report.sentences import entry_words
from dd_incident_roles.sync.changes import (
    EnsureResponder,
    GiveRole,
    Handover,
    RemoteChange,
    TakeRole,
)
from dd_incident_roles.sync.effects import Clashed, Linked, LocalEffect, Pulled
from dd_incident_roles.sync.entries.changes import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    UpdateEntry,
)
from dd_incident_roles.sync.entries.effects import (
    Corrected,
    EntryEffect,
    EntryNews,
    KeptBoth,
    TimelineEffect,
)
from dd_incident_roles.sync.result import IncidentResult, SyncResult
from dd_incident_roles.sync.state import RefusedWrite
from dd_incident_roles.words import command

RECORD: Final = "record"
"""What our own side is called in reports."""

_NEWS: Final = {
    EntryNews.CREATED: "new entry",
    EntryNews.UPDATED: "entry changed",
    EntryNews.DELETED: "entry removed",
    EntryNews.LINKED: "entry on both sides",
}


def sync_document(
    result: SyncResult,
    *,
    requests: Mapping[str, int],
    person: Callable[[PersonKey], Person],
    title: Callable[[IncidentId, RoleKey], str],
) -> Sync:
    """What a sync came to; ``person`` and ``title`` say how somebody and a role are called."""
    known = [
        _Incident(result=each, number=each.incident.public_id, person=person, title=title)
        for each in result.incidents
        if each.incident
    ]
    return Sync(
        dry_run=result.dry_run,
        incidents=len(result.incidents),
        requests=requests,
        changes=tuple(change for each in known for change in each.changes()),
        conflicts=tuple(conflict for each in known for conflict in each.conflicts()),
        refused=tuple(
            document.Refusal(
                incident=refusal.public_id,
                target=each.target,
                reason=refusal.reason,
                hint=f"{command('sync', refusal.public_id)} {refusal.flag}",
                by_itself=refusal.by_itself,
            )
            for each in result.incidents
            if (refusal := each.refusal)
        ),
        refused_writes=tuple(
            each.refused_write(row) for each in known for row in each.result.refused_writes
        ),
        failures=tuple(
            document.Failure(
                incident=each.incident.public_id if each.incident else each.incident_id,
                target=each.target,
                error=failure.error.message,
                ambiguous=failure.ambiguous,
                declined=failure.declined,
                hint=failure.error.hint,
            )
            for each in result.incidents
            for failure in each.failures
        ),
        notices=tuple(
            document.Notice(incident=each.incident.public_id if each.incident else None, text=text)
            for each in result.incidents
            for text in each.notices
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Incident:
    """What a sync did with one incident, and how its people and roles are called."""

    result: IncidentResult
    number: int
    person: Callable[[PersonKey], Person]
    title: Callable[[IncidentId, RoleKey], str]

    def changes(self) -> Iterator[document.Change]:
        """What the record took over, then what was written."""
        for effect in self.result.effects:
            op, summary = self._taken_over(effect)
            yield self._change(RECORD, op, _kind(effect.role), summary, role=effect.role)
        for news in self.result.timeline_effects:
            op, summary = _entry_taken_over(news)
            yield self._change(RECORD, op, ChangeWhat.ENTRY, summary)
        for write in self.result.writes:
            yield self._written(write)

    def conflicts(self) -> Iterator[document.Conflict]:
        """What was changed on both sides."""
        for conflict in self.result.conflicts:
            yield document.Conflict(
                incident=self.number,
                target=self.result.target,
                role=conflict.role,
                wanted=self._name(conflict.wanted),
                standing=self._name(conflict.standing),
                since=conflict.since,
            )

    def refused_write(self, row: RefusedWrite) -> document.RefusedWrite:
        """A write that the target declined, now or earlier."""
        what = ChangeWhat.RESPONDER if row.entry is None else ChangeWhat.ENTRY
        return document.RefusedWrite(
            incident=self.number,
            target=self.result.target,
            op=ChangeOp(row.attempt.value),
            what=_kind(row.role) if row.role else what,
            summary=attempted(
                row.attempt.value,
                who=self._name(row.person),
                title=self._title(row.role) if row.role else None,
                entry=row.entry,
            ),
            reason=row.reason,
            since=row.first,
            last=row.last,
            tries=row.tries,
            next_try=row.next_try,
            role=row.role,
            entry=row.entry,
            hint=row.hint,
        )

    def _change(
        self, target: str, op: ChangeOp, what: ChangeWhat, summary: str, *, role: str | None = None
    ) -> document.Change:
        return document.Change(
            incident=self.number, target=target, op=op, what=what, role=role, summary=summary
        )

    def _name(self, key: PersonKey | None) -> str | None:
        if key is None:
            return None
        return (self.result.people.get(key) or self.person(key)).label

    def _names(self, keys: Iterable[PersonKey]) -> str:
        return ", ".join(str(self._name(key)) for key in sorted(keys))

    def _title(self, role: RoleKey) -> str:
        return self.title(self.result.incident_id, role)

    def _taken_over(self, effect: LocalEffect) -> tuple[ChangeOp, str]:
        title = self._title(effect.role)
        match effect:
            case Pulled(before=before, after=None):
                return ChangeOp.UNASSIGN, f"{self._name(before)} is no longer {title}"
            case Pulled(before=None, after=after):
                return ChangeOp.ASSIGN, f"{self._name(after)} is {title}"
            case Pulled(before=before, after=after):
                text = f"{self._name(after)} took over {title} from {self._name(before)}"
                return ChangeOp.HANDOVER, text
            case Linked(holder=holder):
                return ChangeOp.LINK, f"{self._name(holder)} is {title} on both sides"
            case Clashed(wanted=wanted, standing=standing):
                text = (
                    f"{self._name(standing)} is {title} in Datadog and stands; "
                    f"{self._name(wanted)} was chosen here and gave way"
                )
                return ChangeOp.HANDOVER, text
            case _:
                assert_never(effect)

    def _written(self, write: RemoteChange) -> document.Change:
        target = self.result.target
        match write:
            case Handover() | GiveRole() | TakeRole():
                op, summary = self._role_written(write)
                return self._change(target, op, _kind(write.role), summary, role=write.role)
            case EnsureResponder(person=person):
                op, what = ChangeOp.CREATE, ChangeWhat.RESPONDER
                summary = f"{self._name(person)} was added to the responders"
            case CreateEntry(entry=entry):
                op, what = ChangeOp.CREATE, ChangeWhat.ENTRY
                summary = f"new entry: {entry_words(entry)}"
            case UpdateEntry(entry=entry):
                op, what = ChangeOp.UPDATE, ChangeWhat.ENTRY
                summary = f"entry changed: {entry_words(entry)}"
            case DeleteEntry(key=key):
                op, what, summary = ChangeOp.DELETE, ChangeWhat.ENTRY, f"entry {key} removed"
            case DeleteSpare(key=key):
                op, what = ChangeOp.DELETE, ChangeWhat.ENTRY
                summary = f"second copy of {key} removed"
            case _:
                assert_never(write)
        return self._change(target, op, what, summary)

    def _role_written(self, write: Handover | GiveRole | TakeRole) -> tuple[ChangeOp, str]:
        title = self._title(write.role)
        match write:
            case Handover(before=before, after=None):
                return ChangeOp.UNASSIGN, f"{self._names(before)} is no longer {title}"
            case Handover(before=before, after=str(after)) if gone := before - {after}:
                text = f"{self._name(after)} took over {title} from {self._names(gone)}"
                return ChangeOp.HANDOVER, text
            case GiveRole(person=after) | Handover(after=after):
                return ChangeOp.ASSIGN, f"{self._name(after)} is {title}"
            case TakeRole(person=person):
                return ChangeOp.UNASSIGN, f"{self._name(person)} is no longer {title}"
            case _:
                assert_never(write)


def _entry_taken_over(effect: TimelineEffect) -> tuple[ChangeOp, str]:
    match effect:
        case EntryEffect(news=news, entry=entry):
            return ChangeOp(news.value), f"{_NEWS[news]}: {entry_words(entry)}"
        case KeptBoth(ours=ours):
            text = f"changed on both sides, both kept; ours is now {ours.key}: {entry_words(ours)}"
            return ChangeOp.UPDATE, text
        case Corrected(note=note):
            text = f"somebody else's entry stands, a correction was added: {entry_words(note)}"
            return ChangeOp.CREATE, text


def _kind(role: RoleKey) -> ChangeWhat:
    return ChangeWhat.COMMANDER if role == INCIDENT_MANAGER else ChangeWhat.ASSIGNMENT
