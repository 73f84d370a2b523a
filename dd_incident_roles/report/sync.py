"""What a sync did, as its document and for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Final, assert_never

from rich.text import Text

from dd_incident_roles.model import INCIDENT_MANAGER, IncidentId, Person, PersonKey, RoleKey
from dd_incident_roles.policy.facts import attempted
from dd_incident_roles.report.documents import ByName, Count, Document, Instant, Part, field
from dd_incident_roles.report.sentences import entry_words, reason_held_back
from dd_incident_roles.report.targets import display_name
from dd_incident_roles.report.terminal import ALARM, CAUTION, as_text, join_lines, name_of
from dd_incident_roles.sync import plan, state, targets
from dd_incident_roles.sync.plan import IncidentResult, SyncResult
from dd_incident_roles.values import frozen
from dd_incident_roles.words import command, count_of, time_label

_TARGET = "The system, such as datadog, or record for our own record."
_ROLE = "The key of the role, if it is about one."


class ChangeOp(StrEnum):
    """What was done to something, in the words of the JSON documents."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    HANDOVER = "handover"
    LINK = "link"


class ChangeWhat(StrEnum):
    """What something was done to."""

    ENTRY = "entry"
    ASSIGNMENT = "assignment"
    COMMANDER = "commander"
    RESPONDER = "responder"
    TOPIC = "topic"
    ASSIGNEE = "assignee"
    ROSTER = "roster"


class Change(Part):
    """One change."""

    incident: Count = field("The public id of the incident.")
    target: str = field(_TARGET)
    op: ChangeOp = field("What was done.")
    what: ChangeWhat = field("What was changed.")
    role: str | None = field(_ROLE, default=None)
    summary: str = field("The change in one sentence.")


class Conflict(Part):
    """One conflict."""

    incident: Count = field("The public id of the incident.")
    target: str = field(_TARGET)
    role: str = field("The key of the role.")
    wanted: str | None = field("The person that the record had; null for nobody.")
    standing: str | None = field("Who holds it now; null for nobody.")
    since: Instant = field("Since when it has been in conflict, in UTC.")


class Refusal(Part):
    """What the guard held back in one incident."""

    incident: int | None = field(
        "The public id of the incident; null if it is about all incidents."
    )
    target: str = field(_TARGET)
    reason: str = field("Why it was held back.")
    hint: str | None = field("What to type to allow it.", default=None)
    by_itself: Instant | None = field(
        "When it goes through without a flag if nothing changes; null if never.", default=None
    )


class RefusedWrite(Part):
    """One write that a target declined."""

    incident: Count = field("The public id of the incident.")
    target: str = field(_TARGET)
    op: ChangeOp = field("What was to be done.")
    what: ChangeWhat = field("What was to be changed.")
    role: str | None = field(_ROLE, default=None)
    entry: str | None = field("The key of the entry, if it is about one.", default=None)
    summary: str = field('Completes the sentence "the target refuses …".')
    reason: str = field("Why, in the words of the last answer.")
    hint: str | None = field("What to do about it, if anything.", default=None)
    since: Instant = field("When it was first refused, in UTC.")
    last: Instant = field("When it was last refused, in UTC.")
    tries: Count = field("How often it was sent.")
    next_try: Instant = field("When it is sent again even if nothing changed, in UTC.")


class Failure(Part):
    """One failure."""

    incident: int | str | None = field(
        "The public id of the incident, else the name that was typed; null if it is "
        "not about one incident."
    )
    target: str = field(_TARGET)
    error: str = field("What went wrong.")
    ambiguous: bool = field(
        "Whether a write may have been applied without an answer.", default=False
    )
    # Only a person is told not to send again what was turned down; programs read refused_writes.
    declined: bool = field(default=False, exclude=True)
    hint: str | None = field("What to do about it, if anything.", default=None)


class Notice(Part):
    """One notice."""

    incident: int | None = field(
        "The public id of the incident; null if it is about all incidents."
    )
    text: str = field("The notice.")


class Sync(Document):
    """What one sync did, or in a dry run would do."""

    written_by = "`sync --format json` writes"

    dry_run: bool = field("Whether nothing was written.")
    incidents: Count = field("How many incidents the run was about.")
    left_unread: Count = field(
        "How many of them were not read, because nothing moved since their last reading.", default=0
    )
    oldest_reading: Instant | None = field(
        "When the one of these that was read the longest ago was read; null if all were read.",
        default=None,
    )
    requests: Annotated[Mapping[str, Count], ByName] = field(
        "How many requests were sent to Datadog, by HTTP method."
    )
    changes: tuple[Change, ...] = field("What was changed, or would be in a dry run.", default=())
    conflicts: tuple[Conflict, ...] = field(
        "Roles that were changed on both sides and are not settled.", default=()
    )
    refused: tuple[Refusal, ...] = field(
        "Removals that were held back because there were too many; everything else was done.",
        default=(),
    )
    refused_writes: tuple[RefusedWrite, ...] = field(
        "Writes that a target refused, now or earlier, and that are still wanted.", default=()
    )
    failures: tuple[Failure, ...] = field("What could not be read or written.", default=())
    notices: tuple[Notice, ...] = field("Notices.", default=())
    place_requests: Annotated[Mapping[str, Annotated[Mapping[str, Count], ByName]], ByName] = field(
        "How many requests were sent to each issue tracker and chat, by its name and HTTP method.",
        default={},
    )

    @property
    def is_news(self) -> bool:
        """Whether something was done, refused or failed."""
        return bool(self.changes or self.refused or self.failures)


RECORD: Final = "record"
"""What our own side is called in reports."""

_NEWS: Final = {
    plan.EntryNews.CREATED: "new entry",
    plan.EntryNews.UPDATED: "entry changed",
    plan.EntryNews.DELETED: "entry removed",
    plan.EntryNews.LINKED: "entry on both sides",
}


def sync_document(
    result: SyncResult,
    *,
    person: Callable[[PersonKey], Person],
    title: Callable[[IncidentId, RoleKey], str],
) -> Sync:
    """What a sync came to; ``person`` and ``title`` say how somebody and a role are called."""
    # An incident that could not be read has failures and notices, and no number to name.
    known = [
        _Incident(result=each, number=each.incident.public_id, person=person, title=title)
        for each in result.incidents
        if each.incident
    ]
    left = [each.left_since for each in result.incidents if each.left_since]
    return Sync(
        dry_run=result.dry_run,
        incidents=len({each.incident_id for each in result.incidents}),
        left_unread=len(left),
        oldest_reading=min(left, default=None),
        requests=result.requests,
        place_requests=result.place_requests,
        changes=tuple(change for each in known for change in each.changes()),
        conflicts=tuple(conflict for each in known for conflict in each.conflicts()),
        refused=tuple(
            Refusal(
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
            Failure(
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
            Notice(incident=each.incident.public_id if each.incident else None, text=text)
            for each in result.incidents
            for text in each.notices
        ),
    )


@frozen
class _Incident:
    """What a sync did with one incident, and how its people and roles are called."""

    result: IncidentResult
    number: int
    person: Callable[[PersonKey], Person]
    title: Callable[[IncidentId, RoleKey], str]

    def changes(self) -> Iterator[Change]:
        """What the record took over, then what was written."""
        for effect in self.result.effects:
            yield self._change(RECORD, *self._taken_over(effect), role=effect.role)
        for news in self.result.timeline_effects:
            yield self._change(RECORD, *_entry_taken_over(news))
        target = self.result.target
        for write in self.result.writes:
            match write:
                case targets.Handover() | targets.GiveRole() | targets.TakeRole():
                    yield self._change(target, *self._role_written(write), role=write.role)
                case targets.EnsureResponder(person=person):
                    added = f"{self._name(person)} was added to the responders"
                    yield self._change(target, ChangeOp.CREATE, added, what=ChangeWhat.RESPONDER)
                case targets.Show(register=register, summary=summary):
                    what = ChangeWhat(register)
                    yield self._change(target, ChangeOp.UPDATE, summary, what=what)
                case _:
                    yield self._change(target, *_entry_written(write))

    def conflicts(self) -> Iterator[Conflict]:
        """What was changed on both sides."""
        for conflict in self.result.conflicts:
            yield Conflict(
                incident=self.number,
                target=self.result.target,
                role=conflict.role,
                wanted=self._name(conflict.wanted),
                standing=self._name(conflict.standing),
                since=conflict.since,
            )

    def refused_write(self, row: state.RefusedWrite) -> RefusedWrite:
        """A write that the target declined, now or earlier."""
        # A write that is about neither role nor entry adds somebody to the responders.
        what = ChangeWhat.RESPONDER if row.entry is None else ChangeWhat.ENTRY
        if row.is_register:
            what = ChangeWhat(row.about)
        return RefusedWrite(
            incident=self.number,
            target=self.result.target,
            op=ChangeOp(row.attempt.value),
            what=_kind(row.role) if row.role else what,
            summary=attempted(
                row.attempt.value,
                who=self._name(row.person),
                title=self._title(row.role) if row.role else None,
                entry=row.entry,
                register=row.about if row.is_register else None,
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
        self,
        target: str,
        op: ChangeOp,
        summary: str,
        *,
        role: RoleKey | None = None,
        what: ChangeWhat = ChangeWhat.ENTRY,
    ) -> Change:
        return Change(
            incident=self.number,
            target=target,
            op=op,
            what=_kind(role) if role else what,
            role=role,
            summary=summary,
        )

    def _name(self, key: PersonKey | None) -> str | None:
        if key is None:
            return None
        # The record may not know yet whom the target showed in this run.
        return (self.result.people.get(key) or self.person(key)).label

    def _names(self, keys: Iterable[PersonKey]) -> str:
        # A set has no order, and the same run is always told in the same words.
        return ", ".join(str(self._name(key)) for key in sorted(keys))

    def _title(self, role: RoleKey) -> str:
        return self.title(self.result.incident_id, role)

    def _taken_over(self, effect: plan.RoleEffect) -> tuple[ChangeOp, str]:
        title = self._title(effect.role)
        match effect:
            case plan.Pulled(before=before, after=after):
                return _passed(title, self._name(before), self._name(after))
            case plan.Linked(holder=holder):
                return ChangeOp.LINK, f"{self._name(holder)} is {title} on both sides"
            case plan.Clashed(wanted=wanted, standing=standing):
                text = (
                    f"{self._name(standing)} stays {title}, as Datadog shows; "
                    f"{self._name(wanted)} was chosen here and gave way"
                )
                return ChangeOp.HANDOVER, text
            case _:
                assert_never(effect)

    def _role_written(
        self, write: targets.Handover | targets.GiveRole | targets.TakeRole
    ) -> tuple[ChangeOp, str]:
        title = self._title(write.role)
        match write:
            case targets.Handover(before=before, after=after):
                # Without anybody who gives way it is told as an assignment.
                return _passed(title, self._names(before - {after}), self._name(after))
            case targets.GiveRole(person=person):
                return _passed(title, None, self._name(person))
            case targets.TakeRole(person=person):
                return _passed(title, self._name(person), None)
            case _:
                assert_never(write)


def _passed(title: str, before: str | None, after: str | None) -> tuple[ChangeOp, str]:
    """That a role went from somebody to somebody; either may be nobody."""
    if after is None:
        return ChangeOp.UNASSIGN, f"{before} is no longer {title}"
    if not before:
        return ChangeOp.ASSIGN, f"{after} is {title}"
    return ChangeOp.HANDOVER, f"{after} took over {title} from {before}"


def _entry_taken_over(effect: plan.TimelineEffect) -> tuple[ChangeOp, str]:
    match effect:
        case plan.EntryEffect(news=news, entry=entry):
            return ChangeOp(news.value), f"{_NEWS[news]}: {entry_words(entry)}"
        case plan.KeptBoth(ours=ours):
            text = (
                f"changed on both sides, both texts are kept; ours is now {ours.key}: "
                f"{entry_words(ours)}"
            )
            return ChangeOp.UPDATE, text
        case plan.Corrected(note=note):
            text = (
                f"someone else's entry stays as it is, a correction was added: {entry_words(note)}"
            )
            return ChangeOp.CREATE, text


def _entry_written(
    write: targets.CreateEntry | targets.UpdateEntry | targets.DeleteEntry | targets.DeleteSpare,
) -> tuple[ChangeOp, str]:
    match write:
        case targets.CreateEntry(entry=entry):
            return ChangeOp.CREATE, f"new entry: {entry_words(entry)}"
        case targets.UpdateEntry(entry=entry):
            return ChangeOp.UPDATE, f"entry changed: {entry_words(entry)}"
        case targets.DeleteEntry(key=key):
            return ChangeOp.DELETE, f"entry {key} removed"
        case targets.DeleteSpare(key=key):
            return ChangeOp.DELETE, f"second copy of {key} removed"
        case _:
            assert_never(write)


def _kind(role: RoleKey) -> ChangeWhat:
    return ChangeWhat.COMMANDER if role == INCIDENT_MANAGER else ChangeWhat.ASSIGNMENT


def sync_text(sync: Sync) -> Text:
    """What one sync did, or in a dry run would do."""
    return join_lines([*_lines(sync), _sum(sync), *_next_steps(sync)])


def _lines(sync: Sync) -> Iterator[Text]:
    where = "would change in" if sync.dry_run else "in"
    for change in sync.changes:
        target = display_name(change.target)
        yield as_text(f"{name_of(change.incident)}  {where} {target}: {change.summary}")
    for conflict in sync.conflicts:
        yield as_text(
            f"{name_of(conflict.incident)}  conflict: {conflict.role} was changed on "
            f"both sides; {display_name(conflict.target)} shows "
            f"{conflict.standing or 'nobody'}, which counts; the record had "
            f"{conflict.wanted or 'nobody'}",
            CAUTION,
        )
    for notice in sync.notices:
        yield as_text(f"{name_of(notice.incident)}  note: {notice.text}", "dim")
    for refusal in sync.refused:
        why = reason_held_back(refusal.reason, refusal.by_itself)
        yield as_text(f"{name_of(refusal.incident)}  held back: {why}", ALARM)
    for write in sync.refused_writes:
        times = "once" if write.tries == 1 else f"{write.tries} times"
        asked = f"tried {times}, again at {time_label(write.next_try, write.last)} UTC"
        refused = f"{display_name(write.target)} refuses {write.summary} ({asked})"
        yield as_text(f"{name_of(write.incident)}  {refused}: {write.reason}", CAUTION)
    for failure in sync.failures:
        doubt = " (it is not known whether it was applied)" if failure.ambiguous else ""
        failed = f"{display_name(failure.target)} failed: {failure.error}{doubt}"
        yield as_text(f"{name_of(failure.incident)}  {failed}", ALARM)


def _sum(sync: Sync) -> Text:
    done = [
        count_of(sync.incidents, "incident"),
        *([f"{sync.left_unread} left unread"] if sync.left_unread else []),
        count_of(len(sync.changes), "change"),
        *([count_of(len(sync.conflicts), "conflict")] if sync.conflicts else []),
        *([f"{len(sync.refused)} held back"] if sync.refused else []),
        *([f"{len(sync.refused_writes)} refused"] if sync.refused_writes else []),
        *([count_of(len(sync.failures), "failure")] if sync.failures else []),
    ]
    requests = "; ".join(
        f"{f'{display_name(target)} ' if target else ''}{_listed(each)}"
        for target, each in {"": sync.requests, **sync.place_requests}.items()
        if each
    )
    if sync.dry_run:
        done[0] = f"Dry run, nothing was written: {done[0]}"
        requests = requests or "no requests"
    # Those of one incident of a worker are counted with those of all others.
    return as_text("; ".join(filter(None, (", ".join(done), requests))), "bold")


def _listed(requests: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {method}" for method, count in sorted(requests.items()))


def _next_steps(sync: Sync) -> Iterator[Text]:
    hints = [refusal.hint for refusal in sync.refused] + [failure.hint for failure in sync.failures]
    steps = [hint for hint in dict.fromkeys(hints) if hint]
    # To send again at once what was turned down is of no use; only what failed otherwise is.
    if not all(failure.declined for failure in sync.failures):
        steps.append("run the same command again; what was done is not done twice.")
    for incident in dict.fromkeys(write.incident for write in sync.refused_writes):
        retry = command("sync", incident, "--retry-refused")
        steps.append(f"once what was refused is fixed: {retry}")
    for conflict in sync.conflicts:
        decide = command("assign", conflict.incident, conflict.role, "PERSON")
        steps.append(f"settle {conflict.role}: {decide}")
    if sync.dry_run and sync.changes:
        steps.append("run it without --dry-run to make these changes.")
    for step in steps:
        yield as_text(f"Next: {step}")
