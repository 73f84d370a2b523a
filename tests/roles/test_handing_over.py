"""Handing a role over ends one interval at the instant at which another begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Assignment, PersonKey, Source
from dd_incident_roles.roles.catalogue import Holders, Role, Streams
from dd_incident_roles.roles.handoffs import giver_of, hand_over, line_of
from dd_incident_roles.roles.ledger import Close, LedgerChange, Open
from dd_incident_roles.sync.state import IncidentState, replay
from tests.roles.build import ADA, GRACE, LINUS, a_role, held, minute, numbered

ONE = a_role(Holders.ONE)
ONE_PER_STREAM = a_role(Holders.ONE, Streams.OPTIONAL)
MANY = a_role(Holders.MANY)
MANY_IN_STREAMS = a_role(Holders.MANY, Streams.OPTIONAL)
STREAM_NEEDED = a_role(Holders.ONE, Streams.REQUIRED)
EVERY_ROLE = (ONE, ONE_PER_STREAM, MANY, MANY_IN_STREAMS, STREAM_NEEDED)
DB, NET = "database", "network"

Place = tuple[PersonKey, str | None]


def hand(
    rows: Sequence[Assignment],
    role: Role,
    receiver: PersonKey,
    stream: str | None = None,
    *,
    now: float = 30,
) -> LedgerChange:
    """Hand over at minute 30 unless said otherwise."""
    return hand_over(
        rows,
        role=role,
        stream=stream,
        receiver=receiver,
        now=minute(now),
        set_by="ada",
        source=Source.CLI,
        new_id=numbered(),
    )


def places(rows: Sequence[Assignment]) -> set[Place]:
    return {(row.person, row.stream) for row in rows}


# the role, who holds it, who takes it over, who is ended, who holds it afterwards
CASES: Mapping[str, tuple[Role, list[Place], Place, set[Place], set[Place]]] = {
    "nobody holds it": (ONE, [], (ADA, None), set(), {(ADA, None)}),
    "one to another": (ONE, [(ADA, None)], (GRACE, None), {(ADA, None)}, {(GRACE, None)}),
    "they have it": (ONE, [(ADA, None)], (ADA, None), set(), {(ADA, None)}),
    "within a stream": (ONE_PER_STREAM, [(ADA, DB)], (GRACE, DB), {(ADA, DB)}, {(GRACE, DB)}),
    "another stream stays": (
        ONE_PER_STREAM,
        [(ADA, DB), (LINUS, NET)],
        (GRACE, DB),
        {(ADA, DB)},
        {(GRACE, DB), (LINUS, NET)},
    ),
    "the receiver is in another stream": (
        ONE_PER_STREAM,
        [(ADA, DB), (GRACE, NET)],
        (GRACE, DB),
        {(ADA, DB)},
        {(GRACE, DB), (GRACE, NET)},
    ),
    "the receiver now has a stream": (
        ONE_PER_STREAM,
        [(ADA, DB), (GRACE, None)],
        (GRACE, DB),
        {(ADA, DB), (GRACE, None)},
        {(GRACE, DB)},
    ),
    "however the stream is typed": (
        ONE_PER_STREAM,
        [(ADA, DB)],
        (GRACE, " Database "),
        {(ADA, DB)},
        {(GRACE, DB)},
    ),
    "many: the giver leaves": (MANY, [(ADA, None)], (GRACE, None), {(ADA, None)}, {(GRACE, None)}),
    "many: they have it": (MANY, [(ADA, None)], (ADA, None), set(), {(ADA, None)}),
    "many: nobody holds it": (MANY, [], (ADA, None), set(), {(ADA, None)}),
    "many, in one stream of two": (
        MANY_IN_STREAMS,
        [(ADA, DB), (ADA, NET)],
        (GRACE, DB),
        {(ADA, DB)},
        {(GRACE, DB), (ADA, NET)},
    ),
    "many, however the stream is typed": (
        MANY_IN_STREAMS,
        [(ADA, DB)],
        (GRACE, "DATABASE"),
        {(ADA, DB)},
        {(GRACE, DB)},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_who_leaves_and_who_holds_it_afterwards(name: str) -> None:
    """Each kind of role changes hands as its rule has it, and the edits say the same."""
    role, rows, receiver, ended, after = CASES[name]
    before = tuple(held(person, stream) for person, stream in rows)
    change = hand(before, role, *receiver)
    assert places(change.ended) == ended
    assert places(change.after) == after
    state = replay(IncidentState(version=1, assignments=before), change.edits)
    shown = [row for row in state.assignments if row.is_open]
    assert places(shown) == after


def test_it_is_one_instant() -> None:
    """The giver ends when the receiver begins, also in a role that several may hold."""
    for role in (ONE, MANY):
        change = hand((held(ADA),), role, GRACE)
        assert change.begun is not None
        assert [row.until for row in change.ended] == [change.begun.since] == [minute(30)]
        assert (change.begun.set_by, change.ended[0].ended_by) == ("ada", "ada")


def test_a_clock_that_is_behind_makes_no_negative_interval() -> None:
    """Whoever has the role since a later moment ends then, and the receiver begins then."""
    change = hand((held(ADA, since=45),), MANY, GRACE, now=30)
    assert change.begun is not None
    assert change.begun.since == change.ended[0].until == minute(45)


@pytest.mark.parametrize(
    ("role", "rows", "stream"),
    [
        (MANY, [(ADA, None), (LINUS, None)], None),
        (ONE, [(ADA, None), (LINUS, None)], None),
        (MANY_IN_STREAMS, [(ADA, DB), (LINUS, DB)], DB),
    ],
)
def test_where_several_could_give_way_nobody_does(
    role: Role, rows: list[Place], stream: str | None
) -> None:
    """It is said who holds the role, and which commands are clear about it."""
    before = tuple(held(person, line) for person, line in rows)
    with pytest.raises(UsageError, match=r"ada@corp\.example, linus@corp\.example") as caught:
        hand(before, role, GRACE, stream)
    assert "unassign" in str(caught.value.hint)
    with pytest.raises(UsageError):
        giver_of(before, role, stream)


def test_the_giver_is_the_one_holder() -> None:
    """Of the incident where the role has one holder, else of the stream."""
    assert giver_of((held(ADA),), ONE, None) == ADA
    assert giver_of((held(ADA, DB),), ONE, None) == ADA
    assert giver_of((held(ADA, DB), held(LINUS, NET)), ONE_PER_STREAM, NET) == LINUS
    assert giver_of((held(ADA, DB),), ONE_PER_STREAM, None) is None
    assert giver_of((held(ADA, until=5),), ONE, None) is None


@pytest.mark.parametrize(
    ("role", "rows", "typed", "line"),
    [
        (ONE, [], None, None),
        (ONE, [(ADA, None)], None, None),
        (ONE_PER_STREAM, [], None, None),
        (ONE_PER_STREAM, [(ADA, DB)], None, DB),
        (ONE_PER_STREAM, [(ADA, None)], None, None),
        (ONE_PER_STREAM, [(ADA, DB), (LINUS, NET)], " NETWORK", NET),
        (STREAM_NEEDED, [(ADA, DB)], None, DB),
    ],
)
def test_the_only_stream_that_is_held_is_meant(
    role: Role, rows: list[Place], typed: str | None, line: str | None
) -> None:
    """Nobody has to type a stream that there is no doubt about."""
    assert line_of([held(person, stream) for person, stream in rows], role, typed) == line


def test_several_streams_are_listed() -> None:
    """Which of them is handed over has to be said."""
    rows = [held(ADA, DB), held(LINUS)]
    with pytest.raises(UsageError, match=r"several streams: \(none\), database") as caught:
        line_of(rows, ONE_PER_STREAM, None)
    assert "--stream" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("role", "stream", "words"),
    [(ONE, DB, "has no streams"), (STREAM_NEEDED, None, "always held in a stream")],
)
def test_a_stream_that_cannot_be_is_refused(role: Role, stream: str | None, words: str) -> None:
    """The rules for streams are those of assigning."""
    with pytest.raises(UsageError, match=words):
        line_of([], role, stream)


ROWS = st.lists(
    st.tuples(
        st.sampled_from((ADA, GRACE, LINUS)),
        st.sampled_from((None, DB, NET)),
        st.integers(0, 60),
        st.booleans(),
        st.sampled_from(("pilot", "scribe")),
    ),
    max_size=6,
    unique_by=lambda row: (row[0], row[1], row[2], row[4]),
)


@given(
    drawn=ROWS,
    role=st.sampled_from(EVERY_ROLE),
    receiver=st.sampled_from((ADA, GRACE, LINUS)),
    stream=st.sampled_from((None, DB, NET)),
    now=st.integers(-30, 90),
)
def test_one_begins_and_those_who_leave_end_then(
    drawn: list[tuple[PersonKey, str | None, int, bool, str]],
    role: Role,
    receiver: PersonKey,
    stream: str | None,
    now: int,
) -> None:
    """Whatever was held: one interval begins, some end at that instant, nobody else is touched."""
    rows = [
        held(person, line, since=since, until=None if is_open else since + 1, role=name)
        for person, line, since, is_open, name in drawn
    ]
    rows = list({row.id: row for row in rows}.values())
    try:
        change = hand(rows, role, receiver, stream, now=now)
    except UsageError:
        return
    closed = {edit.assignment_id: edit.until for edit in change.edits if isinstance(edit, Close)}
    opened = [edit.assignment for edit in change.edits if isinstance(edit, Open)]
    if change.begun is None:
        assert receiver in {row.person for row in rows if row.is_open and row.role == role.key}
        assert opened == []
        own = {row.id for row in rows if row.person == receiver and row.stream is None}
        assert role.is_single or closed.keys() <= (own if stream is not None else set())
        return
    assert opened == [change.begun]
    assert (change.begun.person, change.begun.stream) == (receiver, stream)
    for row in rows:
        if row.id in closed:
            assert row.is_open
            assert row.role == role.key
            # What begins further ahead than clocks differ ends as it begins.
            assert closed[row.id] == max(change.begun.since, row.since)
            assert role.is_single or row.stream == stream or row.person == receiver
        elif row.is_open and row.role == role.key:
            assert row.stream != stream
            assert not role.is_single
