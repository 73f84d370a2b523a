"""A proposed handoff waits for one person, as long as its giver holds the role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Assignment, PersonKey
from dd_incident_roles.roles.catalogue import Holders, Role, Streams
from dd_incident_roles.roles.handoffs import (
    giver_still_holds,
    open_handoff,
    propose,
    supersede,
)
from dd_incident_roles.roles.statements import Decide, Handoff, HandoffOutcome
from tests.roles.build import ADA, GRACE, LINUS, a_role, held, minute, numbered

ONE = a_role(Holders.ONE)
ONE_PER_STREAM = a_role(Holders.ONE, Streams.OPTIONAL)
MANY = a_role(Holders.MANY)
DB, NET = "database", "network"


def asked(
    rows: tuple[Assignment, ...],
    role: Role = ONE,
    receiver: PersonKey = GRACE,
    stream: str | None = None,
) -> Handoff:
    """Propose at minute 30."""
    return propose(
        rows,
        role=role,
        stream=stream,
        receiver=receiver,
        now=minute(30),
        timeout=timedelta(minutes=10),
        by="ada",
        note="hot",
        new_id=numbered(),
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
    ("role", "rows", "stream", "giver", "line"),
    [
        (ONE, (), None, None, None),
        (ONE_PER_STREAM, (held(ADA, DB),), None, ADA, DB),
        (ONE_PER_STREAM, (held(ADA, DB),), " Network", None, NET),
        (MANY, (held(LINUS),), None, LINUS, None),
    ],
)
def test_who_would_hand_over(
    role: Role,
    rows: tuple[Assignment, ...],
    stream: str | None,
    giver: PersonKey | None,
    line: str | None,
) -> None:
    """The holder, in the stream that is meant; nobody where nobody holds it."""
    handoff = asked(rows, role, stream=stream)
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


STANDING: Mapping[str, tuple[Handoff, tuple[Assignment, ...], bool]] = {
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


@pytest.mark.parametrize("name", STANDING)
def test_whether_it_still_stands(name: str) -> None:
    """It is about the present: whoever was to hand over has to hold the role."""
    handoff, rows, expected = STANDING[name]
    assert giver_still_holds(handoff, rows) is expected


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
