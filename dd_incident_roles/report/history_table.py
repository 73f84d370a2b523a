"""``history`` for a person: who held what when, then what lacked and how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.history.durations import Durations, Wait
from dd_incident_roles.history.gaps import RoleCoverage
from dd_incident_roles.history.held import Basis, SeenIn
from dd_incident_roles.model import Person, RoleKey
from dd_incident_roles.policy.coverage import Stretch
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.history_views import GapRow, HeldRow, HistoryView, OverlapRow
from dd_incident_roles.words import count_of, instant_label, long_duration, short_duration

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
            short_duration(row.length),
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


_WORTH_SAYING = timedelta(seconds=1)


def gap_sentences(rows: Iterable[GapRow], now: datetime) -> Iterator[tuple[str, bool]]:
    """Each gap once, and whether it surely was too long; several requirements can name the same.

    What lasted less than a second is not worth a sentence. What nobody watched is one sentence for
    all roles of which the same minutes are not known.
    """
    same: dict[tuple[RoleKey, Stretch], list[GapRow]] = {}
    unwatched: dict[str, list[str]] = {}
    for row in rows:
        if row.gap.stretch.length < _WORTH_SAYING:
            continue
        if row.watched:
            same.setdefault((row.gap.role, row.gap.stretch), []).append(row)
        else:
            unwatched.setdefault(_when(row, now), []).append(row.title)
    for own in same.values():
        strictest = min(own, key=lambda row: (not row.gap.is_sure, row.gap.requirement.after))
        gap = strictest.gap
        yield _gap(strictest, now), gap.is_too_long and gap.is_sure
    for when, titles in unwatched.items():
        dark = ", ".join(dict.fromkeys(titles))
        yield f"Not known {when}, before the record first looked: {dark}.", False


def overlap_sentence(row: OverlapRow, now: datetime) -> str:
    """Say who held at once what one person is to hold."""
    overlap = row.overlap
    stream = f" ({overlap.stream})" if overlap.stream else ""
    return (
        f"Overlap: {_all(row.people)} were {row.title}{stream} at once "
        f"{_period(overlap.since, overlap.until, now)}."
    )


def duration_sentences(history: HistoryView, durations: Durations) -> Iterator[str]:
    """Say how long things took; nothing about what was not required."""
    if durations.wait:
        yield _waited(durations.wait, is_open=history.incident.is_open)
    for each in durations.coverage:
        if each.fraction is not None:
            yield _covered(each, each.fraction, _title(history, each.role))
    dark = [_title(history, each.role) for each in durations.coverage if each.fraction is None]
    if dark:
        yield f"How far these were covered is not known: {', '.join(dark)}."
    for handoffs in durations.handoffs:
        title = _title(history, handoffs.role)
        times = "once" if handoffs.number == 1 else count_of(handoffs.number, "time")
        yield f"{title} was handed over {times}."
    for total in durations.totals:
        held = long_duration(total.length)
        yield f"{history.people[total.person].label} held a role for {held} in all."


def _gap(row: GapRow, now: datetime) -> str:
    allowed = long_duration(row.gap.requirement.after)
    sure = "" if row.gap.is_sure else "; whether it was required hangs on how many people responded"
    verdict = "too long" if row.gap.is_too_long else "short enough"
    return f"Gap: nobody was {row.title} {_when(row, now)}; {allowed} allowed: {verdict}{sure}."


def _when(row: GapRow, now: datetime) -> str:
    stretch = row.gap.stretch
    return f"{_period(stretch.began, row.until, now)}, {long_duration(stretch.length)}"


def _waited(wait: Wait, *, is_open: bool) -> str:
    if wait.length is not None and not wait.length:
        return "The first Incident Manager came at the declaration."
    if wait.length is not None:
        return (
            f"The first Incident Manager came {long_duration(wait.length)} after the declaration."
        )
    if wait.is_known:
        return f"There was no Incident Manager{' so far' if is_open else ''}."
    return (
        "When the first Incident Manager came is not known: the record first looked at the "
        "incident too late to tell."
    )


def _covered(each: RoleCoverage, fraction: float, title: str) -> str:
    return (
        f"{title} was covered for {long_duration(each.held)} of the "
        f"{long_duration(each.required)} in which it was required ({int(fraction * 100)} %)."
    )


def _period(since: datetime | None, until: datetime | None, now: datetime) -> str:
    start = "the declaration or earlier" if since is None else instant_label(since, now)
    return f"from {start} {'on' if until is None else f'to {instant_label(until, now)}'}"


def _all(people: Iterable[Person]) -> str:
    *others, last = [person.label for person in people]
    return f"{', '.join(others)} and {last}" if others else last


def _title(history: HistoryView, role: RoleKey) -> str:
    return history.titles.get(role, role)
