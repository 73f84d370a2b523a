"""Handing a role over ends one interval as another begins, at once or when its receiver accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Assignment, PersonKey
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.handoffs import (
    giver_of,
    giver_still_holds,
    hand_over,
    line_of,
    open_handoff,
    propose,
    supersede,
)
from dd_incident_roles.roles.ledger import (
    Close,
    Decide,
    Handoff,
    HandoffOutcome,
    LedgerChange,
    Open,
)
from dd_incident_roles.sync.state import IncidentState, replay
from tests.roles.build import (
    ADA,
    DB,
    GRACE,
    LINUS,
    MANY,
    MANY_IN_STREAMS,
    NET,
    ONE,
    ONE_PER_STREAM,
    STREAM_NEEDED,
    held,
    minute,
    origin,
    places,
    rows,
)

EVERY_ROLE = (ONE, ONE_PER_STREAM, MANY, MANY_IN_STREAMS, STREAM_NEEDED)


def hand(
    before: Sequence[Assignment],
    role: Role,
    receiver: PersonKey,
    stream: str | None = None,
    *,
    now: float = 30,
) -> LedgerChange:
    """Hand over at minute 30 unless said otherwise."""
    return hand_over(before, origin(now), role=role, stream=stream, receiver=receiver)


# the role, who holds it, who takes it over in which stream, who is ended, who holds it afterwards
HANDED = {
    "nobody holds it": (ONE, "", ADA, None, "", "ada"),
    "one to another": (ONE, "ada", GRACE, None, "ada", "grace"),
    "they have it": (ONE, "ada", ADA, None, "", "ada"),
    "within a stream": (ONE_PER_STREAM, "ada/db", GRACE, DB, "ada/db", "grace/db"),
    "another stream stays": (
        *(ONE_PER_STREAM, "ada/db linus/net", GRACE, DB),
        *("ada/db", "grace/db linus/net"),
    ),
    "the receiver is in another stream": (
        *(ONE_PER_STREAM, "ada/db grace/net", GRACE, DB),
        *("ada/db", "grace/db grace/net"),
    ),
    "the receiver now has a stream": (
        *(ONE_PER_STREAM, "ada/db grace", GRACE, DB),
        *("ada/db grace", "grace/db"),
    ),
    "however typed": (ONE_PER_STREAM, "ada/db", GRACE, " Database ", "ada/db", "grace/db"),
    "many: the giver leaves": (MANY, "ada", GRACE, None, "ada", "grace"),
    "many: they have it": (MANY, "ada", ADA, None, "", "ada"),
    "many: nobody holds it": (MANY, "", ADA, None, "", "ada"),
    "many, in one stream of two": (
        *(MANY_IN_STREAMS, "ada/db ada/net", GRACE, DB),
        *("ada/db", "grace/db ada/net"),
    ),
    "many, however typed": (MANY_IN_STREAMS, "ada/db", GRACE, "DATABASE", "ada/db", "grace/db"),
}


@pytest.mark.parametrize(
    ("role", "held_by", "receiver", "stream", "ended", "after"), HANDED.values(), ids=HANDED
)
def test_who_leaves_and_who_holds_it_afterwards(
    role: Role, held_by: str, receiver: PersonKey, stream: str | None, ended: str, after: str
) -> None:
    """Each kind of role changes hands as its rule has it, and the edits say the same."""
    before = rows(held_by)
    change = hand(before, role, receiver, stream)
    assert places(change.ended) == set(ended.split())
    assert places(change.after) == set(after.split())
    state = replay(IncidentState(version=1, assignments=before), change.edits)
    assert places(row for row in state.assignments if row.is_open) == set(after.split())


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
    # Also where it is another's change that lies ahead, and not the giver's own beginning.
    change = hand((held(LINUS, until=45), held(ADA, since=10)), MANY, GRACE, now=30)
    assert change.begun is not None
    assert change.begun.since == change.ended[0].until == minute(45)


@pytest.mark.parametrize(
    ("role", "held_by", "stream"),
    [(MANY, "ada linus", None), (ONE, "ada linus", None), (MANY_IN_STREAMS, "ada/db linus/db", DB)],
)
def test_where_several_could_give_way_nobody_does(
    role: Role, held_by: str, stream: str | None
) -> None:
    """It is said who holds the role, and which commands are clear about it."""
    with pytest.raises(UsageError, match=r"ada@corp\.example, linus@corp\.example") as caught:
        hand(rows(held_by), role, GRACE, stream)
    assert "unassign" in str(caught.value.hint)
    with pytest.raises(UsageError):
        giver_of(rows(held_by), role, stream)


def test_the_giver_is_the_one_holder() -> None:
    """Of the incident where the role has one holder, else of the stream."""
    assert giver_of(rows("ada"), ONE, None) == ADA
    assert giver_of(rows("ada/db"), ONE, None) == ADA
    assert giver_of(rows("ada/db linus/net"), ONE_PER_STREAM, NET) == LINUS
    assert giver_of(rows("ada/db"), ONE_PER_STREAM, None) is None
    assert giver_of((held(ADA, until=5),), ONE, None) is None


@pytest.mark.parametrize(
    ("role", "held_by", "typed", "line"),
    [
        (ONE, "", None, None),
        (ONE, "ada", None, None),
        (ONE_PER_STREAM, "", None, None),
        (ONE_PER_STREAM, "ada/db", None, DB),
        (ONE_PER_STREAM, "ada", None, None),
        (ONE_PER_STREAM, "ada/db linus/net", " NETWORK", NET),
        (STREAM_NEEDED, "ada/db", None, DB),
    ],
)
def test_the_only_stream_that_is_held_is_meant(
    role: Role, held_by: str, typed: str | None, line: str | None
) -> None:
    """Nobody has to type a stream that there is no doubt about."""
    assert line_of(rows(held_by), role, typed) == line


def test_several_streams_are_listed() -> None:
    """Which of them is handed over has to be said."""
    with pytest.raises(UsageError, match=r"several streams: \(none\), database") as caught:
        line_of(rows("ada/db linus"), ONE_PER_STREAM, None)
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
    before = [
        held(person, line, since=since, until=None if is_open else since + 1, role=name)
        for person, line, since, is_open, name in drawn
    ]
    before = list({row.id: row for row in before}.values())
    try:
        change = hand(before, role, receiver, stream, now=now)
    except UsageError:
        return
    # Without a name, that is meant which alone is held.
    stream = line_of(before, role, stream)
    closed = {edit.assignment_id: edit.until for edit in change.edits if isinstance(edit, Close)}
    opened = [edit.assignment for edit in change.edits if isinstance(edit, Open)]
    if change.begun is None:
        assert receiver in {row.person for row in before if row.is_open and row.role == role.key}
        assert opened == []
        own = {row.id for row in before if row.person == receiver and row.stream is None}
        assert role.is_single or closed.keys() <= (own if stream is not None else set())
        return
    assert opened == [change.begun]
    assert (change.begun.person, change.begun.stream) == (receiver, stream)
    for row in before:
        if row.id in closed:
            assert row.is_open
            assert row.role == role.key
            # What begins further ahead than clocks differ ends as it begins.
            assert closed[row.id] == max(change.begun.since, row.since)
            assert role.is_single or row.stream == stream or row.person == receiver
        elif row.is_open and row.role == role.key:
            assert row.stream != stream
            assert not role.is_single


def asked(
    before: tuple[Assignment, ...],
    role: Role = ONE,
    receiver: PersonKey = GRACE,
    stream: str | None = None,
) -> Handoff:
    """Propose at minute 30."""
    return propose(
        before,
        origin(30),
        role=role,
        stream=stream,
        receiver=receiver,
        timeout=timedelta(minutes=10),
        note="hot",
    )


def waiting(
    number: str = "1", stream: str | None = None, *, giver: PersonKey | None = ADA
) -> Handoff:
    """A handoff to Grace that nobody answered."""
    handoff = asked((), ONE_PER_STREAM, stream=stream)
    return replace(handoff, id=number, giver=giver)


def test_what_is_proposed() -> None:
    """It names both, how long it lasts, who proposed it and what is to be known."""
    assert asked((held(ADA),)) == Handoff(
        id="1",
        role=ONE.key,
        stream=None,
        giver=ADA,
        receiver=GRACE,
        proposed=minute(30),
        proposed_by="ada",
        expires=minute(40),
        note="hot",
    )


@pytest.mark.parametrize(
    ("role", "held_by", "stream", "giver", "line"),
    [
        (ONE, "", None, None, None),
        (ONE_PER_STREAM, "ada/db", None, ADA, DB),
        (ONE_PER_STREAM, "ada/db", " Network", None, NET),
        (MANY, "linus", None, LINUS, None),
    ],
)
def test_who_would_hand_over(
    role: Role, held_by: str, stream: str | None, giver: PersonKey | None, line: str | None
) -> None:
    """The holder, in the stream that is meant; nobody where nobody holds it."""
    handoff = asked(rows(held_by), role, stream=stream)
    assert (handoff.giver, handoff.stream) == (giver, line)


def test_whoever_has_it_is_not_asked() -> None:
    """A role that somebody holds cannot be proposed to them."""
    with pytest.raises(UsageError, match="already is Pilot"):
        asked((held(GRACE),))


def test_an_unclear_giver_proposes_nothing() -> None:
    """Where several hold the role it is not clear who would give way."""
    with pytest.raises(UsageError, match="Several people hold"):
        asked((held(ADA), held(LINUS)), MANY)


OPEN: Mapping[str, tuple[list[Handoff], str | None, str | None]] = {
    "none": ([], None, None),
    "the only one": ([waiting()], None, "1"),
    "the only one, in a stream": ([waiting(stream=DB)], None, "1"),
    "in another stream": ([waiting(stream=DB)], NET, None),
    "the one of the stream": ([waiting("1", DB), waiting("2", NET)], " NETWORK ", "2"),
    "one of several, unnamed": ([waiting("1", DB), waiting("2", NET)], None, None),
    "the one without a stream": ([waiting("1", DB), waiting("2")], None, "2"),
    "answered": ([replace(waiting(), outcome=HandoffOutcome.DECLINED)], None, None),
    "answered, and asked again": (
        [replace(waiting(), outcome=HandoffOutcome.DECLINED), waiting("2")],
        None,
        "2",
    ),
    "of another role": ([replace(waiting(), role=held(ADA, role="scribe").role)], None, None),
}


@pytest.mark.parametrize("name", OPEN)
def test_which_one_waits(name: str) -> None:
    """The one that is meant, or none where there is a doubt."""
    handoffs, stream, expected = OPEN[name]
    found = open_handoff(handoffs, ONE_PER_STREAM, stream)
    assert (found.id if found else None) == expected


STILL: Mapping[str, tuple[Handoff, tuple[Assignment, ...], bool]] = {
    "the giver has it": (waiting(), (held(ADA),), True),
    "another has it": (waiting(), (held(LINUS),), False),
    "nobody has it": (waiting(), (held(ADA, until=5),), False),
    "the receiver has it": (waiting(), (held(GRACE),), False),
    "the giver has it in the stream": (waiting(stream=DB), (held(ADA, DB),), True),
    "the giver has it elsewhere": (waiting(stream=DB), (held(ADA, NET),), False),
    "still nobody has it": (waiting(giver=None), (), True),
    "somebody took it": (waiting(giver=None), (held(LINUS),), False),
    "somebody took another stream": (waiting(stream=DB, giver=None), (held(LINUS, NET),), True),
    "another role": (waiting(), (held(ADA, role="scribe"),), False),
}


@pytest.mark.parametrize("name", STILL)
def test_whether_its_giver_still_holds_the_role(name: str) -> None:
    """It is about the present: whoever was to hand over has to hold the role."""
    handoff, before, expected = STILL[name]
    assert giver_still_holds(handoff, before) is expected


SUPERSEDED: Mapping[str, tuple[Role, list[Handoff], set[str | None], list[str]]] = {
    "the same role": (ONE, [waiting()], {None}, ["1"]),
    "a single role, whatever the stream": (ONE, [waiting(stream=DB)], {None}, ["1"]),
    "the same stream": (ONE_PER_STREAM, [waiting("1", DB), waiting("2", NET)], {NET}, ["2"]),
    "no stream": (ONE_PER_STREAM, [waiting("1", DB), waiting("2")], {None}, ["2"]),
    "answered already": (ONE, [replace(waiting(), outcome=HandoffOutcome.ACCEPTED)], {None}, []),
    "another role": (
        ONE,
        [replace(waiting(), role=held(ADA, role="scribe").role)],
        {None},
        [],
    ),
}


@pytest.mark.parametrize("name", SUPERSEDED)
def test_what_another_change_ends(name: str) -> None:
    """A question that was overtaken is closed, and says by whom and when."""
    role, handoffs, streams, expected = SUPERSEDED[name]
    ends = supersede(handoffs, role, streams, at=minute(35), by="linus")
    assert ends == tuple(
        Decide(handoff_id=each, outcome=HandoffOutcome.SUPERSEDED, at=minute(35), by="linus")
        for each in expected
    )
