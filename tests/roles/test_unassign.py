"""Taking a role ends the intervals that are meant, and none on a guess."""

from __future__ import annotations

import pytest

from dd_incident_roles.errors import HoldersUnclear, UsageError
from dd_incident_roles.model import PersonKey, Source
from dd_incident_roles.roles.assign import unassign
from dd_incident_roles.roles.catalogue import Holders, Role, Streams
from dd_incident_roles.roles.ledger import Close, LedgerChange
from tests.roles.build import ADA, GRACE, a_role, held, minute

ONE = a_role(Holders.ONE)
STREAMS = a_role(Holders.ONE, Streams.OPTIONAL)
REQUIRED = a_role(Holders.ONE, Streams.REQUIRED)
MANY = a_role(Holders.MANY)
DB, NET = "database", "network"

Pair = tuple[PersonKey, str | None]


def take(
    rows: list[Pair], role: Role, person: PersonKey | None = None, stream: str | None = None
) -> LedgerChange:
    """Unassign at minute 30 from people who hold it since the start."""
    return unassign(
        tuple(held(who, where) for who, where in rows),
        role=role,
        person=person,
        stream=stream,
        now=minute(30),
        set_by="ada",
        source=Source.CLI,
    )


@pytest.mark.parametrize(
    ("role", "rows", "person", "stream", "after"),
    [
        (ONE, [(ADA, None)], None, None, []),
        (ONE, [(ADA, None)], ADA, None, []),
        (ONE, [(ADA, None), (GRACE, None)], ADA, None, [(GRACE, None)]),
        (STREAMS, [(ADA, DB)], None, None, []),
        (STREAMS, [(ADA, DB), (ADA, NET), (ADA, None)], None, None, []),
        (STREAMS, [(ADA, DB), (GRACE, NET)], None, " Database", [(GRACE, NET)]),
        (STREAMS, [(ADA, DB), (GRACE, NET)], GRACE, None, [(ADA, DB)]),
        (STREAMS, [(ADA, DB), (ADA, NET)], ADA, DB, [(ADA, NET)]),
        (REQUIRED, [(ADA, None)], None, None, []),
        (REQUIRED, [(ADA, DB)], ADA, None, []),
        (MANY, [(ADA, None), (GRACE, None)], GRACE, None, [(ADA, None)]),
    ],
)
def test_who_holds_it_afterwards(
    role: Role,
    rows: list[Pair],
    person: PersonKey | None,
    stream: str | None,
    after: list[Pair],
) -> None:
    """The person can be left out where there is one, and the stream where all are meant."""
    change = take(rows, role, person, stream)
    assert [(row.person, row.stream) for row in change.after] == after
    assert len(change.edits) == len(change.ended) == len(rows) - len(after)
    assert change.begun is None
    assert not change.is_empty


def test_an_end_says_when_by_whom_and_by_what_way() -> None:
    """Whoever reads the history can tell a command from what Datadog showed."""
    change = take([(ADA, None)], ONE)
    assert change.edits == (
        Close(
            assignment_id=held(ADA).id, until=minute(30), ended_by="ada", ended_source=Source.CLI
        ),
    )
    ended = change.ended[0]
    assert (ended.until, ended.ended_by, ended.ended_source) == (minute(30), "ada", Source.CLI)


@pytest.mark.parametrize(
    ("role", "rows", "stream"),
    [
        (MANY, [(ADA, None), (GRACE, None)], None),
        (STREAMS, [(ADA, None), (GRACE, DB)], None),
        (STREAMS, [(ADA, DB), (GRACE, DB)], DB),
    ],
)
def test_several_holders_are_listed(role: Role, rows: list[Pair], stream: str | None) -> None:
    """Nobody loses a role because somebody else's name was left out."""
    with pytest.raises(HoldersUnclear) as caught:
        take(rows, role, None, stream)
    assert set(caught.value.holders) == {ADA, GRACE}


@pytest.mark.parametrize(
    ("rows", "person", "stream", "message", "hint"),
    [
        ([], None, None, "Nobody holds the role Pilot.", "The role is empty."),
        ([(ADA, DB)], GRACE, None, "grace@corp.example does not hold", "ada@corp.example in the"),
        ([(ADA, DB)], None, NET, "Nobody holds the role Pilot in the stream 'network'", "database"),
        ([(ADA, None)], ADA, DB, "in the stream 'database'", "held by ada@corp.example."),
    ],
)
def test_what_is_not_held_cannot_be_taken(
    rows: list[Pair], person: PersonKey | None, stream: str | None, message: str, hint: str
) -> None:
    """The error says who does hold it."""
    with pytest.raises(UsageError) as caught:
        take(rows, STREAMS, person, stream)
    assert message in str(caught.value)
    assert hint in str(caught.value.hint)


def test_a_role_without_streams_takes_none() -> None:
    """A stream that means nothing is refused rather than ignored."""
    with pytest.raises(UsageError, match="has no streams"):
        take([(ADA, None)], ONE, ADA, DB)
