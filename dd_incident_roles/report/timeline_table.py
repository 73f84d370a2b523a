"""``timeline list`` for a person, and what an import would add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.model import NOTE, Entry
from dd_incident_roles.report.clean import clean, styled
from dd_incident_roles.report.target_words import WORDS, display_name
from dd_incident_roles.report.timeline_views import EntryRow, TimelineView
from dd_incident_roles.report.views import TargetState

STAR = "\u2605"
"""The mark of an important entry."""

_STYLES = {
    TargetState.IN_SYNC: "green",
    TargetState.PENDING: "yellow",
    TargetState.NOT_SUPPORTED: "yellow",
    TargetState.CONFLICT: "bold red",
}


def timeline_table(timeline: TimelineView) -> Group:
    """Every entry of a timeline with where it is, by when it happened."""
    return Group(*_timeline(timeline))


def entries_table(entries: Sequence[Entry]) -> Table:
    """Entries that are in no timeline yet."""
    table = _table()
    for entry in entries:
        table.add_row(_instant(entry.at), styled(entry.author or ""), _text(entry))
    return table


def _timeline(timeline: TimelineView) -> Iterator[RenderableType]:
    title = f" {timeline.title}" if timeline.title else ""
    yield styled(f"{timeline.name}{title}", "bold")
    if timeline.rows:
        yield _rows(timeline.rows)
    else:
        yield Text("The timeline is empty.")
    for note in (*_footnotes(timeline), *timeline.notices):
        yield styled(note, "yellow")


def _rows(rows: Sequence[EntryRow]) -> Table:
    targets = sorted({name for row in rows for name in row.targets})
    table = _table()
    for name in targets:
        table.add_column(f"In {display_name(name)}", no_wrap=True)
    table.add_column("Entry", no_wrap=True)
    for row in rows:
        table.add_row(
            _instant(row.entry.at),
            styled(row.entry.author or ""),
            _text(row.entry),
            *(_state(row, name) for name in targets),
            styled(row.key, "dim"),
        )
    return table


def _table() -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    table.add_column("Time (UTC)", no_wrap=True)
    table.add_column("Author", overflow="fold")
    table.add_column("What happened", overflow="fold")
    return table


def _instant(at: datetime) -> Text:
    return Text(f"{at.astimezone(UTC):%Y-%m-%d %H:%M}")


def _text(entry: Entry) -> Text:
    """Each line by itself, so that no line break of somebody else's passes for one of ours."""
    lines = [clean(line) for line in entry.text.split("\n")]
    marks = [STAR] if entry.important else []
    kind = [(f"({clean(entry.kind)}) ", "dim")] if entry.kind != NOTE else []
    return Text.assemble(*((f"{mark} ", "bold yellow") for mark in marks), *kind, "\n".join(lines))


def _state(row: EntryRow, name: str) -> Text:
    target = row.targets.get(name)
    if target is None:
        return Text("")
    return Text(WORDS[target.state], style=_STYLES[target.state])


def _footnotes(timeline: TimelineView) -> Iterator[str]:
    number = timeline.name.removeprefix("IR-")
    for target in sorted({name for row in timeline.rows for name in row.targets}):
        shown = display_name(target)
        states = {
            each.state
            for row in timeline.rows
            for name, each in row.targets.items()
            if name == target
        }
        if TargetState.PENDING in states:
            yield (
                f"pending: recorded here, not yet in {shown}. Run: dd-incident-roles sync {number}"
            )
        if TargetState.NOT_SUPPORTED in states:
            yield f"recorded here: {shown} cannot hold the entry now."
        if TargetState.CONFLICT in states:
            yield f"conflict: {shown} shows it otherwise than written; the whole text is here."
