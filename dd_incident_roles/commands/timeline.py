"""``timeline``: adding, changing, showing and importing entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming, reading
from dd_incident_roles.commands.record_then_sync import Carried, record_then_sync
from dd_incident_roles.commands.role_change import Decision
from dd_incident_roles.errors import IncidentRolesError, NotFound, UnknownIncident
from dd_incident_roles.model import Entry, EntryKey, Incident, IncidentId
from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.documents.timeline import (
    ArchivedBecause,
    ArchiveRow,
    ArchiveView,
    EntryRow,
    EntryTarget,
    TimelineView,
)
from dd_incident_roles.sync.entries.identity import digest_of_text
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.entries.plan_timeline import is_for_comments
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.state import EntryLink, EntryState, IncidentState
from dd_incident_roles.timeline import change_entry as changes
from dd_incident_roles.timeline.change_entry import TimelineChange, entry_text, on_one_line
from dd_incident_roles.timeline.importing import (
    FileEntry,
    Import,
    Undoing,
    missing_entries,
    read_json,
    undo_import,
)
from dd_incident_roles.timeline.markdown import read_markdown
from dd_incident_roles.values import frozen
from dd_incident_roles.words import incident_label

_BETWEEN_NOTES = timedelta(milliseconds=1)


@frozen
class TimelineChanged:
    """What a command changed in the timeline, and what became of it in Datadog.

    ``notices`` tell of the text, and ``doubt`` says what is not known of the author's account.
    """

    carried: Carried[TimelineChange]
    notices: tuple[str, ...] = ()
    doubt: str | None = None


def add_to_timeline(
    application: Application,
    incident: str,
    *texts: str,
    at: datetime | None = None,
    important: bool = False,
    author: str | None = None,
) -> TimelineChanged:
    """Write an entry for each text, in their order and all or none; the change is that of the last.

    Raises UsageError and its kinds for an author nobody knows, a text that cannot be kept and a
    time that has yet to come, before anything is recorded.
    """
    said = [entry_text(text) for text in texts or ("",)]
    now = application.clock()
    changes.refuse_slip(at or now, now)
    incident_id = naming.find_incident(application, incident)
    named = naming.find_person(application, author) if author is not None else None
    # Entries of one moment are shown in any order.
    last = len(said) - 1
    moments = [(at or now) - _BETWEEN_NOTES * (last - place) for place in range(len(said))]
    keys = [changes.new_key(application.new_id()) for _ in said]

    def decide(_state: IncidentState) -> Decision[TimelineChange]:
        writer = naming.noted_name(application, application.actor)
        if named:
            writer = on_one_line(named.person.label)
        added = [
            changes.add_entry(
                Entry(
                    key=key, at=at, created=now, text=each.text, author=writer, important=important
                )
            )
            for key, at, each in zip(keys, moments, said, strict=True)
        ]
        return Decision(
            change=added[-1], edits=tuple(edit for each in added for edit in each.edits)
        )

    return TimelineChanged(
        # A new entry depends on nothing that Datadog shows, and must not be lost while it is asked.
        carried=record_then_sync(application, incident_id, decide, at_once=True),
        notices=tuple(notice for each in said for notice in each.notices),
        doubt=named.doubt if named else None,
    )


def carry_timeline(application: Application, incident_id: IncidentId) -> Carried[None]:
    """Carry to Datadog what is recorded of an incident, and change nothing else."""
    return record_then_sync(application, incident_id, lambda _state: Decision(change=None))


def edit_timeline(
    application: Application, incident: str, entry: str, text: str
) -> TimelineChanged:
    """Replace the text of an entry, or add a correction to one that another person wrote.

    Raises UsageError for an entry that is not there or was made by a system.
    """
    said = entry_text(text)
    incident_id = naming.find_incident(application, incident)

    def decide(state: IncidentState) -> Decision[TimelineChange]:
        author, now = naming.noted_name(application, application.actor), application.clock()
        change = changes.edit_entry(state.timeline, entry, said.text, now=now, author=author)
        return Decision(change=change, edits=change.edits)

    carried = record_then_sync(application, incident_id, decide)
    return TimelineChanged(carried=carried, notices=said.notices)


def delete_from_timeline(application: Application, incident: str, entry: str) -> TimelineChanged:
    """Take an entry out of the timeline; raises UsageError for one that is not ours to delete."""
    incident_id = naming.find_incident(application, incident)

    def decide(state: IncidentState) -> Decision[TimelineChange]:
        change = changes.delete_entry(state.timeline, entry, now=application.clock())
        return Decision(change=change, edits=change.edits)

    return TimelineChanged(carried=record_then_sync(application, incident_id, decide))


def show_archive(application: Application, incident: str) -> ArchiveView:
    """What was taken out of a timeline or changed in it, each text once, by when that was.

    From the record alone. What the timeline says as well is left out.
    """
    incident_id = naming.find_incident(application, incident)
    record = application.record
    live = changes.in_order(record.entries(incident_id))
    seen, rows = {local_digest(entry) for entry in live}, []
    present, archived = {entry.key for entry in live}, record.archived(incident_id)
    keys = changes.shown_keys([*{each.entry.key for each in archived}])
    # The newest first, since of one text the last time counts.
    for each in reversed(archived):
        entry = each.entry
        # Only what an entry said last was deleted with it.
        why = ArchivedBecause.CHANGED if entry.key in present else ArchivedBecause.DELETED
        present.add(entry.key)
        if (digest := local_digest(entry)) not in seen:
            seen.add(digest)
            at = each.archived_at
            rows.append(ArchiveRow(entry=entry, key=keys[entry.key], archived=at, why=why))
    return ArchiveView(
        incident_id=incident_id,
        name=application.known_as(incident_id),
        rows=tuple(rows[::-1]),
    )


def restore_to_timeline(application: Application, incident: str, entry: str) -> TimelineChanged:
    """Bring an entry back from the archive, as it last was there.

    Raises UsageError for one that the archive lacks or that no person wrote.
    """
    incident_id = naming.find_incident(application, incident)

    def decide(state: IncidentState) -> Decision[TimelineChange]:
        live = {each.key: local_digest(each) for each in changes.in_order(state.timeline.entries)}
        archived = (each.entry for each in application.record.archived(incident_id))
        newest = {each.key: each for each in archived if live.get(each.key) != local_digest(each)}
        old = changes.named_entry([*newest.values()], entry, place="archive", lists="archive")
        author, now = naming.noted_name(application, application.actor), application.clock()
        change = changes.restore_entry(state.timeline, old, now=now, author=author)
        return Decision(change=change, edits=change.edits)

    return TimelineChanged(carried=record_then_sync(application, incident_id, decide))


def count_shown(application: Application, incident_id: IncidentId, entries: Sequence[Entry]) -> int:
    """How many of the entries Datadog was last seen to have as they are here."""
    links = application.record.entry_links(incident_id, application.target.name)
    agreed = {link.key: link.local_digest for link in links}
    return sum(agreed.get(entry.key) == local_digest(entry) for entry in entries)


@frozen
class SeenTimeline:
    """What the record holds of a timeline, or would hold once it had caught up with Datadog.

    ``plan`` is None where Datadog was not read; ``problem`` is why it could not be.
    """

    incident_id: IncidentId
    state: EntryState
    incident: Incident | None = None
    plan: Plan | None = None
    problem: IncidentRolesError | None = None


def show_timeline(
    application: Application,
    incident: str,
    *,
    last: int | None = None,
    since: datetime | None = None,
    important: bool = False,
) -> tuple[TimelineView, IncidentRolesError | None]:
    """Look at a timeline and change nothing; what Datadog has and the record lacks is shown too.

    The ``last`` so many entries are shown of those ``since`` a moment that are ``important``. Where
    Datadog cannot be read the recorded entries are shown, and with them comes why.
    """
    seen = see_timeline(application, naming.find_incident(application, incident))
    keys = changes.shown_keys([entry.key for entry in seen.state.entries])
    links = {link.key: link for link in seen.state.links}
    notices: tuple[str, ...] = ()
    if seen.problem:
        notices = (reading.unread_notice(seen.problem),)
    elif seen.plan:
        reason = seen.plan.reading.no_timeline
        notices = (*seen.plan.timeline.notices, *([f"{reason}."] if reason else []))
    tried = {intent.key for intent in seen.state.intents}
    target, rows = application.target.name, []
    entries = changes.in_order(seen.state.entries)
    wanted = [
        entry
        for entry in entries
        if (since is None or entry.at >= since) and (entry.important or not important)
    ]
    comments = _comment_links(application, seen.incident_id)
    for entry in wanted[-(last or len(wanted)) :]:
        shown = _entry_target(entry, links.get(entry.key), seen.plan, is_tried=entry.key in tried)
        beside = {
            name: _comment(entry, kept.get(entry.key))
            for name, kept in comments.items()
            if entry.key in kept or is_for_comments(entry)
        }
        rows.append(EntryRow(entry=entry, key=keys[entry.key], targets={target: shown, **beside}))
    view = TimelineView(
        incident_id=seen.incident_id,
        name=incident_label(seen.incident.public_id) if seen.incident else seen.incident_id,
        title=seen.incident.title if seen.incident else None,
        rows=tuple(rows),
        notices=notices,
        left_out=len(entries) - len(rows),
    )
    return view, seen.problem


def _comment_links(
    application: Application, incident_id: IncidentId
) -> dict[str, dict[EntryKey, EntryLink]]:
    """What each tracker has of the timeline as comments, of those that keep them."""
    links = {
        place.target: application.record.entry_links(incident_id, place.target)
        for place in application.record.places(incident_id)
        if place.where
    }
    return {name: {link.key: link for link in kept} for name, kept in links.items() if kept}


def _comment(entry: Entry, link: EntryLink | None) -> EntryTarget:
    if link is None:
        return EntryTarget(state=TargetState.PENDING)
    # A comment shows nothing of an entry but its text.
    return _linked(link, digest_of_text(entry.text), TargetState.IN_SYNC)


def _linked(link: EntryLink, digest: str, unchanged: TargetState) -> EntryTarget:
    """How a target shows an entry that it was given; ``unchanged`` where nothing moved here."""
    agrees = link.local_digest == digest and link.missing_since is None
    state = unchanged if agrees else TargetState.PENDING
    return EntryTarget(state=TargetState.CONFLICT if link.altered else state, id=link.remote_id)


def see_timeline(application: Application, incident_id: IncidentId) -> SeenTimeline:
    """Read a timeline from Datadog beside the record; raises UnknownIncident."""
    [seen] = reading.read_incidents(application, [incident_id])
    if isinstance(seen, reading.IncidentView):
        return SeenTimeline(
            incident_id=incident_id,
            state=seen.timeline,
            incident=seen.incident,
            plan=seen.plan,
            problem=seen.problem,
        )
    error = reading.why_unread(application, seen)
    recorded = recorded_timeline(application, incident_id)
    if isinstance(error, NotFound) and recorded.incident is None:
        raise UnknownIncident(incident_id) from error
    return replace(recorded, problem=error)


def recorded_timeline(application: Application, incident_id: IncidentId) -> SeenTimeline:
    """The timeline as the record has it."""
    return SeenTimeline(
        incident_id=incident_id,
        state=application.record.state(incident_id, application.target.name).timeline,
        incident=application.incident(incident_id),
    )


def _entry_target(
    entry: Entry, link: EntryLink | None, plan: Plan | None, *, is_tried: bool
) -> EntryTarget:
    listing = plan.reading.timeline if plan else None
    if link is None:
        if plan is None or (listing is None and plan.reading.failures):
            # What was sent without an answer may have arrived.
            state = TargetState.NOT_KNOWN if is_tried else TargetState.PENDING
        else:
            can_be_written = listing is not None and listing.writable
            state = TargetState.PENDING if can_be_written else TargetState.NOT_SUPPORTED
        return EntryTarget(state=state)
    unchanged = TargetState.NOT_KNOWN if listing is None else TargetState.IN_SYNC
    return _linked(link, local_digest(entry), unchanged)


@frozen
class Prepared:
    """What an import would add to which incident.

    ``problem`` is why it was compared with nothing but the record. ``other`` is the incident that
    the file says it is about, where that is another one. ``undoing`` is what it would take out
    again, if an earlier import of the file is to be undone.
    """

    incident_id: IncidentId
    listed: tuple[FileEntry, ...]
    found: Import
    undoing: Undoing
    problem: IncidentRolesError | None = None
    other: str | None = None


def prepare_import(
    application: Application,
    incident: str,
    text: str,
    *,
    file: str,
    zone: tzinfo | None,
) -> Prepared:
    """Read a file and compare it with the timeline; raises ConfigurationError and UsageError."""
    # By its first character, since stdin has no name to tell by.
    read = read_json if text.lstrip().startswith(("{", "[")) else read_markdown
    timeline = read(text, file=file, zone=zone)
    incident_id = naming.find_incident(application, incident)
    see = recorded_timeline if application.only_here else see_timeline
    seen = see(application, incident_id)
    number: naming.Reference | None = seen.incident.public_id if seen.incident else None
    if number is None and incident.strip() != naming.HERE:
        number = naming.parse_reference(incident, application.settings)
    own = {incident_id, incident_label(number) if isinstance(number, int) else None}
    return Prepared(
        incident_id=incident_id,
        listed=timeline.entries,
        found=_missing(application, seen.state, incident_id, timeline.entries),
        undoing=undo_import(seen.state, incident_id, timeline.entries, now=application.clock()),
        problem=seen.problem,
        other=timeline.incident if timeline.incident not in own else None,
    )


def carry_import(application: Application, prepared: Prepared) -> Carried[Import]:
    """Record what the timeline lacks at that moment, in one piece, and carry it to Datadog."""

    def decide(state: IncidentState) -> Decision[Import]:
        found = _missing(application, state.timeline, prepared.incident_id, prepared.listed)
        return Decision(change=found, edits=found.edits)

    return record_then_sync(application, prepared.incident_id, decide)


def carry_undoing(application: Application, prepared: Prepared) -> Carried[Undoing]:
    """Take what an import added out again, but for what was changed since."""

    def decide(state: IncidentState) -> Decision[Undoing]:
        undoing = undo_import(
            state.timeline, prepared.incident_id, prepared.listed, now=application.clock()
        )
        return Decision(change=undoing, edits=undoing.edits)

    return record_then_sync(application, prepared.incident_id, decide)


def _missing(
    application: Application,
    state: EntryState,
    incident_id: IncidentId,
    listed: Sequence[FileEntry],
) -> Import:
    now, author = application.clock(), naming.noted_name(application, application.actor)
    return missing_entries(state, incident_id, listed, now=now, author=author)
