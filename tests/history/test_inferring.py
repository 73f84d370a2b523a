"""What Datadog's entries tell of the time before the record first looked, at minute 20."""

from __future__ import annotations

from itertools import permutations

import pytest

from dd_incident_roles.history.held import SeenIn
from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.roles.catalogue import Holders
from tests.history.stories import (
    brief,
    catalogue,
    history,
    intervals,
    noted,
    noted_entries,
    pilot,
    watched,
)
from tests.policy.cases import ADA, BO, at

GIVEN = "5 Pilot: nobody → Ada"

# what entries tell, what is recorded, and what the history is
SINGLE = {
    "nothing told": ("", "ada 20-", "ada 20- recorded"),
    "given, and found so": (GIVEN, "ada 20-", "ada 5-20 inferred, ada 20- recorded"),
    "found so a little later in the same look": (
        *(GIVEN, "ada 21-"),
        "ada 5-21 inferred, ada 21- recorded",
    ),
    "had again long after the look": (GIVEN, "ada 35-", "ada 5-20 inferred, ada 35- recorded"),
    "given, and another found": (GIVEN, "bo 21-", "ada 5-20 inferred, bo 21- recorded"),
    "given and taken": (f"{GIVEN}; 9 Pilot: Ada → nobody", "", "ada 5-9 inferred"),
    "taken, and never given": ("9 Pilot: Ada → nobody", "", "ada ?-9 inferred"),
    "handed over, and never given": (
        *("9 Pilot: Ada → Bo", "bo 20-"),
        "ada ?-9 inferred, bo 9-20 inferred, bo 20- recorded",
    ),
    "a new holder ends the former": (
        *("5 Pilot: Ada (assigned); 9 Pilot: Bo (assigned)", ""),
        "ada 5-9 inferred, bo 9-20 inferred",
    ),
    "an entry too many": (
        *("5 Pilot: Ada; 6 Pilot: Ada; 9 Pilot: Ada → nobody", ""),
        "ada 5-9 inferred",
    ),
    "noted twice of one instant": (
        *(f"{GIVEN}; 5 Pilot: Ada → Bo; {GIVEN}", ""),
        "ada 5-5 inferred, bo 5-20 inferred",
    ),
    "one taken who was replaced unseen": (
        *(f"{GIVEN}; 9 Pilot: Cai → Bo", ""),
        "ada 5-9 inferred, bo 9-20 inferred",
    ),
    "empty whoever had it": (f"{GIVEN}; 9 Pilot: Cai → nobody", "", "ada 5-9 inferred"),
    "after the look nothing counts": (
        *("20 Pilot: nobody → Bo; 23 Pilot: Bo → Cai", "ada 20-"),
        "ada 20- recorded",
    ),
    "what is recorded is not told twice": (
        *(GIVEN, "bo 10-15"),
        "ada 5-10 inferred, bo 10-15 recorded, ada 15-20 inferred",
    ),
    "somebody of a mere name": ("5 Pilot: nobody → Zoe", "", "name:Zoe 5-20 inferred"),
}
MANY = {
    "nobody gives way": (
        *("5 Pilot: Ada (added); 9 Pilot: Bo (added)", ""),
        "ada 5-20 inferred, bo 9-20 inferred",
    ),
    "several in one text": (
        *("5 Pilot: Ada → Ada, Bo; 9 Pilot: Ada, Bo → Bo", "bo 20-"),
        "ada ?-9 inferred, bo 5-20 inferred, bo 20- recorded",
    ),
    "each is known by themselves": (
        *(f"{GIVEN}; 9 Pilot: Bo → nobody", ""),
        "bo ?-9 inferred, ada 5-20 inferred",
    ),
    "taken twice": ("5 Pilot: Ada (removed); 9 Pilot: Ada (removed)", "", "ada ?-5 inferred"),
    "given again": (
        *("3 Pilot: Ada (added); 5 Pilot: Ada (removed); 9 Pilot: Ada (added)", ""),
        "ada 3-5 inferred, ada 9-20 inferred",
    ),
}
CASES = {name: (Holders.ONE, *case) for name, case in SINGLE.items()}
CASES |= {f"of several: {name}": (Holders.MANY, *case) for name, case in MANY.items()}


@pytest.mark.parametrize(("holders", "texts", "rows", "expected"), CASES.values(), ids=CASES)
def test_what_entries_tell(holders: Holders, texts: str, rows: str, expected: str) -> None:
    """Each entry begins and ends what it says, up to where the record begins to tell.

    In a role of several people, whoever joins leaves the others in it.
    """
    facts = watched(*intervals(rows), roles=catalogue(pilot(holders)), first_look=20)
    assert brief(history(facts, *noted_entries(texts)).rows) == expected


def test_the_order_of_the_entries_does_not_matter() -> None:
    """Entries tell the same in whatever order they come, and one that comes twice."""
    texts = f"{GIVEN}; {GIVEN}; 9 Pilot: Ada → Bo; 12 Incident Commander: Cai → Bo"
    facts = watched(first_look=20)
    assert (
        len({brief(history(facts, *each).rows) for each in permutations(noted_entries(texts))}) == 1
    )


def test_who_did_it_and_where_it_was_seen() -> None:
    """An inferred row names the authors of the entries, and Datadog's timeline."""
    (row,) = history(
        watched(first_look=20),
        noted(5, "Incident Commander: nobody → Ada", author="Bo"),
        noted(9, "Incident Commander: Ada → nobody", author="Cai"),
    ).rows
    assert (row.role, row.stream) == (INCIDENT_MANAGER, None)
    assert (row.set_by, row.ended_by) == ("Bo", "Cai")
    assert row.seen_in is SeenIn.TIMELINE


def test_a_record_that_does_not_know_when_it_first_looked() -> None:
    """Its first interval stands for the first look; without any, all entries tell."""
    entries = noted_entries(f"{GIVEN}; 30 Pilot: Ada → Bo")
    facts = watched(*intervals("ada 20-"), first_look=None)
    assert brief(history(facts, *entries).rows) == "ada 5-20 inferred, ada 20- recorded"
    unknown = history(watched(first_look=None), *entries)
    assert brief(unknown.rows) == "ada 5-30 inferred, bo 30- inferred"


def test_a_question_about_before_the_look_is_answered() -> None:
    """The inferred holder is named, be it since the declaration or earlier."""
    facts = watched(*intervals("bo 20-"), first_look=20)
    found = history(facts, *noted_entries("9 Pilot: Ada → Bo"))
    holders = [[row.person for row in found.at(at(minute))] for minute in (0, 8.9, 9, 19.9, 20)]
    assert holders == [[ADA.key], [ADA.key], [BO.key], [BO.key], [BO.key]]
