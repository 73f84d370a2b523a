"""Giving and taking a role ends and begins intervals as the catalogue's rules for it have it."""

from __future__ import annotations

import pytest

from dd_incident_roles.errors import HoldersUnclear, UsageError
from dd_incident_roles.model import Assignment, PersonKey, Source
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import Close, Open
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
    give,
    held,
    minute,
    numbered,
    place,
    places,
    rows,
    take,
)

# the role, who holds it, who is given it, who is ended, who holds it afterwards
GIVEN = [
    (ONE, "", "ada", "", "ada"),
    (ONE, "ada", "ada", "", "ada"),
    (ONE, "ada", "grace", "ada", "grace"),
    (ONE, "ada linus", "grace", "ada linus", "grace"),
    (ONE, "ada linus", "ada", "linus", "ada"),
    # a stream that is left over from a time when the role had streams
    (ONE, "ada/db", "grace", "ada/db", "grace"),
    (ONE, "ada/db", "ada", "", "ada/db"),
    (ONE, "ada ada/db", "ada", "ada/db", "ada"),
    (ONE_PER_STREAM, "", "ada/db", "", "ada/db"),
    (ONE_PER_STREAM, "ada", "grace", "ada", "grace"),
    (ONE_PER_STREAM, "ada/db", "grace/db", "ada/db", "grace/db"),
    (ONE_PER_STREAM, "ada/db", "grace/net", "", "ada/db grace/net"),
    (ONE_PER_STREAM, "ada/db", "ada/net", "", "ada/db ada/net"),
    (ONE_PER_STREAM, "ada/db", "grace", "", "ada/db grace"),
    (ONE_PER_STREAM, "ada/db", "ada", "", "ada/db ada"),
    (ONE_PER_STREAM, "ada", "ada/db", "ada", "ada/db"),
    (ONE_PER_STREAM, "ada ada/db", "ada/db", "ada", "ada/db"),
    (ONE_PER_STREAM, "ada grace/db", "ada/db", "ada grace/db", "ada/db"),
    (ONE_PER_STREAM, "ada", "grace/db", "", "ada grace/db"),
    (ONE_PER_STREAM, "ada grace", "ada/db", "ada", "grace ada/db"),
    (ONE_PER_STREAM, "ada grace", "ada", "", "ada grace"),
    (ONE_PER_STREAM, "ada/db", "ada/db", "", "ada/db"),
    (MANY, "", "ada", "", "ada"),
    (MANY, "ada", "grace", "", "ada grace"),
    (MANY, "ada grace", "ada", "", "ada grace"),
    (MANY_IN_STREAMS, "ada/db", "grace/db", "", "ada/db grace/db"),
    (MANY_IN_STREAMS, "ada grace", "ada/db", "ada", "ada/db grace"),
    (STREAM_NEEDED, "ada", "ada/db", "ada", "ada/db"),
    (STREAM_NEEDED, "ada/db", "grace/db", "ada/db", "grace/db"),
]


@pytest.mark.parametrize(("role", "before", "given", "ended", "after"), GIVEN)
def test_who_gives_way_and_who_holds_it_afterwards(
    role: Role, before: str, given: str, ended: str, after: str
) -> None:
    """Each rule for holders and streams has its case, and the edits say what the result says."""
    change = give(rows(before), role, *place(given))
    assert places(change.before) == set(before.split())
    assert places(change.ended) == set(ended.split())
    assert places(change.after) == set(after.split())
    closed = [edit.assignment_id for edit in change.edits if isinstance(edit, Close)]
    opened = [edit.assignment for edit in change.edits if isinstance(edit, Open)]
    assert closed == [row.id for row in change.ended]
    assert opened == ([change.begun] if change.begun else [])
    assert change.is_empty is (before.split() == after.split())


def test_a_handover_is_one_instant() -> None:
    """The first ends when the second begins, and both say by whom and by what way."""
    close, opening = give(rows("ada"), ONE, GRACE).edits
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
    give(rows("ada"), ONE, ADA, ids=ids)
    assert ids() == "1"


def test_a_clock_that_is_behind_makes_no_negative_interval() -> None:
    """A holder whom Datadog dated later than now ends at the date of Datadog."""
    change = give((held(ADA, since=45),), ONE, GRACE, now=30)
    assert change.begun is not None
    assert change.begun.since == change.ended[0].until == minute(45)


@pytest.mark.parametrize("stream", [None, DB])
def test_several_who_would_give_way_to_one_are_listed(stream: str | None) -> None:
    """Two holders of one place, whom Datadog brought, are not both ended on a guess."""
    with pytest.raises(HoldersUnclear) as caught:
        give((held(ADA, stream), held(LINUS, stream)), ONE_PER_STREAM, GRACE, stream)
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
    """A stream that would be lost, or that means nothing, is refused rather than ignored."""
    with pytest.raises(UsageError, match="has no streams"):
        give((), role, ADA, DB)
    with pytest.raises(UsageError, match="has no streams"):
        take(rows("ada"), role, ADA, DB)


@pytest.mark.parametrize("typed", ["database", " Database ", "DATABASE", "database\n"])
def test_a_stream_has_one_spelling(typed: str) -> None:
    """Whoever types it, the same stream is meant."""
    assert places(give(rows("ada/db"), ONE_PER_STREAM, GRACE, typed).after) == {"grace/db"}


@pytest.mark.parametrize("typed", ["", "  ", "x" * 65, "a\x1bb", "a\nb", "a\u202eb", "a\u200bb"])
def test_a_stream_that_cannot_be_shown_is_refused(typed: str) -> None:
    """Names are said on terminals and in chats, where control characters would be obeyed."""
    with pytest.raises(UsageError, match="name of a stream"):
        give((), ONE_PER_STREAM, ADA, typed)


def test_the_longest_stream_is_taken() -> None:
    """The limit itself is within the limit."""
    (row,) = give((), ONE_PER_STREAM, ADA, "x" * 64).after
    assert row.stream == "x" * 64


def test_a_default_that_is_confirmed_by_name_begins_anew() -> None:
    """Whoever had the role from Datadog alone takes it at one instant, and only once."""
    shown = held(ADA)
    taken = give((shown,), ONE, ADA, confirms=True)
    assert [row.until for row in taken.ended] == [minute(30)]
    assert taken.begun
    assert (taken.begun.since, taken.begun.source) == (minute(30), Source.CLI)
    assert give((taken.begun,), ONE, ADA, confirms=True).is_empty
    assert give((shown,), ONE, ADA).is_empty


# the role, who holds it, whose it is to be (None where it is left out), who holds it afterwards
TAKEN = [
    (ONE, "ada", None, None, ""),
    (ONE, "ada", ADA, None, ""),
    (ONE, "ada grace", ADA, None, "grace"),
    (ONE_PER_STREAM, "ada/db", None, None, ""),
    (ONE_PER_STREAM, "ada/db ada/net ada", None, None, ""),
    (ONE_PER_STREAM, "ada/db grace/net", None, " Database", "grace/net"),
    (ONE_PER_STREAM, "ada/db grace/net", GRACE, None, "ada/db"),
    (ONE_PER_STREAM, "ada/db ada/net", ADA, DB, "ada/net"),
    (STREAM_NEEDED, "ada", None, None, ""),
    (STREAM_NEEDED, "ada/db", ADA, None, ""),
    (MANY, "ada grace", GRACE, None, "ada"),
]


@pytest.mark.parametrize(("role", "before", "person", "stream", "after"), TAKEN)
def test_who_holds_it_when_it_was_taken(
    role: Role, before: str, person: PersonKey | None, stream: str | None, after: str
) -> None:
    """The person can be left out where there is one, and the stream where all are meant."""
    change = take(rows(before), role, person, stream)
    assert places(change.after) == set(after.split())
    gone = len(before.split()) - len(after.split())
    assert len(change.edits) == len(change.ended) == gone
    assert change.begun is None
    assert not change.is_empty


def test_an_end_says_when_by_whom_and_by_what_way() -> None:
    """Whoever reads the history can tell a command from what Datadog showed."""
    change = take(rows("ada"), ONE)
    assert change.edits == (
        Close(
            assignment_id=held(ADA).id, until=minute(30), ended_by="ada", ended_source=Source.CLI
        ),
    )
    ended = change.ended[0]
    assert (ended.until, ended.ended_by, ended.ended_source) == (minute(30), "ada", Source.CLI)


@pytest.mark.parametrize(
    ("role", "before", "stream"),
    [
        (MANY, "ada grace", None),
        (ONE_PER_STREAM, "ada grace/db", None),
        (ONE_PER_STREAM, "ada/db grace/db", DB),
    ],
)
def test_several_holders_are_listed(role: Role, before: str, stream: str | None) -> None:
    """Nobody loses a role because somebody else's name was left out."""
    with pytest.raises(HoldersUnclear) as caught:
        take(rows(before), role, None, stream)
    assert set(caught.value.holders) == {ADA, GRACE}


@pytest.mark.parametrize(
    ("before", "person", "stream", "message", "hint"),
    [
        ("", None, None, "Nobody holds the role Pilot.", "The role is empty."),
        ("ada/db", GRACE, None, "grace@corp.example does not hold", "ada@corp.example in the"),
        ("ada/db", None, NET, "Nobody holds the role Pilot in the stream 'network'", "database"),
        ("ada", ADA, DB, "in the stream 'database'", "held by ada@corp.example."),
    ],
)
def test_what_is_not_held_cannot_be_taken(
    before: str, person: PersonKey | None, stream: str | None, message: str, hint: str
) -> None:
    """The error says who does hold it."""
    with pytest.raises(UsageError) as caught:
        take(rows(before), ONE_PER_STREAM, person, stream)
    assert message in str(caught.value)
    assert hint in str(caught.value.hint)
