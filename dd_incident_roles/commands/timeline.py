"""``timeline``: adding, changing, showing and importing entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.naming import (
    Author,
    ByPublicId,
    find_author,
    find_incident,
    own_name,
    parse_reference,
)
from dd_incident_roles.commands.reading import (
    IncidentView,
    read_incidents,
    unread_notice,
    why_unread,
)
from dd_incident_roles.commands.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.errors import IncidentRolesError, NotFound, UnknownIncident
from dd_incident_roles.model import Entry, Incident, IncidentId
from dd_incident_roles.report.timeline_views import EntryRow, EntryTarget, TimelineView
from dd_incident_roles.report.views import TargetState
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.entries.state import EntryLink, EntryState
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.timeline.change_entry import (
    TimelineChange,
    add_entry,
    delete_entry,
    edit_entry,
    in_order,
    refuse_slip,
    replay_entries,
)
from dd_incident_roles.timeline.entry_text import entry_text, on_one_line
from dd_incident_roles.timeline.importing import FileEntry, FileTimeline, Import, missing_entries
from dd_incident_roles.timeline.json_reading import read_json
from dd_incident_roles.timeline.keys import new_key, shown_keys
from dd_incident_roles.timeline.markdown_reading import read_markdown


def entries_shown(
    application: Application, incident_id: IncidentId, entries: Sequence[Entry]
) -> int:
    """How many of the entries are in Datadog as they are here."""
    links = application.record.entry_links(incident_id, application.target.name)
    agreed = {link.key: link.local_digest for link in links}
    return sum(agreed.get(entry.key) == local_digest(entry) for entry in entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineChanged:
    """What a command changed in the timeline, and what became of it in Datadog.

    ``doubt`` says what is not known of the author's account.
    """

    carried: Carried[TimelineChange]
    notices: tuple[str, ...] = ()
    doubt: str | None = None

    @property
    def exit_code(self) -> int:
        """0 when everything that was asked for is done, 3 when the change waits in the record."""
        return self.carried.exit_code


def add_to_timeline(
    application: Application,
    incident: str,
    text: str,
    *,
    at: datetime | None,
    important: bool,
    author: str | None,
    sync: bool,
) -> TimelineChanged:
    """Write an entry.

    Raises UsageError and its kinds for an author nobody knows, a text that cannot be kept and a
    time that has yet to come, before anything is recorded.
    """
    said = entry_text(text)
    now = application.clock()
    refuse_slip(at or now, now)
    incident_id = find_incident(application, incident)
    named = find_author(application, author) if author is not None else None
    key = new_key(application.new_id())

    def decide(_state: EntryState) -> TimelineChange:
        return add_entry(
            Entry(
                key=key,
                at=at or now,
                created=now,
                text=said.text,
                author=_name(application, named),
                important=important,
            )
        )

    return TimelineChanged(
        carried=_carry(application, incident_id, decide, sync=sync, at_once=True),
        notices=said.notices,
        doubt=named.doubt if named else None,
    )


def edit_timeline(
    application: Application, incident: str, entry: str, text: str, *, sync: bool
) -> TimelineChanged:
    """Replace the text of an entry, or add a correction to one that somebody else wrote.

    Raises UsageError for an entry that is not there or was made by a system.
    """
    said = entry_text(text)
    incident_id = find_incident(application, incident)

    def decide(state: EntryState) -> TimelineChange:
        return edit_entry(
            state, entry, said.text, now=application.clock(), author=_name(application, None)
        )

    carried = _carry(application, incident_id, decide, sync=sync)
    return TimelineChanged(carried=carried, notices=said.notices)


def delete_from_timeline(
    application: Application, incident: str, entry: str, *, sync: bool
) -> TimelineChanged:
    """Take an entry out of the timeline; raises UsageError for one that is not ours to delete."""
    incident_id = find_incident(application, incident)

    def decide(state: EntryState) -> TimelineChange:
        return delete_entry(state, entry, now=application.clock())

    return TimelineChanged(carried=_carry(application, incident_id, decide, sync=sync))


def _carry(
    application: Application,
    incident_id: IncidentId,
    decide: Callable[[EntryState], TimelineChange],
    *,
    sync: bool,
    at_once: bool = False,
) -> Carried[TimelineChange]:
    def decision(state: IncidentState) -> Decision[TimelineChange]:
        change = decide(state.timeline)
        return Decision(change=change, edits=change.edits)

    return record_then_sync(application, incident_id, decision, sync=sync, at_once=at_once)


def _name(application: Application, named: Author | None) -> str:
    return on_one_line(named.name if named else own_name(application))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTimeline:
    """What the record holds of a timeline, or would hold once it had caught up with Datadog.

    ``plan`` is None where Datadog was not read; ``problem`` is why it could not be.
    """

    incident_id: IncidentId
    state: EntryState
    incident: Incident | None = None
    plan: Plan | None = None
    problem: IncidentRolesError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTimeline:
    """A timeline to show, and why it may lack what Datadog has."""

    view: TimelineView
    problem: IncidentRolesError | None = None

    @property
    def exit_code(self) -> int:
        """3 when Datadog could not be read, else 0."""
        return 3 if self.problem else 0


def show_timeline(application: Application, incident: str) -> ShownTimeline:
    """Look at a timeline and change nothing; what Datadog has and the record lacks is shown too.

    Where Datadog cannot be read the recorded entries are shown.
    """
    seen = see_timeline(application, find_incident(application, incident))
    keys = shown_keys([entry.key for entry in seen.state.entries])
    standings = _Standings(application.target.name, seen)
    view = TimelineView(
        incident_id=seen.incident_id,
        name=f"IR-{seen.incident.public_id}" if seen.incident else seen.incident_id,
        title=seen.incident.title if seen.incident else None,
        rows=tuple(
            EntryRow(entry=entry, key=keys[entry.key], targets=standings.of(entry))
            for entry in in_order(seen.state.entries)
        ),
        notices=_notices(seen),
    )
    return ShownTimeline(view=view, problem=seen.problem)


def see_timeline(application: Application, incident_id: IncidentId) -> SeenTimeline:
    """Read a timeline from Datadog beside the record; raises UnknownIncident."""
    [seen] = read_incidents(application, [incident_id])
    if isinstance(seen, IncidentView):
        plan = seen.plan
        return SeenTimeline(
            incident_id=incident_id,
            state=replay_entries(plan.state.timeline, plan.timeline.edits),
            incident=seen.incident,
            plan=plan,
            problem=next(iter(plan.reading.failures), None),
        )
    error = why_unread(application, seen)
    recorded = recorded_timeline(application, incident_id)
    if isinstance(error, NotFound) and recorded.incident is None:
        raise UnknownIncident(incident_id) from error
    return replace(recorded, problem=error)


def recorded_timeline(application: Application, incident_id: IncidentId) -> SeenTimeline:
    """The timeline as the record has it."""
    return SeenTimeline(
        incident_id=incident_id,
        state=application.record.state(incident_id, application.target.name).timeline,
        incident=application.record.incident(incident_id),
    )


class _Standings:
    """How each entry of the record compares with the target."""

    def __init__(self, target: str, seen: SeenTimeline) -> None:
        self.target = target
        self.links = {link.key: link for link in seen.state.links}
        listing = seen.plan.reading.timeline if seen.plan else None
        self.can_be_written = seen.plan is None or (listing is not None and listing.writable)

    def of(self, entry: Entry) -> Mapping[str, EntryTarget]:
        link = self.links.get(entry.key)
        if link is None:
            waits = TargetState.PENDING if self.can_be_written else TargetState.NOT_SUPPORTED
            return {self.target: EntryTarget(state=waits)}
        return {self.target: EntryTarget(state=_compared(entry, link), id=link.remote_id)}


def _compared(entry: Entry, link: EntryLink) -> TargetState:
    if link.altered:
        return TargetState.CONFLICT
    agreed = link.local_digest == local_digest(entry) and link.missing_since is None
    return TargetState.IN_SYNC if agreed else TargetState.PENDING


def _notices(seen: SeenTimeline) -> tuple[str, ...]:
    if seen.problem:
        return (unread_notice(seen.problem),)
    if seen.plan is None:
        return ()
    reason = seen.plan.reading.no_timeline
    return (*seen.plan.timeline.notices, *([f"{reason}."] if reason else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What an import would add to which incident.

    ``problem`` is why it was compared with nothing but the record. ``other`` is the incident that
    the file says it is about, where that is another one.
    """

    incident_id: IncidentId
    listed: tuple[FileEntry, ...]
    found: Import
    problem: IncidentRolesError | None = None
    other: str | None = None


def prepare_import(
    application: Application,
    incident: str,
    text: str,
    *,
    file: str,
    zone: tzinfo | None,
    sync: bool,
) -> Prepared:
    """Read a file and compare it with the timeline; raises ConfigurationError and UsageError."""
    timeline = read_entries(text, file=file, zone=zone)
    incident_id = find_incident(application, incident)
    seen = (
        see_timeline(application, incident_id)
        if sync
        else recorded_timeline(application, incident_id)
    )
    found = missing_entries(
        seen.state,
        incident_id,
        timeline.entries,
        now=application.clock(),
        author=on_one_line(own_name(application)),
    )
    own: set[str] = {incident_id}
    if seen.incident:
        own.add(f"IR-{seen.incident.public_id}")
    elif isinstance(typed := parse_reference(incident, application.settings), ByPublicId):
        own.add(f"IR-{typed.number}")
    return Prepared(
        incident_id=incident_id,
        listed=timeline.entries,
        found=found,
        problem=seen.problem,
        other=timeline.incident if timeline.incident not in own else None,
    )


def carry_import(application: Application, prepared: Prepared, *, sync: bool) -> Carried[Import]:
    """Record what the timeline lacks at that moment, in one piece, and carry it to Datadog."""

    def decide(state: IncidentState) -> Decision[Import]:
        found = missing_entries(
            state.timeline,
            prepared.incident_id,
            prepared.listed,
            now=application.clock(),
            author=on_one_line(own_name(application)),
        )
        return Decision(change=found, edits=found.edits)

    return record_then_sync(application, prepared.incident_id, decide, sync=sync)


def read_entries(text: str, *, file: str, zone: tzinfo | None) -> FileTimeline:
    """Read JSON where the text is JSON, else Markdown."""
    if text.lstrip().startswith(("{", "[")):
        return read_json(text, file=file, zone=zone)
    return read_markdown(text, file=file, zone=zone)
