"""What closes each hole of a learned skip: the decision as a table, and what counts as evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.skip import (
    ENOUGH,
    OPERATIONS,
    ChangeKind,
    Depth,
    Evidence,
    LastReading,
    Lesson,
    Moment,
    Operation,
    Part,
    SearchRow,
    Seen,
    Why,
    compare,
    decide_reading,
    decide_readings,
    trusted_parts,
    usual_gap,
    with_lessons,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=2)
BOTH = frozenset(Part)
ROW = SearchRow(mark="as before", modified=LONG_AGO)
LAST = LastReading(
    run=NOW - timedelta(minutes=4),
    began=NOW - timedelta(minutes=4),
    modified=LONG_AGO,
    row="as before",
    is_settled=True,
    is_clean=True,
    version=3,
    basis="settings",
    saw=tuple(Part),
)
MOMENT = Moment(
    now=NOW,
    there=NOW,
    gap=timedelta(minutes=1),
    basis="settings",
    offered=BOTH,
    trusted=BOTH,
)
NOTE = ChangeKind(Part.ENTRIES, Operation.CREATE, "datadog")
PIN = ChangeKind(Part.ENTRIES, Operation.CREATE, "slack")
EDIT = ChangeKind(Part.ENTRIES, Operation.EDIT)
GIVE = ChangeKind(Part.ROLES, Operation.GIVE)


def reading(**other: Any) -> LastReading:
    return replace(LAST, **other)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def test_a_quiet_incident_is_left_unread() -> None:
    """Nothing moved, everything is trusted, and the last reading is young."""
    decided = decide_reading(ROW, LAST, version=3, waits=False, moment=MOMENT)
    assert decided.depth is Depth.NOTHING


@pytest.mark.parametrize(
    ("hole", "row", "last", "moment", "why"),
    [
        ("4: two changes in one second", ROW, reading(is_settled=False), MOMENT, Why.UNSETTLED),
        ("5: a move was seen a moment ago", ROW, reading(moved=ago(minutes=2)), MOMENT, Why.RECENT),
        ("5: the row differs", replace(ROW, mark="otherwise"), LAST, MOMENT, Why.DIFFERS),
        ("6: an older row", SearchRow(mark="x", modified=ago(hours=3)), LAST, MOMENT, Why.DIFFERS),
        ("8: Datadog's clock", ROW, LAST, replace(MOMENT, there=LONG_AGO), Why.RECENT),
        ("8: the future", replace(ROW, modified=ago(hours=-1)), LAST, MOMENT, Why.RECENT),
        ("9: our clock was set back", ROW, reading(began=ago(minutes=-30)), MOMENT, Why.OLD),
        ("9: and so was the move", ROW, reading(moved=ago(minutes=-30)), MOMENT, Why.RECENT),
        ("10: eight minutes old", ROW, reading(began=ago(minutes=8)), MOMENT, Why.OLD),
        ("10: rare runs", ROW, LAST, replace(MOMENT, gap=timedelta(minutes=5)), Why.OLD),
        ("10: nobody knows how rare", ROW, LAST, replace(MOMENT, gap=None), Why.OLD),
        (
            "12: the last reading was left in doubt",
            ROW,
            reading(is_clean=False),
            MOMENT,
            Why.UNREAD,
        ),
        ("16: the roles changed", ROW, LAST, replace(MOMENT, basis="others"), Why.CONFIGURED),
        ("21: a timeline appeared", ROW, reading(saw=("roles",)), MOMENT, Why.APPEARED),
        ("a row without its times", replace(ROW, mark=None), LAST, MOMENT, Why.TOO_LITTLE),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_makes_an_incident_be_read_whole(
    hole: str, row: SearchRow, last: LastReading, moment: Moment, why: Why
) -> None:
    """Each reason by itself is enough."""
    decided = decide_reading(row, last, version=3, waits=False, moment=moment)
    assert (decided.depth, decided.why) == (Depth.WHOLE, why), hole


def test_what_waits_is_absent_or_new_is_read_whole() -> None:
    """Holes 11, 13, 14 and 17: no reading of an incident lets it be forgotten."""
    waits = decide_reading(ROW, LAST, version=3, waits=True, moment=MOMENT)
    absent = decide_reading(None, LAST, version=3, waits=False, moment=MOMENT)
    new = decide_reading(ROW, None, version=3, waits=False, moment=MOMENT)
    changed = decide_reading(ROW, LAST, version=4, waits=False, moment=MOMENT)
    restored = decide_reading(ROW, LAST, version=2, waits=False, moment=MOMENT)
    assert [each.why for each in (waits, absent, new, changed, restored)] == [
        Why.WAITS,
        Why.NOT_FOUND,
        Why.UNREAD,
        Why.CHANGED_HERE,
        Why.CHANGED_HERE,
    ]
    assert {each.depth for each in (waits, absent, new, changed, restored)} == {Depth.WHOLE}


@pytest.mark.parametrize(
    ("trusted", "row", "saw", "parts"),
    [
        (BOTH, ROW, BOTH, frozenset()),
        (frozenset({Part.ROLES}), ROW, BOTH, frozenset({Part.ENTRIES})),
        (frozenset({Part.ENTRIES}), ROW, BOTH, frozenset({Part.ROLES})),
        (frozenset(), ROW, BOTH, BOTH),
        # Nobody responds, so nobody can have been given a role.
        (frozenset(), replace(ROW, can_have_roles=False), BOTH, frozenset({Part.ENTRIES})),
        # Datadog offers no role assignments: then nothing of them can have changed.
        (frozenset(), ROW, frozenset({Part.ENTRIES}), frozenset({Part.ENTRIES})),
    ],
)
def test_what_is_not_trusted_is_asked_for(
    trusted: frozenset[str], row: SearchRow, saw: frozenset[Part], parts: frozenset[Part]
) -> None:
    """Only what can have changed behind the row, and is not known to move it."""
    last = replace(LAST, saw=tuple(sorted(saw)))
    moment = replace(MOMENT, trusted=trusted, offered=saw)
    decided = decide_reading(row, last, version=3, waits=False, moment=moment)
    assert decided.parts == parts
    assert decided.depth is (Depth.PARTS if parts else Depth.NOTHING)


@given(age=st.integers(-100, 3000), gap=st.none() | st.integers(0, 3000))
def test_what_is_left_unread_was_read_within_eight_minutes(age: int, gap: int | None) -> None:
    """Hole 10: so no reading is ever twenty minutes old unless its failure is told by exit 3."""
    moment = replace(MOMENT, gap=None if gap is None else timedelta(seconds=gap))
    last = reading(began=ago(seconds=age))
    decided = decide_reading(ROW, last, version=3, waits=False, moment=moment)
    is_young = gap is not None and 0 <= age < 480 and age + 2 * gap <= 660
    assert (decided.depth is Depth.NOTHING) is is_young


def named(count: int) -> list[IncidentId]:
    return [IncidentId(f"{number:04}") for number in range(count)]


@pytest.mark.parametrize("count", [1, 5, 8, 50, 200])
def test_the_oldest_come_first_and_have_their_turn(count: int) -> None:
    """Hole 10: no run has to read all of them at once."""
    ids = named(count)
    lasts = {
        each: replace(LAST, began=NOW - timedelta(seconds=100 + number))
        for number, each in enumerate(ids)
    }
    decided = decide_readings(
        dict.fromkeys(ids, ROW),
        lasts,
        ids=ids,
        versions=dict.fromkeys(ids, 3),
        waiting=(),
        moment=MOMENT,
    )
    assert list(decided) == ids[::-1]
    whole = [each for each in decided if decided[each].depth is Depth.WHOLE]
    assert len(whole) == max(1, round(count / 8))
    assert whole == list(decided)[: len(whole)]


def test_the_usual_gap_is_not_moved_by_one_dropped_run() -> None:
    """Each run reads some incidents, so the last readings tell when the last runs began."""
    lasts = [reading(run=ago(minutes=each)) for each in (6, 6, 5, 4, 3, 1)]
    assert usual_gap(lasts, NOW) == timedelta(minutes=1)
    assert usual_gap([reading(run=ago(hours=1))], NOW) == timedelta(hours=1)
    assert usual_gap([], NOW) is None
    # By a clock that was set back nothing is known.
    assert usual_gap([*lasts, reading(run=ago(hours=-1))], NOW) is None


SEEN = Seen(modified=LONG_AGO + timedelta(minutes=5), changes=frozenset({NOTE}), by_us=False)


@pytest.mark.parametrize(
    ("hole", "seen", "last", "version"),
    [
        ("3: the severity changed too", replace(SEEN, alone=False), LAST, 3),
        ("3: two kinds at once", replace(SEEN, changes=frozenset({NOTE, GIVE})), LAST, 3),
        ("3: our own account, or nobody knows whose", replace(SEEN, by_us=True), LAST, 3),
        ("3: something was written from here", SEEN, LAST, 4),
        ("nothing changed but modified", replace(SEEN, changes=frozenset()), LAST, 3),
        ("an earlier change may have moved it", SEEN, reading(suspects=(str(EDIT),)), 3),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_is_no_example(hole: str, seen: Seen, last: LastReading, version: int) -> None:
    """Hole 3: where something else may have moved ``modified``, nothing is learned."""
    lesson = compare(last, seen, version=version)
    assert lesson == Lesson(), hole


def test_one_kind_alone_that_moved_is_an_example() -> None:
    """Somebody else changed one thing, and nothing else happened."""
    assert compare(LAST, SEEN, version=3) == Lesson(example=NOTE)


def test_what_did_not_move_is_a_counter_example_one_reading_later() -> None:
    """Hole 7: ``modified`` is asked for before the timeline, and may have moved in between."""
    unmoved = replace(SEEN, modified=LONG_AGO, changes=frozenset({PIN, GIVE}), alone=False)
    first = compare(LAST, unmoved, version=3)
    assert first == Lesson(suspects=frozenset({PIN, GIVE}))
    after = replace(LAST, suspects=tuple(sorted(map(str, first.suspects))))
    still = compare(after, replace(SEEN, modified=LONG_AGO, changes=frozenset()), version=3)
    assert still == Lesson(refuted=frozenset({PIN, GIVE}))
    late = compare(after, replace(SEEN, changes=frozenset()), version=3)
    assert late == Lesson()


EVERY_KIND = [ChangeKind(part, each) for part, operations in OPERATIONS for each in operations]


def taught(kinds: Iterable[ChangeKind], times: int = ENOUGH) -> tuple[Evidence, ...]:
    lessons = [Lesson(example=kind) for kind in kinds for _ in range(times)]
    return with_lessons((), lessons, at=NOW)


def test_trust_needs_ten_of_every_operation() -> None:
    """Holes 1 and 2: notes from Datadog's pages say nothing of edits, deletions or other kinds."""
    assert trusted_parts(taught(EVERY_KIND), NOW) == BOTH
    assert trusted_parts(taught(EVERY_KIND, ENOUGH - 1), NOW) == frozenset()
    for missing in EVERY_KIND:
        others = [kind for kind in EVERY_KIND if kind != missing]
        assert trusted_parts(taught(others), NOW) == BOTH - {missing.part}


def test_a_source_that_is_new_ends_trust() -> None:
    """Hole 1: what comes from chat may move ``modified`` otherwise than the pages do."""
    known = with_lessons(taught(EVERY_KIND), [Lesson(example=PIN)], at=NOW)
    assert trusted_parts(known, NOW) == {Part.ROLES}


def test_one_counter_example_ends_trust_for_a_day_and_until_there_are_ten_more() -> None:
    """Hole 2: both must be over, and each part is trusted by itself."""
    kind = EVERY_KIND[0]
    known = with_lessons(taught(EVERY_KIND), [Lesson(refuted=frozenset({kind}))], at=NOW)
    assert trusted_parts(known, NOW) == BOTH - {kind.part}
    again = with_lessons(known, [Lesson(example=kind)] * ENOUGH, at=NOW)
    assert trusted_parts(again, NOW + timedelta(hours=23)) == BOTH - {kind.part}
    assert trusted_parts(again, NOW + timedelta(hours=25)) == BOTH
    assert trusted_parts(known, NOW + timedelta(hours=25)) == BOTH - {kind.part}


def test_trust_lasts_thirty_days_and_comes_not_from_the_future() -> None:
    """Datadog may change, and a clock may have been wrong."""
    known = taught(EVERY_KIND)
    assert trusted_parts(known, NOW + timedelta(days=29)) == BOTH
    assert trusted_parts(known, NOW + timedelta(days=30)) == frozenset()
    assert trusted_parts(known, NOW - timedelta(minutes=1)) == frozenset()
    # And what nobody knows any more is not kept.
    assert with_lessons(known, [], at=NOW + timedelta(days=31)) == ()


kinds = st.builds(
    ChangeKind,
    st.sampled_from(Part),
    st.sampled_from(Operation),
    st.text("abc d-/", max_size=6).map(str.strip),
)


@given(kind=kinds)
def test_a_kind_is_kept_as_text(kind: ChangeKind) -> None:
    """The record keeps its name, whatever the source is called."""
    assert ChangeKind.of(str(kind)) == kind


@given(lessons=st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=30))
def test_a_kind_is_trusted_only_after_ten_in_a_row(lessons: list[tuple[bool, int]]) -> None:
    """Whatever came in which order, one that did not move counts more than all before."""
    known: tuple[Evidence, ...] = ()
    at, row, refuted = NOW, 0, None
    for moved, hours in lessons:
        at += timedelta(hours=hours)
        lesson = Lesson(example=NOTE) if moved else Lesson(refuted=frozenset({NOTE}))
        known = with_lessons(known, [lesson], at=at)
        row, refuted = (row + 1, refuted) if moved else (0, at)
        [held] = known
        rests = refuted is not None and at - refuted < timedelta(days=1)
        assert held.is_trusted(at) == (row >= ENOUGH and not rests) or held.valid(at) < row
