"""What Datadog's entries tell of the time before the record first looked."""

from __future__ import annotations

from itertools import permutations

import pytest

from dd_incident_roles.history.held import SeenIn
from dd_incident_roles.model import INCIDENT_MANAGER, Assignment, Entry
from dd_incident_roles.roles.catalogue import Holders
from tests.history.stories import (
    INFERRED,
    PILOT,
    RECORDED,
    Brief,
    brief,
    catalogue,
    history,
    noted,
    pilot,
    watched,
)
from tests.policy.cases import ADA, BO, at
from tests.policy.intervals import interval

LOOK = 20.0

SINGLE: dict[str, tuple[list[Entry], list[Assignment], list[Brief]]] = {
    "nothing told": ([], [interval(PILOT, LOOK)], [("ada", LOOK, None, RECORDED)]),
    "given, and found so": (
        [noted(5, "Pilot: nobody → Ada")],
        [interval(PILOT, LOOK)],
        [("ada", 5, LOOK, INFERRED), ("ada", LOOK, None, RECORDED)],
    ),
    "found so a little later in the same look": (
        [noted(5, "Pilot: nobody → Ada")],
        [interval(PILOT, LOOK + 1)],
        [("ada", 5, LOOK + 1, INFERRED), ("ada", LOOK + 1, None, RECORDED)],
    ),
    "had again long after the look": (
        [noted(5, "Pilot: nobody → Ada")],
        [interval(PILOT, LOOK + 15)],
        [("ada", 5, LOOK, INFERRED), ("ada", LOOK + 15, None, RECORDED)],
    ),
    "given, and another found": (
        [noted(5, "Pilot: nobody → Ada")],
        [interval(PILOT, LOOK + 1, by=BO)],
        [("ada", 5, LOOK, INFERRED), ("bo", LOOK + 1, None, RECORDED)],
    ),
    "given and taken": (
        [noted(5, "Pilot: nobody → Ada"), noted(9, "Pilot: Ada → nobody")],
        [],
        [("ada", 5, 9, INFERRED)],
    ),
    "taken, and never given": (
        [noted(9, "Pilot: Ada → nobody")],
        [],
        [("ada", None, 9, INFERRED)],
    ),
    "handed over, and never given": (
        [noted(9, "Pilot: Ada → Bo")],
        [interval(PILOT, LOOK, by=BO)],
        [
            ("ada", None, 9, INFERRED),
            ("bo", 9, LOOK, INFERRED),
            ("bo", LOOK, None, RECORDED),
        ],
    ),
    "a new holder ends the former": (
        [noted(5, "Pilot: Ada (assigned)"), noted(9, "Pilot: Bo (assigned)")],
        [],
        [("ada", 5, 9, INFERRED), ("bo", 9, LOOK, INFERRED)],
    ),
    "an entry too many": (
        [noted(5, "Pilot: Ada"), noted(6, "Pilot: Ada"), noted(9, "Pilot: Ada → nobody")],
        [],
        [("ada", 5, 9, INFERRED)],
    ),
    "noted twice of one instant": (
        [
            noted(5, "Pilot: nobody → Ada", key="1"),
            noted(5, "Pilot: Ada → Bo", key="2"),
            noted(5, "Pilot: nobody → Ada", key="3"),
        ],
        [],
        [("ada", 5, 5, INFERRED), ("bo", 5, LOOK, INFERRED)],
    ),
    "one taken who was replaced unseen": (
        [noted(5, "Pilot: nobody → Ada"), noted(9, "Pilot: Cai → Bo")],
        [],
        [("ada", 5, 9, INFERRED), ("bo", 9, LOOK, INFERRED)],
    ),
    "empty whoever had it": (
        [noted(5, "Pilot: nobody → Ada"), noted(9, "Pilot: Cai → nobody")],
        [],
        [("ada", 5, 9, INFERRED)],
    ),
    "after the look nothing counts": (
        [noted(LOOK, "Pilot: nobody → Bo"), noted(LOOK + 3, "Pilot: Bo → Cai")],
        [interval(PILOT, LOOK)],
        [("ada", LOOK, None, RECORDED)],
    ),
    "what is recorded is not told twice": (
        [noted(5, "Pilot: nobody → Ada")],
        [interval(PILOT, 10, 15, by=BO)],
        [
            ("ada", 5, 10, INFERRED),
            ("bo", 10, 15, RECORDED),
            ("ada", 15, LOOK, INFERRED),
        ],
    ),
    "somebody of a mere name": (
        [noted(5, "Pilot: nobody → Zoe")],
        [],
        [("name:Zoe", 5, LOOK, INFERRED)],
    ),
}


@pytest.mark.parametrize(("entries", "intervals", "expected"), SINGLE.values(), ids=SINGLE)
def test_a_role_of_one_person(
    entries: list[Entry], intervals: list[Assignment], expected: list[Brief]
) -> None:
    """Each entry begins and ends what it says, up to where the record begins to tell."""
    found = history(watched(*intervals, first_look=LOOK), *entries)
    assert brief(found.rows) == expected


MANY: dict[str, tuple[list[Entry], list[Assignment], list[Brief]]] = {
    "nobody gives way": (
        [noted(5, "Pilot: Ada (added)"), noted(9, "Pilot: Bo (added)")],
        [],
        [("ada", 5, LOOK, INFERRED), ("bo", 9, LOOK, INFERRED)],
    ),
    "several in one text": (
        [noted(5, "Pilot: Ada → Ada, Bo"), noted(9, "Pilot: Ada, Bo → Bo")],
        [interval(PILOT, LOOK, by=BO)],
        [
            ("ada", None, 9, INFERRED),
            ("bo", 5, LOOK, INFERRED),
            ("bo", LOOK, None, RECORDED),
        ],
    ),
    "each is known by themselves": (
        [noted(5, "Pilot: nobody → Ada"), noted(9, "Pilot: Bo → nobody")],
        [],
        [("bo", None, 9, INFERRED), ("ada", 5, LOOK, INFERRED)],
    ),
    "taken twice": (
        [noted(5, "Pilot: Ada (removed)"), noted(9, "Pilot: Ada (removed)")],
        [],
        [("ada", None, 5, INFERRED)],
    ),
    "given again": (
        [
            noted(3, "Pilot: Ada (added)"),
            noted(5, "Pilot: Ada (removed)"),
            noted(9, "Pilot: Ada (added)"),
        ],
        [],
        [("ada", 3, 5, INFERRED), ("ada", 9, LOOK, INFERRED)],
    ),
}


@pytest.mark.parametrize(("entries", "intervals", "expected"), MANY.values(), ids=MANY)
def test_a_role_of_several_people(
    entries: list[Entry], intervals: list[Assignment], expected: list[Brief]
) -> None:
    """Whoever joins leaves the others in the role."""
    roles = catalogue(pilot(Holders.MANY))
    found = history(watched(*intervals, roles=roles, first_look=LOOK), *entries)
    assert brief(found.rows) == expected


def test_the_order_of_the_entries_does_not_matter() -> None:
    """Entries tell the same in whatever order they come, and one that comes twice."""
    entries = [
        noted(5, "Pilot: nobody → Ada"),
        noted(5, "Pilot: nobody → Ada", key="again"),
        noted(9, "Pilot: Ada → Bo"),
        noted(12, "Incident Commander: Cai → Bo"),
    ]
    told = {
        tuple(brief(history(watched(first_look=LOOK), *each).rows))
        for each in permutations(entries)
    }
    assert len(told) == 1


def test_who_did_it_and_where_it_was_seen() -> None:
    """An inferred row names the authors of the entries, and Datadog's timeline."""
    (row,) = history(
        watched(first_look=LOOK),
        noted(5, "Incident Commander: nobody → Ada", author="Bo"),
        noted(9, "Incident Commander: Ada → nobody", author="Cai"),
    ).rows
    assert (row.role, row.stream) == (INCIDENT_MANAGER, None)
    assert (row.set_by, row.ended_by) == ("Bo", "Cai")
    assert row.seen_in is SeenIn.TIMELINE


def test_a_record_that_does_not_know_when_it_first_looked() -> None:
    """Its first interval stands for the first look; without any, all entries tell."""
    entries = [noted(5, "Pilot: nobody → Ada"), noted(30, "Pilot: Ada → Bo")]
    facts = watched(interval(PILOT, LOOK), first_look=None)
    assert brief(history(facts, *entries).rows) == [
        ("ada", 5, LOOK, INFERRED),
        ("ada", LOOK, None, RECORDED),
    ]
    assert brief(history(watched(first_look=None), *entries).rows) == [
        ("ada", 5, 30, INFERRED),
        ("bo", 30, None, INFERRED),
    ]


def test_a_question_about_before_the_look_is_answered() -> None:
    """The inferred holder is named, be it since the declaration or earlier."""
    found = history(
        watched(interval(PILOT, LOOK, by=BO), first_look=LOOK), noted(9, "Pilot: Ada → Bo")
    )
    holders = [[row.person for row in found.at(at(minute))] for minute in (0, 8.9, 9, 19.9, 20)]
    assert holders == [[ADA.key], [ADA.key], [BO.key], [BO.key], [BO.key]]
