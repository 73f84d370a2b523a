"""The intervals of the record say who held what when, whatever is given and taken, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Assignment, PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import Holders, Role
from dd_incident_roles.roles.ledger import (
    Close,
    LedgerChange,
    Open,
    holders,
    instant_of_change,
    open_holdings,
)
from tests.roles.build import (
    ADA,
    GRACE,
    LINUS,
    MANY,
    MANY_IN_STREAMS,
    ONE,
    ONE_PER_STREAM,
    give,
    held,
    minute,
    numbered,
    take,
)

PILOT = RoleKey("pilot")
ROWS = (
    held(GRACE, since=10),
    held(ADA, since=0, until=10),
    held(LINUS, "database", since=5),
    held(LINUS, since=7, until=7),
    held(GRACE, "network", since=12),
    held(ADA, since=0, role="scribe"),
)


def test_who_holds_a_role_now() -> None:
    """Each person is named once, the longest holder first, whatever the order of the rows."""
    assert holders(ROWS, PILOT) == holders(tuple(reversed(ROWS)), PILOT) == (LINUS, GRACE)


def test_open_intervals_are_given_whole() -> None:
    """Streams and sources can be shown for each."""
    assert [(row.person, row.stream) for row in open_holdings(ROWS, PILOT)] == [
        (LINUS, "database"),
        (GRACE, None),
        (GRACE, "network"),
    ]


def test_a_role_nobody_ever_held_is_empty() -> None:
    """No rows are nobody."""
    assert holders((), PILOT) == ()
    assert holders(ROWS, RoleKey("other")) == ()


@pytest.mark.parametrize(("now", "instant"), [(20, 20), (12, 12), (11, 12), (-5, 12), (-90, -90)])
def test_a_change_is_never_before_the_last_one(now: float, instant: float) -> None:
    """A clock that is behind makes neither a negative interval nor an overlap."""
    assert instant_of_change(ROWS, PILOT, minute(now)) == minute(instant)


PEOPLE = (ADA, GRACE, LINUS)
STREAM_NAMES = (None, "database", "network")
Place = tuple[PersonKey, str | None]


@dataclass(frozen=True)
class Step:
    """One command, at a moment that need not come after the last one's."""

    gives: bool
    person: PersonKey | None
    stream: str | None
    at: int


def steps(*, streams: bool) -> st.SearchStrategy[list[Step]]:
    """Sequences of commands, some of which are refused."""
    step = st.builds(
        Step,
        gives=st.booleans(),
        person=st.sampled_from((*PEOPLE, None)),
        stream=st.sampled_from(STREAM_NAMES if streams else (None,)),
        at=st.integers(-30, 30),
    )
    return st.lists(step, max_size=25)


def written(rows: Sequence[Assignment], edits: Iterable[Open | Close]) -> tuple[Assignment, ...]:
    """What a record holds after the edits: nothing is ever overwritten but an open end."""
    held = {row.id: row for row in rows}
    for edit in edits:
        match edit:
            case Open(assignment=assignment):
                assert assignment.id not in held
                held[assignment.id] = assignment
            case Close():
                row = held[edit.assignment_id]
                assert row.is_open
                held[row.id] = edit.applied_to(row)
    return tuple(held.values())


def replay(role: Role, sequence: Iterable[Step]) -> tuple[Assignment, ...]:
    """Carry out every command that is not refused."""
    rows: tuple[Assignment, ...] = ()
    ids = numbered()
    for step in sequence:
        try:
            change = carried_out(rows, role, step, ids=ids)
        except UsageError:
            continue
        assert change.before == open_holdings(rows, role.key)
        rows = written(rows, change.edits)
        assert change.after == open_holdings(rows, role.key)
    return rows


def carried_out(
    rows: tuple[Assignment, ...], role: Role, step: Step, *, ids: Callable[[], str]
) -> LedgerChange:
    """The change that one command asks for."""
    if step.gives:
        return give(rows, role, step.person or ADA, step.stream, now=step.at, ids=ids)
    return take(rows, role, step.person, step.stream, now=step.at)


def expected(role: Role, sequence: Iterable[Step]) -> set[Place]:
    """A naive model: a set of people in their places, without any time."""
    places: set[Place] = set()
    for step in sequence:
        if step.gives:
            given = (step.person or ADA, step.stream)
            if step.stream:
                places.discard((given[0], None))
            if role.holders is Holders.ONE and given not in places:
                places = {place for place in places if place[1] != step.stream}
            places.add(given)
            continue
        meant = {
            place
            for place in places
            if step.person in (None, place[0]) and step.stream in (None, place[1])
        }
        if len({person for person, _ in meant}) == 1:
            places -= meant
    return places


ROLES = [(ONE, False), (ONE_PER_STREAM, True), (MANY, False), (MANY_IN_STREAMS, True)]


@pytest.mark.parametrize(("role", "streams"), ROLES)
@given(data=st.data())
def test_replaying_commands_gives_what_a_plain_set_gives(
    role: Role, streams: bool, data: st.DataObject
) -> None:
    """The open intervals are exactly the places that a model without time comes to."""
    sequence = data.draw(steps(streams=streams))
    rows = replay(role, sequence)
    found = [(row.person, row.stream) for row in open_holdings(rows, role.key)]
    assert sorted(found, key=str) == sorted(expected(role, sequence), key=str)


@pytest.mark.parametrize(("role", "streams"), ROLES)
@given(data=st.data())
def test_intervals_of_one_place_never_overlap(
    role: Role, streams: bool, data: st.DataObject
) -> None:
    """No interval ends before it begins, and no place of one holder ever has two."""
    rows = replay(role, data.draw(steps(streams=streams)))
    assert all(row.until is None or row.since <= row.until for row in rows)
    for line in STREAM_NAMES:
        for person in PEOPLE if role.holders is Holders.MANY else (None,):
            intervals = sorted(
                (row for row in rows if row.stream == line and person in (None, row.person)),
                key=lambda row: (row.since, row.until is None, row.until),
            )
            for first, second in pairwise(intervals):
                assert first.until is not None
                assert first.until <= second.since


@given(steps(streams=False))
def test_a_single_role_has_at_most_one_holder_at_any_moment(sequence: list[Step]) -> None:
    """Whenever one asks, one person or nobody held it."""
    role = ONE
    rows = replay(role, sequence)
    for moment in range(-31, 32):
        at = minute(moment)
        assert sum(row.since <= at and (not row.until or at < row.until) for row in rows) <= 1


@given(steps(streams=True), st.sampled_from(PEOPLE), st.sampled_from(STREAM_NAMES))
def test_the_same_command_twice_changes_nothing(
    sequence: list[Step], person: PersonKey, stream: str | None
) -> None:
    """An assignment that is repeated asks for no edits."""
    role = ONE_PER_STREAM
    ids = numbered()
    rows = replay(role, sequence)
    step = Step(gives=True, person=person, stream=stream, at=60)
    again = written(rows, carried_out(rows, role, step, ids=lambda: f"new {ids()}").edits)
    assert carried_out(again, role, step, ids=ids).is_empty
