"""Eight hours of incidents that people change, runs that are dropped, and an index that lags.

The decision is the real one; everything around it is drawn, so that a day goes by in a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.skip import (
    SETTLED,
    Depth,
    LastReading,
    Moment,
    Part,
    SearchRow,
    decide_readings,
    usual_gap,
)

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = BEGIN - timedelta(hours=1)
DAY = timedelta(hours=8)
BOTH = frozenset(Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a Datadog and a schedule are; the defaults are those of an ordinary one."""

    incidents: int = 60
    every: timedelta = timedelta(minutes=1)
    moves: float = 1.0
    """The share of changes with which ``modified`` moves."""
    busy: timedelta = timedelta(minutes=30)
    """How far apart the changes of one incident are."""
    clock_set_back: timedelta = timedelta()
    """How far our clock is set back in the middle of the day."""


@dataclass(slots=True, kw_only=True)
class Told:
    """What came of it: how late each change was seen, and how much each run read."""

    delays: list[timedelta] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    unseen: int = 0

    @property
    def mean(self) -> float:
        """How many incidents a run read whole; the first has to read them all."""
        return sum(self.read[1:]) / len(self.read[1:])


@dataclass(slots=True)
class _Incident:
    """One incident: its changes, whether each moves ``modified``, and when the index shows it."""

    changes: list[tuple[datetime, bool, datetime]]
    seen: int = 0
    last: LastReading | None = None

    def modified(self, at: datetime) -> datetime:
        return max(
            (when for when, moves, _ in self.changes if moves and when <= at), default=BEFORE
        )

    def indexed(self, at: datetime) -> datetime:
        shown = (when for when, moves, shown in self.changes if moves and shown <= at)
        return max(shown, default=BEFORE).replace(microsecond=0)


def live_through(habits: Habits, seed: int) -> Told:
    """A working day; every change is dated, so that it is known how late it was seen."""
    chance = Random(seed)  # noqa: S311 - a day that can be told again
    told = Told()
    incidents = {
        IncidentId(f"{number:03}"): _Incident(list(_changes(habits, chance)))
        for number in range(habits.incidents)
    }
    at = BEGIN - habits.every
    while at < BEGIN + DAY:
        at += habits.every
        if at > BEGIN and chance.random() < 0.03:
            continue
        # Ours is right at first, and wrong by a while from noon on.
        ours = at - (habits.clock_set_back if at > BEGIN + DAY / 2 else timedelta())
        told.read.append(_run(incidents, at, ours, chance, told))
    end = at - timedelta(minutes=15)
    told.unseen = sum(
        when < end for each in incidents.values() for when, *_ in each.changes[each.seen :]
    )
    return told


def _changes(habits: Habits, chance: Random) -> Iterator[tuple[datetime, bool, datetime]]:
    at = BEGIN
    while (at := at + habits.busy * chance.expovariate(1)) < BEGIN + DAY:
        yield _change(habits, chance, at)
        if chance.random() < 0.3:
            at += timedelta(seconds=chance.random())
            yield _change(habits, chance, at)


def _change(habits: Habits, chance: Random, at: datetime) -> tuple[datetime, bool, datetime]:
    lag = timedelta(minutes=20) if chance.random() < 0.02 else timedelta(seconds=2)
    lag += timedelta(seconds=chance.uniform(0, 38))
    return at, chance.random() < habits.moves, at + lag


def _run(
    incidents: dict[IncidentId, _Incident],
    at: datetime,
    ours: datetime,
    chance: Random,
    told: Told,
) -> int:
    rows = {}
    for name, each in incidents.items():
        modified = each.indexed(at)
        rows[name] = SearchRow(mark=modified.isoformat(), modified=modified)
    lasts = {name: each.last for name, each in incidents.items() if each.last}
    gap = usual_gap(lasts.values(), ours)
    decided = decide_readings(
        rows,
        lasts,
        ids=incidents,
        versions={},
        waiting=(),
        moment=Moment(now=ours, there=at, gap=gap, basis="", offered=BOTH, trusted=BOTH),
    )
    whole = [name for name, each in decided.items() if each.depth is Depth.WHOLE]
    for name in whole:
        if chance.random() < 0.02:
            # It failed: the last reading no longer counts.
            if last := incidents[name].last:
                incidents[name].last = replace(last, is_clean=False)
            continue
        # A run takes a few seconds, and the row was read at its beginning.
        later = timedelta(seconds=chance.uniform(0, 4))
        _read(incidents[name], at + later, ours + later, rows[name], told, run=ours)
    return len(whole)


def _read(
    incident: _Incident,
    at: datetime,
    ours: datetime,
    row: SearchRow,
    told: Told,
    *,
    run: datetime,
) -> None:
    news = 0
    for when, *_ in incident.changes[incident.seen :]:
        if when > at:
            break
        told.delays.append(at - when)
        news += 1
    incident.seen += news
    modified, before = incident.modified(at), incident.last
    moved = before is not None and before.modified != modified
    incident.last = LastReading(
        run=run,
        began=ours,
        modified=modified,
        row=row.mark,
        is_settled=at >= modified + SETTLED,
        is_clean=not news,
        version=0,
        basis="",
        saw=tuple(Part),
        moved=ours if moved else before.moved if before else None,
    )


LATE = timedelta(minutes=11)


@pytest.mark.parametrize("seed", range(1))
def test_an_ordinary_day_costs_a_quarter_and_loses_no_time(seed: int) -> None:
    """Every change is seen, the usual one within a minute, with a quarter of the readings."""
    told = live_through(Habits(), seed)
    delays = sorted(told.delays)
    assert told.unseen == 0
    assert max(delays) <= LATE
    # As late as without any skipping: a run a minute, and one that was dropped.
    assert delays[len(delays) // 2] <= timedelta(seconds=60)
    assert delays[len(delays) * 99 // 100] <= timedelta(minutes=4)
    assert 10 <= told.mean <= 16


@pytest.mark.parametrize(
    ("habits", "most"),
    [
        # Trust was won wrongly: the cap alone shows each change.
        (Habits(incidents=30, moves=0), 6),
        (Habits(incidents=30, moves=0.5), 8),
        (Habits(incidents=30, moves=0.95), 8),
        (Habits(incidents=30, clock_set_back=timedelta(hours=1)), 9),
        (Habits(incidents=30, busy=timedelta(minutes=4)), 22),
        # The rarer the runs, the more of the incidents each reads.
        (Habits(incidents=30, every=timedelta(minutes=3)), 20),
        (Habits(incidents=30, every=timedelta(minutes=5)), 30),
        (Habits(incidents=30, every=timedelta(minutes=10)), 30),
        (Habits(incidents=80, busy=timedelta(days=9)), 11),
    ],
    ids=str,
)
def test_no_change_is_seen_later_than_the_cap(habits: Habits, most: int) -> None:
    """Whatever Datadog, the clock or the schedule does: the cap alone makes it safe."""
    told = live_through(habits, seed=7)
    assert told.unseen == 0
    # Where runs are rare, two that fail are a longer wait than any rule can mend.
    assert max(told.delays) <= max(LATE, 4 * habits.every)
    assert told.mean <= most
