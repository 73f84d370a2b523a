"""``history`` for a person and for a spreadsheet: who held what when, and how long it took."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.text import Text

from dd_incident_roles import words
from dd_incident_roles.history.held import Basis, SeenIn
from dd_incident_roles.report.documents import instant
from dd_incident_roles.report.documents.history import Durations, Gap, Held, History, Overlap, Wait
from dd_incident_roles.report.terminal import (
    ALARM,
    CAUTION,
    Call,
    Fit,
    Sheet,
    as_group,
    as_text,
    calling,
)
from dd_incident_roles.words import clean

_SEEN = {
    SeenIn.CLI: "here",
    SeenIn.DATADOG: "Datadog",
    SeenIn.TIMELINE: "Datadog's timeline",
}


@as_group
def history_table(history: History, now: datetime) -> Iterator[RenderableType]:
    """The rows of a history and, below them, its gaps, overlaps and durations."""
    moment = (
        "" if history.at is None else f", at {history.at.astimezone(now.tzinfo):%Y-%m-%d %H:%M %Z}"
    )
    title = f"{words.incident_label(history.public_id)} {history.incident_title}"
    yield as_text(f"{title}{moment}", "bold")
    call = calling((row.holder.name, row.holder.email) for row in history.shown)
    if history.shown:
        yield _table(history.shown, now, call)
    else:
        then = "" if history.at is None else " then"
        role = "a role" if history.role is None else history.title_of(history.role)
        yield as_text(f"Nobody is known to have held {role}{then}.")
    for sentence, is_too_long in gap_sentences(history.gaps, now):
        yield as_text(sentence, ALARM if is_too_long else "dim")
    for overlap in history.overlaps:
        yield as_text(overlap_sentence(overlap, now, call), ALARM)
    if history.durations:
        for sentence in _durations(history, history.durations, call):
            yield as_text(sentence)
    for note in (*_footnotes(history), *history.notices):
        yield as_text(note, CAUTION)


def _table(rows: Iterable[Held], now: datetime, call: Call) -> Sheet:
    names = dict.fromkeys(("Role", "Holder", f"From ({now:%Z})", "Until"), Fit.NAME)
    shown = Sheet({**names, "How long": Fit.WHOLE, "Known from": Fit.NAME})
    before = None
    for row in rows:
        role = words.role_label(row.title, row.stream)
        shown.add(
            # A role that several held is named once, at the first of them.
            role if role != before else "",
            *cells(row, now, call),
        )
        before = role
    return shown


def cells(row: Held, now: datetime, call: Call) -> tuple[str, str, str, str, Text]:
    """What a table says of a row beside the role: who, from when, until when, how long, whence."""
    return (
        call(row.holder.name, row.holder.email),
        _beginning(row, now),
        "still" if row.until is None else words.time_label(row.until, now),
        words.short_duration(timedelta(seconds=row.seconds)),
        _known_from(row),
    )


def _beginning(row: Held, now: datetime) -> str:
    if row.seen:
        return f"seen {words.time_label(row.seen, now)}"
    return "declared or earlier" if row.since is None else words.time_label(row.since, now)


def _known_from(row: Held) -> Text:
    """How it is known that somebody held a role: who said so, and where it was seen."""
    place, by = _SEEN[row.seen_in], row.set_by
    # That Datadog set what Datadog shows needs no second word.
    who = f"{by}, " if by and by != row.seen_in else ""
    match row.basis:
        case Basis.RECORDED:
            return as_text(f"{who}{place}")
        case Basis.INFERRED:
            return as_text(f"{who}{place} (inferred)", CAUTION)
        case Basis.CORRECTED:
            return as_text(f"{who}corrected: {row.reason or ''}", CAUTION)


def _footnotes(history: History) -> Iterator[str]:
    if any(row.basis is Basis.INFERRED for row in history.rows):
        yield "inferred: from what Datadog noted before the record first looked at the incident."
    if history.rows != history.recorded:
        yield "corrected: --format json shows what was recorded as well."


def gap_sentences(gaps: Iterable[Gap], now: datetime) -> Iterator[tuple[str, bool]]:
    """Each gap once, and whether it surely was too long; several requirements can name the same.

    What lasted less than a second is not worth a sentence. What nobody watched is one sentence for
    all roles of which the same minutes are not known.
    """
    same: dict[tuple[str, datetime, float], list[Gap]] = {}
    unwatched: dict[str, list[str]] = {}
    for gap in gaps:
        # Between two commands a role is empty for a blink, which is no news to anybody.
        if gap.seconds < 1:
            continue
        if gap.watched:
            same.setdefault((gap.role, gap.since, gap.seconds), []).append(gap)
        else:
            unwatched.setdefault(_when(gap, now), []).append(gap.title)
    for own in same.values():
        # Several requirements can name the same stretch; the strictest that is sure decides.
        strictest = min(own, key=lambda gap: (not gap.sure, gap.allowed_seconds))
        yield _gap(strictest, now), strictest.too_long and strictest.sure
    for when, titles in unwatched.items():
        dark = ", ".join(dict.fromkeys(titles))
        yield f"Not known {when}, before the record first looked: {dark}.", False


def overlap_sentence(overlap: Overlap, now: datetime, call: Call) -> str:
    """Say who held at once what one person is to hold."""
    people = words.join_names(call(person.name, person.email) for person in overlap.people)
    return (
        f"Overlap: {people} were {words.role_label(overlap.title, overlap.stream)} at once "
        f"{_period(overlap.since, overlap.until, now)}."
    )


def _durations(history: History, durations: Durations, call: Call) -> Iterator[str]:
    """Say how long things took; nothing about what was not required."""
    if durations.incident_manager_after:
        yield _waited(durations.incident_manager_after, is_open=history.is_open)
    for each in durations.coverage:
        if each.fraction is not None:
            yield (
                f"{history.title_of(each.role)} was covered for {_span(each.held_seconds)} of the "
                f"{_span(each.required_seconds)} in which it was required "
                # Rounded down, lest a role with a gap be called covered for 100 %.
                f"({int(each.fraction * 100)} %)."
            )
    dark = [history.title_of(each.role) for each in durations.coverage if each.fraction is None]
    if dark:
        yield f"How far these were covered is not known: {', '.join(dark)}."
    for handoffs in durations.handoffs:
        times = "once" if handoffs.number == 1 else words.count_of(handoffs.number, "time")
        yield f"{history.title_of(handoffs.role)} was handed over {times}."
    for total in durations.people:
        who = call(total.person.name, total.person.email)
        least = "at least " if total.at_least else ""
        yield f"{who} held a role for {least}{_span(total.seconds)} in all."


def _gap(gap: Gap, now: datetime) -> str:
    unsure = "; it is not known how many people responded, and so whether it was required"
    verdict = "longer than" if gap.too_long else "within"
    allowed = f"{verdict} the {_span(gap.allowed_seconds)} allowed{'' if gap.sure else unsure}"
    return f"Gap: nobody was {gap.title} {_when(gap, now)}; {allowed}."


def _when(gap: Gap, now: datetime) -> str:
    return f"{_period(gap.since, gap.until, now)}, {_span(gap.seconds)}"


def _waited(wait: Wait, *, is_open: bool) -> str:
    if wait.seconds is not None:
        most = "at most " if wait.at_most else ""
        after = f"{most}{_span(wait.seconds)} after" if wait.seconds else "at"
        return f"The first Incident Manager came {after} the declaration."
    if wait.known:
        return f"There was no Incident Manager{' so far' if is_open else ''}."
    return (
        "When the first Incident Manager came is not known: the record first looked at the "
        "incident too late to tell."
    )


def _period(since: datetime | None, until: datetime | None, now: datetime) -> str:
    start = "the declaration or earlier" if since is None else words.instant_label(since, now)
    return f"from {start} {'on' if until is None else f'to {words.instant_label(until, now)}'}"


def _span(seconds: float) -> str:
    return words.long_duration(timedelta(seconds=seconds))


COLUMNS = (
    *("incident", "role", "title", "stream", "holder", "email", "from", "until", "seconds"),
    *("set_by", "ended_by", "seen_in", "basis", "reason", "seen"),
)
"""The headings; columns may be added to them at the end."""

_STARTS_FORMULA = ("=", "+", "-", "\N{MINUS SIGN}", "@", "\t", "\r")
"""Signs that a spreadsheet calculates from; wide and small forms of them are the same signs."""


def history_csv(history: History) -> str:
    """Every row of a history, ending in a line break; an unknown or open end is an empty cell.

    A cell that a spreadsheet would calculate begins with an apostrophe, so that it shows as text.
    """
    shown = io.StringIO()
    # The module would end lines as on Windows, unlike every other document.
    writer = csv.writer(shown, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in history.shown:
        since, until = (at and instant(at) for at in (row.since, row.until))
        values = (
            *(str(history.public_id), row.role, row.title, row.stream),
            *(row.holder.name, row.holder.email, since, until, str(int(row.seconds))),
            *(row.set_by, row.ended_by, row.seen_in.value, row.basis.value, row.reason),
            row.seen and instant(row.seen),
        )
        writer.writerow([_cell(each or "") for each in values])
    return shown.getvalue()


def _cell(text: str) -> str:
    shown = clean(text)
    beginnings = (text, *(unicodedata.normalize("NFKC", each).lstrip() for each in (text, shown)))
    # A spreadsheet calculates from a cell after it has dropped blanks and wide forms.
    is_formula = any(each.startswith(_STARTS_FORMULA) for each in beginnings)
    return f"'{shown}" if is_formula else shown
