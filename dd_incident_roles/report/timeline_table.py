"""``timeline list`` for a person, and what an import would add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from dd_incident_roles.model import NOTE, Entry
from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.documents.timeline import ArchiveView, TimelineView
from dd_incident_roles.report.targets import display_name, state_text, target_names
from dd_incident_roles.report.terminal import CAUTION, Fit, Sheet, as_group, as_text
from dd_incident_roles.timeline.change_entry import readable_text
from dd_incident_roles.words import clean, command, time_label

STAR = "\u2605"
"""The mark of an important entry."""


def entries_table(entries: Sequence[Entry], now: datetime) -> Sheet:
    """Entries that are in no timeline yet."""
    shown = Sheet(_columns(now))
    for entry in entries:
        shown.add(*_cells(entry, now))
    return shown


def archive_table(archive: ArchiveView, now: datetime) -> RenderableType:
    """What is in the archive, and when and why it went there."""
    if not archive.rows:
        return Text(f"The archive of {archive.name} is empty.")
    shown = Sheet({**_columns(now), **dict.fromkeys(("Archived", "Why", "Entry"), Fit.WHOLE)})
    for row in archive.rows:
        key = as_text(row.key, "dim") if row.entry.kind == NOTE else ""
        shown.add(*_cells(row.entry, now), time_label(row.archived, now), row.why, key)
    return shown


@as_group
def timeline_table(timeline: TimelineView, now: datetime) -> Iterator[RenderableType]:
    """Every entry of a timeline with where it is, by when it happened."""
    title = f" {timeline.title}" if timeline.title else ""
    yield as_text(f"{timeline.name}{title}", "bold")
    targets = target_names(row.targets for row in timeline.rows)
    if not timeline.rows:
        yield Text("No entry is like that." if timeline.left_out else "The timeline is empty.")
    else:
        further = (*(f"In {display_name(name)}" for name in targets), "Entry")
        shown = Sheet({**_columns(now), **dict.fromkeys(further, Fit.WHOLE)})
        for row in timeline.rows:
            found = [row.targets.get(name) for name in targets]
            states = [state_text(each.state if each else None) for each in found]
            # What a system wrote cannot be edited, and needs no name.
            key = as_text(row.key, "dim") if row.entry.kind == NOTE else ""
            shown.add(*_cells(row.entry, now), *states, key)
        yield shown
    if timeline.left_out:
        are_not = "1 entry is" if timeline.left_out == 1 else f"{timeline.left_out} entries are"
        yield Text(f"{are_not} not shown.", style="dim")
    for note in (*_footnotes(timeline), *timeline.notices):
        yield as_text(note, CAUTION)


def _columns(now: datetime) -> dict[str, Fit]:
    return {f"Time ({now:%Z})": Fit.WHOLE, "Author": Fit.NAME, "What happened": Fit.TEXT}


def _cells(entry: Entry, now: datetime) -> tuple[str, str, Text]:
    """When, who and what; an important entry is marked, and one that is no note says its kind."""
    # Each line is cleaned by itself, so that no line break of somebody else's passes for ours.
    text = "\n".join(clean(line) for line in readable_text(entry.text).split("\n"))
    marks = [(f"{STAR} ", "bold")] if entry.important else []
    kind = [(f"({clean(entry.kind)}) ", "dim")] if entry.kind != NOTE else []
    return time_label(entry.at, now), entry.author or "", Text.assemble(*marks, *kind, text)


def _footnotes(timeline: TimelineView) -> Iterator[str]:
    # An incident that the record never saw is called by its id, which has no such beginning.
    again = command("sync", timeline.name.removeprefix("IR-"))
    for target in target_names(row.targets for row in timeline.rows):
        shown = display_name(target)
        states = {row.targets[target].state for row in timeline.rows if target in row.targets}
        if TargetState.PENDING in states:
            yield f"pending: recorded here, not yet in {shown}. Run: {again}"
        if TargetState.NOT_SUPPORTED in states:
            yield f"recorded here: {shown} cannot hold the entry now."
        if TargetState.CONFLICT in states:
            yield (
                f"conflict: {shown} shows something else than was written; the full text is here."
            )
        if TargetState.NOT_KNOWN in states:
            yield f"not known: the timeline in {shown} was not read."
