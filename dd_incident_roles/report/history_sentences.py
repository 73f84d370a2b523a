"""What lacked in an incident's roles, and how long it all took, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from dd_incident_roles.history.durations import Durations, Wait
from dd_incident_roles.history.gaps import RoleCoverage
from dd_incident_roles.model import Person, RoleKey
from dd_incident_roles.policy.coverage import Stretch
from dd_incident_roles.policy.wording import instant, span
from dd_incident_roles.report.history_views import GapRow, HistoryView, OverlapRow
from dd_incident_roles.report.lines import counted


def gap_sentences(rows: Iterable[GapRow], now: datetime) -> Iterator[tuple[str, bool]]:
    """Each gap once, and whether it surely was too long; several requirements can name the same."""
    same: dict[tuple[RoleKey, bool, Stretch], list[GapRow]] = {}
    for row in rows:
        same.setdefault((row.gap.role, row.watched, row.gap.stretch), []).append(row)
    for own in same.values():
        strictest = min(own, key=lambda row: (not row.gap.is_sure, row.gap.requirement.after))
        gap = strictest.gap
        yield _gap(strictest, now), strictest.watched and gap.is_too_long and gap.is_sure


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
        yield _covered(each, _title(history, each.role))
    for handoffs in durations.handoffs:
        title = _title(history, handoffs.role)
        yield f"{title} was handed over {counted(handoffs.number, 'time')}."
    for total in durations.totals:
        yield f"{history.people[total.person].label} held a role for {span(total.length)} in all."


def _gap(row: GapRow, now: datetime) -> str:
    stretch, allowed = row.gap.stretch, span(row.gap.requirement.after)
    when = f"{_period(stretch.began, row.until, now)}, {span(stretch.length)}"
    if not row.watched:
        return f"Not known: whether anybody was {row.title} {when}; the record had not looked yet."
    sure = "" if row.gap.is_sure else "; whether it was required hangs on how many people responded"
    verdict = "too long" if row.gap.is_too_long else "short enough"
    return f"Gap: nobody was {row.title} {when}; {allowed} allowed: {verdict}{sure}."


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


def _covered(each: RoleCoverage, title: str) -> str:
    if each.fraction is None:
        return (
            f"How far {title} was covered is not known: nothing tells of {span(each.unknown)} "
            "before the record first looked."
        )
    return (
        f"{title} was covered for {span(each.held)} of the {span(each.required)} in which it was "
        f"required ({int(each.fraction * 100)} %)."
    )


def _period(since: datetime | None, until: datetime | None, now: datetime) -> str:
    start = "the declaration or earlier" if since is None else instant(since, now)
    return f"from {start} {'on' if until is None else f'to {instant(until, now)}'}"


def _all(people: Iterable[Person]) -> str:
    *others, last = [person.label for person in people]
    return f"{', '.join(others)} and {last}" if others else last


def _title(history: HistoryView, role: RoleKey) -> str:
    return history.titles.get(role, role)
