"""The lanes of the board: who held a role when, as bars on the life of an incident.

Places and widths are percentages of that life, so that a lane is as wide as there is room for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from dd_incident_roles import words
from dd_incident_roles.history.held import NOBODY, Basis, only_name
from dd_incident_roles.policy.clock import Stretch
from dd_incident_roles.report.documents.history import Gap, Held
from dd_incident_roles.report.terminal import Call
from dd_incident_roles.values import frozen

MOST_TRACKS: Final = 6
"""So many people at once have a bar each; the table has them all."""

_NARROWEST: Final = 0.6
"""What lasted a moment is seen all the same."""

_OF_A_LETTER: Final = 2.3
_MUCH: Final = 24.0
"""A letter takes so much of a lane on a phone; in a bar of so much a name may be cut off."""

_ROOM_FOR_NOW: Final = 82.0
_MOST_TICKS: Final = 5
_STEPS: Final = (
    *(timedelta(minutes=number) for number in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=number) for number in (1, 2, 3, 6, 12)),
    *(timedelta(days=number) for number in (1, 2, 7, 14, 30, 90, 365)),
)


class Kind(StrEnum):
    """What a bar says; a gap is longer than is allowed, a grace is not."""

    NOW = "now"
    PAST = "past"
    GAP = "gap"
    GRACE = "grace"
    UNKNOWN = "unknown"


@frozen
class Bar:
    """One stretch in a lane; ``track`` counts from the top where several held a role at once.

    ``about`` says the same in words. A label that has no room is empty.
    """

    kind: Kind
    x: float
    width: float
    track: int
    label: str
    about: str
    is_inferred: bool = False


@frozen
class Lane:
    """Everything that a lane shows, the gaps first, since they lie behind; ``told`` is all of it.

    ``more`` counts the stretches for which there was no track.
    """

    gaps: tuple[Bar, ...]
    bars: tuple[Bar, ...]
    tracks: int
    told: str
    more: int = 0


@frozen
class Tick:
    """A moment on the axis."""

    x: float
    label: str


def lane_of(
    held: Iterable[Held], gaps: Iterable[Gap], *, life: Stretch, call: Call, now: datetime
) -> Lane:
    """The lane of one role or stream: who held it, and when it was required and nobody did."""
    found: list[tuple[datetime, Bar]] = []
    ends: list[datetime] = []
    more = 0
    ordered = sorted(held, key=lambda row: (row.since or row.seen or life.began, row.holder.name))
    for row in ordered:
        since, until = row.since or row.seen or life.began, row.until or life.ended
        track = next((at for at, end in enumerate(ends) if end <= since), len(ends))
        if track == MOST_TRACKS:
            more += 1
            continue
        ends[track : track + 1] = [until]
        bar = _bar(_kind(row), since, until, life)
        who = _who(row, call)
        is_inferred = row.basis is Basis.INFERRED
        about = f"{who} {_period(row, now)}{' (inferred)' if is_inferred else ''}"
        found.append(
            (
                since,
                replace(
                    bar, track=track, label=_fitting(who, bar), about=about, is_inferred=is_inferred
                ),
            )
        )
    behind = [(gap.since, _gap(gap, life, now)) for gap in _longest(gaps)]
    told = [bar.about for _, bar in sorted([*found, *behind], key=lambda each: each[0])]
    return Lane(
        gaps=tuple(bar for _, bar in behind),
        bars=tuple(bar for _, bar in found),
        tracks=max(1, len(ends)),
        told=f"{'; '.join(told)}." if told else "Nobody held it.",
        more=more,
    )


def _kind(row: Held) -> Kind:
    # That nobody held it, as a correction says, is a stretch like a gap that did no harm.
    if row.holder.name == only_name(NOBODY):
        return Kind.GRACE
    return Kind.NOW if row.until is None else Kind.PAST


def _who(row: Held, call: Call) -> str:
    return call(row.holder.name, row.holder.email)


def _period(row: Held, now: datetime) -> str:
    until = "on" if row.until is None else f"to {words.time_label(row.until, now)}"
    if row.seen:
        return f"from {words.time_label(row.seen, now)} or earlier {until}"
    start = words.time_label(row.since, now) if row.since else "the declaration or earlier"
    return f"from {start} {until}"


def _longest(gaps: Iterable[Gap]) -> Iterator[Gap]:
    """Each stretch once, as the strictest requirement has it; a blink is no news."""
    found: dict[tuple[datetime, float], Gap] = {}
    for gap in sorted(gaps, key=lambda each: (each.since, not each.too_long)):
        if gap.seconds >= 1:
            found.setdefault((gap.since, gap.seconds), gap)
    yield from found.values()


def _gap(gap: Gap, life: Stretch, now: datetime) -> Bar:
    kind = Kind.GAP if gap.too_long and gap.sure else Kind.GRACE
    until = "on" if gap.until is None else f"to {words.time_label(gap.until, now)}"
    length = words.short_duration(timedelta(seconds=gap.seconds))
    what = "nobody" if gap.watched else "not known"
    bar = _bar(kind if gap.watched else Kind.UNKNOWN, gap.since, gap.until or life.ended, life)
    about = f"{what} from {words.time_label(gap.since, now)} {until} ({length})"
    return replace(bar, label=_fitting(what, bar), about=about)


def _bar(kind: Kind, since: datetime, until: datetime, life: Stretch) -> Bar:
    """A bar within the life of the incident: what began before it, or ended after, is cut off."""
    x = min(_share(since, life), 100 - _NARROWEST)
    width = max(_share(until, life) - x, _NARROWEST)
    return Bar(kind=kind, x=round(x, 2), width=round(width, 2), track=0, label="", about="")


def _fitting(label: str, bar: Bar) -> str:
    """A label where there is room for it."""
    return label if bar.width >= min((len(label) + 1) * _OF_A_LETTER, _MUCH) else ""


def _share(at: datetime, life: Stretch) -> float:
    """How far a moment lies in a life, from 0 to 100."""
    length = life.ended - life.began
    if length <= timedelta():
        return 0.0 if at <= life.began else 100.0
    return min(max((at - life.began) / length, 0.0), 1.0) * 100


def ticks_of(life: Stretch, now: datetime) -> tuple[Tick, ...]:
    """Round times on the axis in the zone of ``now``, few enough for a phone."""
    length = life.ended - life.began
    step = next((each for each in _STEPS if length / each <= _MOST_TICKS), _STEPS[-1])
    return tuple(_ticks(life, step, now)) if length > timedelta() else ()


def _ticks(life: Stretch, step: timedelta, now: datetime) -> Sequence[Tick]:
    local = life.began.astimezone(now.tzinfo)
    at = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    # Counted by the clock on the wall, which may jump; what it skips is still a round time.
    while at.astimezone(UTC) <= life.ended:
        x = _share(at.astimezone(UTC), life)
        if at.astimezone(UTC) >= life.began and x <= _ROOM_FOR_NOW:
            is_day = step >= timedelta(days=1) or (at.hour == 0 and at.minute == 0)
            found.append(Tick(x=round(x, 2), label=f"{at:%m-%d}" if is_day else f"{at:%H:%M}"))
        at += step
    return found
