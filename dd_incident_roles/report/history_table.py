"""``history`` for a person: who held what when, then what lacked and how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.history.held import Basis, SeenIn
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.history_sentences import (
    duration_sentences,
    gap_sentences,
    overlap_sentence,
)
from dd_incident_roles.report.history_views import HeldRow, HistoryView
from dd_incident_roles.report.times import lasted

_SEEN = {
    SeenIn.CLI: "here",
    SeenIn.DATADOG: "Datadog",
    SeenIn.TIMELINE: "Datadog's timeline",
}


def history_table(history: HistoryView, now: datetime) -> Group:
    """The rows of a history and, below them, its gaps, overlaps and durations."""
    return Group(*_history(history, now))


def _history(history: HistoryView, now: datetime) -> Iterator[RenderableType]:
    incident = history.incident
    moment = "" if history.at is None else f", at {_instant(history.at)} UTC"
    yield styled(f"IR-{incident.public_id} {incident.title}{moment}", "bold")
    if history.rows:
        yield _table(history)
    else:
        then = "" if history.at is None else " then"
        role = "a role" if history.only is None else history.titles.get(history.only, history.only)
        yield styled(f"Nobody is known to have held {role}{then}.")
    for sentence, is_too_long in gap_sentences(history.gaps, now):
        yield styled(sentence, "bold red" if is_too_long else "dim")
    for overlap in history.overlaps:
        yield styled(overlap_sentence(overlap, now), "bold red")
    if history.durations:
        for sentence in duration_sentences(history, history.durations):
            yield styled(sentence)
    for note in (*_footnotes(history), *history.notices):
        yield styled(note, "yellow")


def _table(history: HistoryView) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    table.add_column("Role", overflow="fold")
    table.add_column("Holder", overflow="fold")
    table.add_column("From (UTC)", no_wrap=True)
    table.add_column("Until (UTC)", no_wrap=True)
    table.add_column("How long", no_wrap=True)
    table.add_column("Set by", overflow="fold")
    table.add_column("Seen in", overflow="fold")
    for row in history.rows:
        table.add_row(
            styled(f"{row.title} ({row.stream})" if row.stream else row.title),
            styled(row.holder.label),
            "declared or earlier" if row.since is None else _instant(row.since),
            "still" if row.until is None else _instant(row.until),
            lasted(row.length),
            styled(row.set_by or ""),
            _seen(row),
        )
    return table


def _seen(row: HeldRow) -> Text:
    match row.basis:
        case Basis.RECORDED:
            return Text(_SEEN[row.seen_in])
        case Basis.INFERRED:
            return Text(f"{_SEEN[row.seen_in]} (inferred)", style="yellow")
        case Basis.CORRECTED:
            return styled(f"corrected: {row.reason or ''}", "yellow")


def _footnotes(history: HistoryView) -> Iterator[str]:
    if any(row.basis is Basis.INFERRED for row in history.rows):
        yield "inferred: from what Datadog noted before the record first looked at the incident."
    if history.rows != history.recorded:
        yield "corrected: --format json shows what was recorded as well."


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
