"""What lacked in an incident's roles, and how long it all took, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from dd_incident_roles.history.durations import Durations, Wait
from dd_incident_roles.history.gaps import RoleCoverage
from dd_incident_roles.model import Person, RoleKey
from dd_incident_roles.policy.coverage import Stretch
from dd_incident_roles.policy.words import instant, span
from dd_incident_roles.report.history_views import GapRow, HistoryView, OverlapRow
from dd_incident_roles.report.lines import counted

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
        times = "once" if handoffs.number == 1 else counted(handoffs.number, "time")
        yield f"{title} was handed over {times}."
    for total in durations.totals:
        yield f"{history.people[total.person].label} held a role for {span(total.length)} in all."


def _gap(row: GapRow, now: datetime) -> str:
    allowed = span(row.gap.requirement.after)
    sure = "" if row.gap.is_sure else "; whether it was required hangs on how many people responded"
    verdict = "too long" if row.gap.is_too_long else "short enough"
    return f"Gap: nobody was {row.title} {_when(row, now)}; {allowed} allowed: {verdict}{sure}."


def _when(row: GapRow, now: datetime) -> str:
    stretch = row.gap.stretch
    return f"{_period(stretch.began, row.until, now)}, {span(stretch.length)}"


def _waited(wait: Wait, *, is_open: bool) -> str:
    if wait.length is not None and not wait.length:
        return "The first Incident Manager came at the declaration."
    if wait.length is not None:
        return f"The first Incident Manager came {span(wait.length)} after the declaration."
    if wait.is_known:
        return f"There was no Incident Manager{' so far' if is_open else ''}."
    return (
        "When the first Incident Manager came is not known: the record first looked at the "
        "incident too late to tell."
    )


def _covered(each: RoleCoverage, fraction: float, title: str) -> str:
    return (
        f"{title} was covered for {span(each.held)} of the {span(each.required)} in which it was "
        f"required ({int(fraction * 100)} %)."
    )


def _period(since: datetime | None, until: datetime | None, now: datetime) -> str:
    start = "the declaration or earlier" if since is None else instant(since, now)
    return f"from {start} {'on' if until is None else f'to {instant(until, now)}'}"


def _all(people: Iterable[Person]) -> str:
    *others, last = [person.label for person in people]
    return f"{', '.join(others)} and {last}" if others else last


def _title(history: HistoryView, role: RoleKey) -> str:
    return history.titles.get(role, role)
