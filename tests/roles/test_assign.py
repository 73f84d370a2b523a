"""Giving a role ends and begins intervals as the catalogue's rules for the role have it."""

from __future__ import annotations

import pytest

from dd_incident_roles.errors import HoldersUnclear, UsageError
from dd_incident_roles.model import Assignment, PersonKey, Source
from dd_incident_roles.roles.assign import assign
from dd_incident_roles.roles.catalogue import Holders, Role, Streams
from dd_incident_roles.roles.ledger import Close, LedgerChange, Open
from tests.roles.build import ADA, GRACE, LINUS, a_role, held, minute, numbered

ONE = a_role(Holders.ONE)
ONE_PER_STREAM = a_role(Holders.ONE, Streams.OPTIONAL)
MANY = a_role(Holders.MANY)
MANY_IN_STREAMS = a_role(Holders.MANY, Streams.OPTIONAL)
STREAM_NEEDED = a_role(Holders.ONE, Streams.REQUIRED, suggested_streams=("internal", "external"))
DB, NET = "database", "network"

Pair = tuple[PersonKey, str | None]


def give(
    rows: tuple[Assignment, ...],
    role: Role,
    person: PersonKey,
    stream: str | None = None,
    *,
    now: float = 30,
    confirms: bool = False,
) -> LedgerChange:
    """Assign at minute 30 unless said otherwise."""
    return assign(
        rows,
        role=role,
        stream=stream,
        person=person,
        now=minute(now),
        set_by="ada",
        source=Source.CLI,
        new_id=numbered(),
        confirms=confirms,
    )


def pairs(rows: tuple[Assignment, ...]) -> set[Pair]:
    """Who holds it in which stream."""
    return {(row.person, row.stream) for row in rows}


# the role, who holds it, who is given it, who is ended, who holds it afterwards
CASES: list[tuple[Role, list[Pair], Pair, set[Pair], set[Pair]]] = [
    (ONE, [], (ADA, None), set(), {(ADA, None)}),
    (ONE, [(ADA, None)], (ADA, None), set(), {(ADA, None)}),
    (ONE, [(ADA, None)], (GRACE, None), {(ADA, None)}, {(GRACE, None)}),
    (
        ONE,
        [(ADA, None), (LINUS, None)],
        (GRACE, None),
        {(ADA, None), (LINUS, None)},
        {(GRACE, None)},
    ),
    (ONE, [(ADA, None), (LINUS, None)], (ADA, None), {(LINUS, None)}, {(ADA, None)}),
    # a stream that is left over from a time when the role had streams
    (ONE, [(ADA, DB)], (GRACE, None), {(ADA, DB)}, {(GRACE, None)}),
    (ONE, [(ADA, DB)], (ADA, None), set(), {(ADA, DB)}),
    (ONE, [(ADA, None), (ADA, DB)], (ADA, None), {(ADA, DB)}, {(ADA, None)}),
    (ONE_PER_STREAM, [], (ADA, DB), set(), {(ADA, DB)}),
    (ONE_PER_STREAM, [(ADA, None)], (GRACE, None), {(ADA, None)}, {(GRACE, None)}),
    (ONE_PER_STREAM, [(ADA, DB)], (GRACE, DB), {(ADA, DB)}, {(GRACE, DB)}),
    (ONE_PER_STREAM, [(ADA, DB)], (GRACE, NET), set(), {(ADA, DB), (GRACE, NET)}),
    (ONE_PER_STREAM, [(ADA, DB)], (ADA, NET), set(), {(ADA, DB), (ADA, NET)}),
    (ONE_PER_STREAM, [(ADA, DB)], (GRACE, None), set(), {(ADA, DB), (GRACE, None)}),
    (ONE_PER_STREAM, [(ADA, DB)], (ADA, None), set(), {(ADA, DB), (ADA, None)}),
    (ONE_PER_STREAM, [(ADA, None)], (ADA, DB), {(ADA, None)}, {(ADA, DB)}),
    (ONE_PER_STREAM, [(ADA, None), (ADA, DB)], (ADA, DB), {(ADA, None)}, {(ADA, DB)}),
    (
        ONE_PER_STREAM,
        [(ADA, None), (GRACE, DB)],
        (ADA, DB),
        {(ADA, None), (GRACE, DB)},
        {(ADA, DB)},
    ),
    (ONE_PER_STREAM, [(ADA, None)], (GRACE, DB), set(), {(ADA, None), (GRACE, DB)}),
    (
        ONE_PER_STREAM,
        [(ADA, None), (GRACE, None)],
        (ADA, DB),
        {(ADA, None)},
        {(GRACE, None), (ADA, DB)},
    ),
    (
        ONE_PER_STREAM,
        [(ADA, None), (GRACE, None)],
        (ADA, None),
        set(),
        {(ADA, None), (GRACE, None)},
    ),
    (ONE_PER_STREAM, [(ADA, DB)], (ADA, DB), set(), {(ADA, DB)}),
    (MANY, [], (ADA, None), set(), {(ADA, None)}),
    (MANY, [(ADA, None)], (GRACE, None), set(), {(ADA, None), (GRACE, None)}),
    (MANY, [(ADA, None), (GRACE, None)], (ADA, None), set(), {(ADA, None), (GRACE, None)}),
    (MANY_IN_STREAMS, [(ADA, DB)], (GRACE, DB), set(), {(ADA, DB), (GRACE, DB)}),
    (
        MANY_IN_STREAMS,
        [(ADA, None), (GRACE, None)],
        (ADA, DB),
        {(ADA, None)},
        {(ADA, DB), (GRACE, None)},
    ),
    (STREAM_NEEDED, [(ADA, None)], (ADA, DB), {(ADA, None)}, {(ADA, DB)}),
    (STREAM_NEEDED, [(ADA, DB)], (GRACE, DB), {(ADA, DB)}, {(GRACE, DB)}),
]


@pytest.mark.parametrize(("role", "rows", "given", "ended", "after"), CASES)
def test_who_gives_way_and_who_holds_it_afterwards(
    role: Role, rows: list[Pair], given: Pair, ended: set[Pair], after: set[Pair]
) -> None:
    """Each rule for holders and streams has its case, and the edits say what the result says."""
    before = tuple(held(person, stream) for person, stream in rows)
    change = give(before, role, *given)
    assert pairs(change.before) == set(rows)
    assert pairs(change.ended) == ended
    assert pairs(change.after) == after
    closed = [edit.assignment_id for edit in change.edits if isinstance(edit, Close)]
    opened = [edit.assignment for edit in change.edits if isinstance(edit, Open)]
    assert closed == [row.id for row in change.ended]
    assert opened == ([change.begun] if change.begun else [])
    assert change.is_empty is (set(rows) == after)


def test_a_handover_is_one_instant() -> None:
    """The first ends when the second begins, and both say by whom and by what way."""
    change = give((held(ADA),), ONE, GRACE)
    close, opening = change.edits
    assert close == Close(
        assignment_id=held(ADA).id, until=minute(30), ended_by="ada", ended_source=Source.CLI
    )
    assert opening == Open(
        assignment=Assignment(
            id="1",
            role=ONE.key,
            stream=None,
            person=GRACE,
            since=minute(30),
            until=None,
            set_by="ada",
            source=Source.CLI,
        )
    )


def test_other_roles_are_left_alone() -> None:
    """Only the intervals of the role itself are looked at."""
    change = give((held(ADA, role="scribe"),), ONE, GRACE)
    assert change.before == ()
    assert len(change.edits) == 1


def test_no_id_is_used_up_when_nothing_begins() -> None:
    """An assignment that is already so asks for no id."""
    ids = numbered()
    assign(
        (held(ADA),),
        role=ONE,
        stream=None,
        person=ADA,
        now=minute(1),
        set_by="ada",
        source=Source.CLI,
        new_id=ids,
    )
    assert ids() == "1"


def test_a_clock_that_is_behind_makes_no_negative_interval() -> None:
    """A holder whom Datadog dated later than now ends at the date of Datadog."""
    change = give((held(ADA, since=45),), ONE, GRACE, now=30)
    assert change.begun is not None
    assert change.begun.since == change.ended[0].until == minute(45)


@pytest.mark.parametrize("stream", [None, DB])
def test_several_who_would_give_way_to_one_are_listed(stream: str | None) -> None:
    """Two holders of one place, whom Datadog brought, are not both ended on a guess."""
    rows = (held(ADA, stream), held(LINUS, stream))
    with pytest.raises(HoldersUnclear) as caught:
        give(rows, ONE_PER_STREAM, GRACE, stream)
    assert caught.value.holders == (ADA, LINUS)
    assert "unassign" in str(caught.value.hint)
    assert caught.value.exit_code == 2


def test_a_role_that_needs_a_stream_says_so() -> None:
    """The error offers the streams that the catalogue suggests."""
    with pytest.raises(UsageError, match="always held in a stream") as caught:
        give((), STREAM_NEEDED, ADA)
    assert "internal, external" in str(caught.value.hint)


@pytest.mark.parametrize("role", [ONE, MANY])
def test_a_role_without_streams_takes_none(role: Role) -> None:
    """A stream that would be lost is refused."""
    with pytest.raises(UsageError, match="has no streams"):
        give((), role, ADA, DB)


@pytest.mark.parametrize("typed", ["database", " Database ", "DATABASE", "database\n"])
def test_a_stream_has_one_spelling(typed: str) -> None:
    """Whoever types it, the same stream is meant."""
    change = give((held(ADA, DB),), ONE_PER_STREAM, GRACE, typed)
    assert pairs(change.after) == {(GRACE, DB)}


@pytest.mark.parametrize("typed", ["", "  ", "x" * 65, "a\x1bb", "a\nb", "a\u202eb", "a\u200bb"])
def test_a_stream_that_cannot_be_shown_is_refused(typed: str) -> None:
    """Names are said on terminals and in chats, where control characters would be obeyed."""
    with pytest.raises(UsageError, match="name of a stream"):
        give((), ONE_PER_STREAM, ADA, typed)


def test_the_longest_stream_is_taken() -> None:
    """The limit itself is within the limit."""
    assert pairs(give((), ONE_PER_STREAM, ADA, "x" * 64).after) == {(ADA, "x" * 64)}


def test_a_default_that_is_confirmed_by_name_begins_anew() -> None:
    """Whoever had the role from Datadog alone takes it at one instant, and only once."""
    shown = held(ADA)
    taken = give((shown,), ONE, ADA, confirms=True)
    assert [row.until for row in taken.ended] == [minute(30)]
    assert taken.begun
    assert (taken.begun.since, taken.begun.source) == (minute(30), Source.CLI)
    assert give((taken.begun,), ONE, ADA, confirms=True).is_empty
    assert give((shown,), ONE, ADA).is_empty
