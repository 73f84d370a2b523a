"""Folding what entries say: one picture in any order, and nothing that is not theirs to say."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import Entry, EntryKey, IncidentId, PersonKey, RoleKey
from dd_incident_roles.roles.ledger import (
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    Propose,
)
from dd_incident_roles.sync.entries.fold import Heard, Picture, fold, heard_in
from dd_incident_roles.sync.entries.identity import with_tag
from dd_incident_roles.sync.entries.log import EntryStatement, RoleChanged, RoleHolder, write_line
from tests.sync.entries.said import said_with_keys

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
ANA, BO, CAROL = (PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol"))
LEAD = RoleKey("tech_lead")


def minutes(number: float) -> datetime:
    """Some minutes after the beginning."""
    return AT + timedelta(minutes=number)


def given_to(
    person: PersonKey | None,
    name: str,
    at: float,
    *,
    stream: str | None = None,
    ended: Iterable[PersonKey] = (),
    handoff: str | None = None,
) -> tuple[EntryKey, EntryStatement]:
    """That a role was given, with the key of its entry."""
    said = RoleChanged(
        role=LEAD,
        stream=stream,
        at=minutes(at),
        by=ANA,
        interval=name if person else None,
        person=person,
        ended=tuple(RoleHolder(person=each, stream=stream) for each in ended),
        handoff=handoff,
    )
    return EntryKey(f"role-{name}" if person else f"role-{name}-end"), said


def asked(name: str, at: float, *, receiver: PersonKey = BO) -> tuple[EntryKey, EntryStatement]:
    """That Ana asks somebody to take the role over."""
    handoff = Handoff(
        id=name,
        role=LEAD,
        stream=None,
        giver=ANA,
        receiver=receiver,
        proposed=minutes(at),
        proposed_by=ANA,
        expires=minutes(at + 30),
    )
    return EntryKey(f"handoff-{name}"), Propose(handoff=handoff)


def answered(name: str, at: float, outcome: HandoffOutcome) -> tuple[EntryKey, EntryStatement]:
    """That a handoff was answered without a change of the role."""
    said = Decide(handoff_id=name, outcome=outcome, at=minutes(at), by=BO)
    return EntryKey(f"handoff-{name}-end"), said


def folded(
    *said: tuple[EntryKey, EntryStatement], authors: dict[EntryKey, PersonKey] | None = None
) -> Picture:
    """The picture of what is said; ``authors`` are whom Datadog names, where it names anybody."""
    heard = [Heard(key=key, said=each, author=(authors or {}).get(key)) for key, each in said]
    return fold(heard)


SAID = st.lists(said_with_keys().map(lambda drawn: drawn[:2]), max_size=8)


@given(said=SAID, seed=st.integers(0, 999), data=st.data())
def test_any_order_and_repetition_gives_one_picture(
    said: list[tuple[EntryKey, EntryStatement]], seed: int, data: st.DataObject
) -> None:
    """Records that hear the same come to the same, in whatever order and how often they hear it."""
    unique = list({key: (key, each) for key, each in said}.values())
    mixed = [*unique, *data.draw(st.lists(st.sampled_from(unique)) if unique else st.just([]))]
    random.Random(seed).shuffle(mixed)  # noqa: S311 - it only mixes
    assert folded(*mixed) == folded(*unique)


def test_a_role_in_two_streams() -> None:
    """Each stream has its own interval, with who gave it and when; one handover ends one."""
    picture = folded(
        given_to(BO, "i1", 0, stream="db"),
        given_to(CAROL, "i2", 1, stream="api"),
        given_to(ANA, "i3", 5, stream="db", ended=[BO]),
    )
    rows = {row.id: row for row in picture.assignments}
    assert (rows["i1"].until, rows["i1"].ended_by) == (minutes(5), ANA)
    assert [(rows[each].person, rows[each].stream) for each in ("i2", "i3")] == [
        (CAROL, "api"),
        (ANA, "db"),
    ]
    assert rows["i2"].is_open
    assert rows["i3"].is_open


def test_a_role_that_is_given_back() -> None:
    """The interval ends when it was taken; one that began unseen leaves nothing to end."""
    picture = folded(given_to(BO, "i1", 0), given_to(None, "i1", 3, ended=[BO, CAROL]))
    [row] = picture.assignments
    assert (row.person, row.until) == (BO, minutes(3))


def test_given_twice_at_the_same_time_is_held_once() -> None:
    """Two people name the same person: the earlier of both is the interval."""
    picture = folded(given_to(BO, "i1", 0), given_to(BO, "i2", 1))
    assert [row.id for row in picture.assignments] == ["i1"]


HANDOFFS = [
    pytest.param([asked("h1", 0)], {"h1": None}, id="open"),
    pytest.param(
        [asked("h1", 0), answered("h1", 1, HandoffOutcome.DECLINED)],
        {"h1": HandoffOutcome.DECLINED},
        id="declined",
    ),
    pytest.param(
        [asked("h1", 0), given_to(BO, "i1", 1, ended=[ANA], handoff="h1")],
        {"h1": HandoffOutcome.ACCEPTED},
        id="accepted",
    ),
    pytest.param(
        [asked("h1", 0), given_to(CAROL, "i1", 1, ended=[ANA])],
        {"h1": HandoffOutcome.SUPERSEDED},
        id="given to another",
    ),
    pytest.param(
        [asked("h1", 0), given_to(CAROL, "i1", 1, stream="db")],
        {"h1": None},
        id="given in a stream",
    ),
    pytest.param(
        [asked("h1", 0), asked("h2", 1, receiver=CAROL)],
        {"h1": HandoffOutcome.SUPERSEDED, "h2": None},
        id="another is asked",
    ),
    pytest.param(
        [
            asked("h1", 0),
            answered("h1", 1, HandoffOutcome.DECLINED),
            given_to(BO, "i1", 2, handoff="h1"),
        ],
        {"h1": HandoffOutcome.DECLINED},
        id="the first answer counts",
    ),
    pytest.param([answered("h1", 1, HandoffOutcome.DECLINED)], {}, id="an answer to nothing"),
]


@pytest.mark.parametrize(("said", "outcomes"), HANDOFFS)
def test_what_becomes_of_a_handoff(
    said: list[tuple[EntryKey, EntryStatement]], outcomes: dict[str, HandoffOutcome | None]
) -> None:
    """It ends by its answer, by another change of the role, or by another question."""
    found = {each.id: each.outcome for each in folded(*said).handoffs}
    assert found == outcomes


@pytest.mark.parametrize("author", [BO, CAROL, None])
@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_an_answer_is_for_its_receiver(author: PersonKey | None, answer: str) -> None:
    """Where Datadog names somebody else as the author, the handoff stays open."""
    said = (
        given_to(BO, "i1", 1, handoff="h1")
        if answer == "accept"
        else answered("h1", 1, HandoffOutcome.DECLINED)
    )
    picture = folded(asked("h1", 0), said, authors={said[0]: author} if author else None)
    [handoff] = picture.handoffs
    by_another = HandoffOutcome.SUPERSEDED if answer == "accept" else None
    own = HandoffOutcome.ACCEPTED if answer == "accept" else HandoffOutcome.DECLINED
    assert handoff.outcome is (by_another if author == CAROL else own)


@pytest.mark.parametrize("author", [ANA, BO])
def test_a_proposal_is_taken_back_by_who_made_it(author: PersonKey) -> None:
    """The receiver cannot take back what another proposed."""
    back = answered("h1", 1, HandoffOutcome.WITHDRAWN)
    [handoff] = folded(asked("h1", 0), back, authors={back[0]: author}).handoffs
    assert handoff.outcome is (HandoffOutcome.WITHDRAWN if author == ANA else None)


def test_the_newest_terms_of_a_devised_role_count() -> None:
    """A role that was devised anew is as it was devised last, by whichever record."""
    first = DevisedRole(
        key=RoleKey("chaos"), title="Chaos", is_single=True, devised=AT, devised_by=ANA
    )
    anew = replace(first, is_single=False, devised=minutes(5), devised_by=BO)
    picture = folded(
        (EntryKey("devised-b"), Devise(role=anew)), (EntryKey("devised-a"), Devise(role=first))
    )
    assert picture.devised == (anew,)


def entry(text: str, **parts: Any) -> Entry:
    """An entry of the record."""
    known: dict[str, Any] = {
        "key": EntryKey("dd:1"),
        "at": AT,
        "created": AT,
        "origin": "datadog",
        **parts,
    }
    return Entry(text=text, **known)


INCIDENT = IncidentId("1001")
KEY, GIVEN = given_to(BO, "i1", 0, stream="db")
LINE = write_line(GIVEN, KEY, INCIDENT)
WHOLE = with_tag("Bo is Tech Lead (db)", key=KEY, author="Ana", statement=LINE)


def test_our_entries_and_those_of_other_accounts_are_heard() -> None:
    """Ours by their statement; another account's by the footer, which is part of their text."""
    own = entry("Bo is Tech Lead (db)", key=KEY, statement=LINE, origin="cli", kind="role_change")
    assert heard_in([own], INCIDENT) == (Heard(key=KEY, said=GIVEN, author=None),)
    theirs = entry(WHOLE, written_by=CAROL)
    assert heard_in([theirs], INCIDENT) == (Heard(key=KEY, said=GIVEN, author=CAROL),)
    assert (
        heard_in([theirs, own], INCIDENT)
        == heard_in([own, theirs], INCIDENT)
        == heard_in([own], INCIDENT)
    )


@pytest.mark.parametrize(
    "each",
    [
        entry("Bo is Tech Lead (db)"),
        entry(WHOLE, kind="role_change"),
        entry(WHOLE, deleted_at=AT),
        entry(WHOLE.replace("bo@", "eve@")),
        entry(WHOLE[:-1]),
        entry(WHOLE + "\n\nThat was the right choice."),
        entry("> " + WHOLE.replace("\n", "\n> ")),
        entry(WHOLE.replace("role-i1", "role-i2")),
        entry(with_tag("Bo is Tech Lead", key=KEY, author="Ana")),
    ],
    ids=[
        "plain note",
        "made by Datadog",
        "deleted",
        "another person",
        "cut",
        "not the last line",
        "quoted",
        "under another key",
        "without a statement",
    ],
)
def test_everything_else_is_a_plain_note(each: Entry) -> None:
    """Nothing is heard of what a system wrote, what is gone, and what was edited, cut or quoted."""
    assert heard_in([each], INCIDENT) == ()
