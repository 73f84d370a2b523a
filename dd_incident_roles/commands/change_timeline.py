"""Adding, editing and deleting entries: the record first, then Datadog for that one incident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_author import Author, find_author, own_name
from dd_incident_roles.commands.find_incident import find_incident
from dd_incident_roles.commands.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.model import Entry, IncidentId
from dd_incident_roles.sync.entries.state import EntryState
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.timeline.change import TimelineChange
from dd_incident_roles.timeline.change_entry import (
    add_entry,
    delete_entry,
    edit_entry,
    refuse_slip,
)
from dd_incident_roles.timeline.entry_text import entry_text, on_one_line
from dd_incident_roles.timeline.keys import new_key


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
