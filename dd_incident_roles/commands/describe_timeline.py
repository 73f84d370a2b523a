"""What ``timeline add``, ``edit`` and ``delete`` say: what is now true, and where."""

from __future__ import annotations

from datetime import UTC

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.describe_carrying import NOT_SYNCED, CarryingWords, Said
from dd_incident_roles.commands.describe_entries import shortened
from dd_incident_roles.commands.timeline import TimelineChanged, entries_shown
from dd_incident_roles.model import Entry
from dd_incident_roles.report.clean import clean
from dd_incident_roles.timeline.change_entry import Act


def describe_timeline_change(
    application: Application, changed: TimelineChanged, *, no_sync: bool
) -> Said:
    """Say in plain words what a command came to."""
    words = _Words(application, changed)
    where = words.where(no_sync=no_sync)
    return Said(result=clean(f"{words.truth()} {where}"), talk=tuple(map(clean, words.talk())))


class _Words:
    def __init__(self, application: Application, changed: TimelineChanged) -> None:
        self.application = application
        self.changed = changed
        self.change = changed.carried.change
        self.carrying = CarryingWords(application, changed.carried)

    def truth(self) -> str:
        """What the timeline says now."""
        entry, theirs = self.change.entry, self.change.theirs
        place = f"the timeline of {self.carrying.incident_name}"
        match self.change.act:
            case Act.ADDED:
                return f'Added {entry.key} to {place}, {_at(entry)}: "{shortened(entry)}".'
            case Act.EDITED if self.change.edits:
                return f'Changed {entry.key} in {place}: "{shortened(entry)}".'
            case Act.DELETED if self.change.edits:
                return f'Deleted {entry.key} from {place}: "{shortened(entry)}".'
            case Act.DELETED:
                return f"Nothing to change: {entry.key} is deleted from {place} already."
            case Act.CORRECTED if self.change.edits and theirs:
                writer = theirs.author or "somebody else"
                return (
                    f"The entry {theirs.key} of {writer} stands; "
                    f'added {entry.key} to {place}: "{shortened(entry)}".'
                )
            case _:
                return f"Nothing to change: {entry.key} in {place} says so already."

    def where(self, *, no_sync: bool) -> str:
        """Where that can be seen."""
        if self.change.act is Act.DELETED:
            return self._where_it_went(no_sync=no_sync)
        if no_sync:
            return NOT_SYNCED if self.change.edits else ""
        if self.carrying.result and self._is_shown():
            return "Datadog shows it."
        return self.carrying.setback() or "Recorded here, not in Datadog."

    def _where_it_went(self, *, no_sync: bool) -> str:
        kept = self.application.record.entry(
            self.changed.carried.incident_id, self.change.entry.key
        )
        if kept is None:
            return "The archive keeps it."
        if kept.deleted_at is None:
            return "It was changed in Datadog meanwhile, and stays."
        if no_sync:
            return NOT_SYNCED
        return self.carrying.setback() or "Recorded here; Datadog shows it still."

    def _is_shown(self) -> bool:
        incident_id = self.changed.carried.incident_id
        return entries_shown(self.application, incident_id, [self.change.entry]) == 1

    def talk(self) -> list[str]:
        """What went wrong or is left to do."""
        notices = self.carrying.result.notices if self.carrying.result else ()
        lines = [*self.changed.notices, *notices, *self.carrying.problems()]
        if self.changed.doubt:
            lines.append(self.changed.doubt)
        return lines


def _at(entry: Entry) -> str:
    return f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
