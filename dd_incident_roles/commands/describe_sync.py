"""What a sync did, in sentences that name people and roles as people do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.describe_entries import (
    ENTRY_CHANGES,
    entry_taken_over,
    entry_written,
)
from dd_incident_roles.model import INCIDENT_MANAGER, PersonKey, RoleKey
from dd_incident_roles.policy.words import attempted
from dd_incident_roles.report.views import (
    ChangeOp,
    ChangeView,
    ChangeWhat,
    ConflictView,
    FailureView,
    NoticeView,
    RefusalView,
    RefusedWriteView,
    SyncView,
)
from dd_incident_roles.sync.changes import (
    EnsureResponder,
    GiveRole,
    Handover,
    RoleChange,
    TakeRole,
)
from dd_incident_roles.sync.effects import Clashed, Linked, LocalEffect, Pulled
from dd_incident_roles.sync.result import IncidentResult, SyncResult
from dd_incident_roles.sync.state import RefusedWrite

RECORD = "record"
"""What our own side is called in reports."""


def describe_sync(application: Application, result: SyncResult) -> SyncView:
    """Put a result into the words of the reports."""
    return SyncView(
        dry_run=result.dry_run,
        incidents=len(result.incidents),
        requests=application.session.requests,
        changes=tuple(
            change
            for each in result.incidents
            for change in _IncidentWords(application, each).changes()
        ),
        conflicts=tuple(_conflicts(application, result)),
        refused=tuple(
            RefusalView(
                incident=refusal.public_id,
                target=application.target.name,
                reason=refusal.reason,
                hint=f"dd-incident-roles sync {refusal.public_id} {refusal.flag}",
                by_itself=refusal.by_itself,
            )
            for refusal in result.refused
        ),
        refused_writes=tuple(
            _IncidentWords(application, each).refused_write(row, each.incident.public_id)
            for each in result.incidents
            if each.incident
            for row in each.refused_writes
        ),
        failures=tuple(_failures(result.incidents)),
        notices=tuple(
            NoticeView(incident=each.incident.public_id if each.incident else None, text=text)
            for each in result.incidents
            for text in each.notices
        ),
    )


def _failures(results: Iterable[IncidentResult]) -> Iterator[FailureView]:
    for result in results:
        for failure in result.failures:
            yield FailureView(
                incident=result.incident.public_id if result.incident else result.incident_id,
                target=result.target,
                error=failure.error.message,
                ambiguous=failure.ambiguous,
                declined=failure.declined,
                hint=failure.error.hint,
            )


def _conflicts(application: Application, result: SyncResult) -> Iterator[ConflictView]:
    for each in result.incidents:
        words = _IncidentWords(application, each)
        for conflict in each.conflicts:
            if each.incident:
                yield ConflictView(
                    incident=each.incident.public_id,
                    target=each.target,
                    role=conflict.role,
                    wanted=words.name(conflict.wanted),
                    standing=words.name(conflict.standing),
                    since=conflict.since,
                )


class _IncidentWords:
    """One incident's changes in words."""

    def __init__(self, application: Application, result: IncidentResult) -> None:
        self.application = application
        self.result = result

    def changes(self) -> Iterator[ChangeView]:
        if self.result.incident is None:
            return
        for effect in self.result.effects:
            yield self._effect(effect, self.result.incident.public_id)
        for news in self.result.timeline_effects:
            yield entry_taken_over(news, self.result.incident.public_id)
        for write in self.result.writes:
            if isinstance(write, ENTRY_CHANGES):
                yield entry_written(write, self.result.incident.public_id, self.result.target)
            else:
                yield self._write(write, self.result.incident.public_id)

    def refused_write(self, row: RefusedWrite, incident: int) -> RefusedWriteView:
        """A write that the target declined, now or earlier."""
        what = ChangeWhat.RESPONDER if row.entry is None else ChangeWhat.ENTRY
        return RefusedWriteView(
            incident=incident,
            target=self.result.target,
            op=ChangeOp(row.attempt.value),
            what=self._what(row.role) if row.role else what,
            summary=attempted(
                row.attempt.value,
                who=self.name(row.person),
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

    def name(self, key: PersonKey | None) -> str | None:
        if key is None:
            return None
        return (self.result.people.get(key) or self.application.person(key)).label

    def _effect(self, effect: LocalEffect, incident: int) -> ChangeView:
        op, text = self._taken_over(effect)
        return ChangeView(
            incident=incident,
            target=RECORD,
            op=op,
            what=self._what(effect.role),
            role=effect.role,
            summary=text,
        )

    def _taken_over(self, effect: LocalEffect) -> tuple[ChangeOp, str]:
        title = self._title(effect.role)
        match effect:
            case Pulled(before=before, after=None):
                return ChangeOp.UNASSIGN, f"{self.name(before)} is no longer {title}"
            case Pulled(before=None, after=after):
                return ChangeOp.ASSIGN, f"{self.name(after)} is {title}"
            case Pulled(before=before, after=after):
                text = f"{self.name(after)} took over {title} from {self.name(before)}"
                return ChangeOp.HANDOVER, text
            case Linked(holder=holder):
                return ChangeOp.LINK, f"{self.name(holder)} is {title} on both sides"
            case Clashed(wanted=wanted, standing=standing):
                text = (
                    f"{self.name(standing)} is {title} in Datadog and stands; "
                    f"{self.name(wanted)} was chosen here and gave way"
                )
                return ChangeOp.HANDOVER, text
            case _:
                assert_never(effect)

    def _write(self, write: RoleChange, incident: int) -> ChangeView:
        if isinstance(write, EnsureResponder):
            return ChangeView(
                incident=incident,
                target=self.result.target,
                op=ChangeOp.CREATE,
                what=ChangeWhat.RESPONDER,
                summary=f"{self.name(write.person)} was added to the responders",
            )
        op, text = self._written(write)
        return ChangeView(
            incident=incident,
            target=self.result.target,
            op=op,
            what=self._what(write.role),
            role=write.role,
            summary=text,
        )

    def _written(self, write: Handover | GiveRole | TakeRole) -> tuple[ChangeOp, str]:
        title = self._title(write.role)
        match write:
            case Handover(before=before, after=None):
                return ChangeOp.UNASSIGN, f"{self._names(before)} is no longer {title}"
            case Handover(before=before, after=after) if before - {after}:
                gone = self._names(before - {after})
                return ChangeOp.HANDOVER, f"{self.name(after)} took over {title} from {gone}"
            case GiveRole(person=after) | Handover(after=after):
                return ChangeOp.ASSIGN, f"{self.name(after)} is {title}"
            case TakeRole(person=person):
                return ChangeOp.UNASSIGN, f"{self.name(person)} is no longer {title}"
            case _:
                assert_never(write)

    def _title(self, role: RoleKey) -> str:
        return self.application.role_title(self.result.incident_id, role)

    def _names(self, keys: frozenset[PersonKey | None]) -> str:
        return ", ".join(str(self.name(key)) for key in sorted(key for key in keys if key))

    def _what(self, role: RoleKey) -> ChangeWhat:
        return ChangeWhat.COMMANDER if role == INCIDENT_MANAGER else ChangeWhat.ASSIGNMENT
