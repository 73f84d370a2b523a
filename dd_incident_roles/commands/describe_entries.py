"""What a sync did with timeline entries, in words."""

from __future__ import annotations

from dd_incident_roles.model import Entry
from dd_incident_roles.report.views import ChangeOp, ChangeView, ChangeWhat
from dd_incident_roles.sync.entries.changes import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryChange,
    UpdateEntry,
)
from dd_incident_roles.sync.entries.effects import (
    Corrected,
    EntryEffect,
    EntryNews,
    KeptBoth,
    TimelineEffect,
)

ENTRY_CHANGES = CreateEntry | UpdateEntry | DeleteEntry | DeleteSpare
"""The writes of entries, as a class pattern."""

SHOWN_CHARACTERS = 60

_OPS = {
    EntryNews.CREATED: ChangeOp.CREATE,
    EntryNews.UPDATED: ChangeOp.UPDATE,
    EntryNews.DELETED: ChangeOp.DELETE,
    EntryNews.LINKED: ChangeOp.LINK,
}


def entry_written(write: EntryChange, incident: int, target: str) -> ChangeView:
    """One write of an entry."""
    match write:
        case CreateEntry(entry=entry):
            return _view(incident, target, ChangeOp.CREATE, f"new entry: {shortened(entry)}")
        case UpdateEntry(entry=entry):
            return _view(incident, target, ChangeOp.UPDATE, f"entry changed: {shortened(entry)}")
        case DeleteEntry(key=key):
            return _view(incident, target, ChangeOp.DELETE, f"entry {key} removed")
        case DeleteSpare(key=key):
            return _view(incident, target, ChangeOp.DELETE, f"second copy of {key} removed")


def entry_taken_over(effect: TimelineEffect, incident: int) -> ChangeView:
    """One entry that the record took over."""
    match effect:
        case EntryEffect(news=news, entry=entry):
            words = {
                EntryNews.CREATED: "new entry",
                EntryNews.UPDATED: "entry changed",
                EntryNews.DELETED: "entry removed",
                EntryNews.LINKED: "entry on both sides",
            }
            return _view(incident, "record", _OPS[news], f"{words[news]}: {shortened(entry)}")
        case KeptBoth(ours=ours):
            text = f"changed on both sides, both kept; ours is now {ours.key}: {shortened(ours)}"
            return _view(incident, "record", ChangeOp.UPDATE, text)
        case Corrected(note=note):
            text = f"somebody else's entry stands, a correction was added: {shortened(note)}"
            return _view(incident, "record", ChangeOp.CREATE, text)


def shortened(entry: Entry) -> str:
    """The beginning of an entry on one line."""
    plain = " ".join(entry.text.split())
    return plain if len(plain) <= SHOWN_CHARACTERS else f"{plain[: SHOWN_CHARACTERS - 1]}\u2026"


def _view(incident: int, target: str, op: ChangeOp, summary: str) -> ChangeView:
    return ChangeView(
        incident=incident, target=target, op=op, what=ChangeWhat.ENTRY, summary=summary
    )
