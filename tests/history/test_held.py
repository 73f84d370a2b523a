"""Who held what: told by entries of Datadog, corrected by people."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from dd_incident_roles.history.held import SeenIn, called_by_name, read_note
from dd_incident_roles.model import INCIDENT_MANAGER, Person, PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import Holders, NamedRole, Streams
from dd_incident_roles.roles.ledger import Correction
from tests.history.stories import (
    brief,
    catalogue,
    correction,
    history,
    intervals,
    name,
    noted,
    noted_entries,
    pilot,
    watched,
)
from tests.policy.cases import ADA, BO, CAI, SCRIBE, at

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
INFERRED = {name: (Holders.ONE, *case) for name, case in SINGLE.items()}
INFERRED |= {f"of several: {name}": (Holders.MANY, *case) for name, case in MANY.items()}


@pytest.mark.parametrize(("holders", "texts", "rows", "expected"), INFERRED.values(), ids=INFERRED)
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


ROWS = intervals("ada 10-30, bo 30-")
ADA_THEN_BO = "ada 10-30 recorded, bo 30- recorded"

CORRECTED: dict[str, tuple[list[Correction], str]] = {
    "none": ([], ADA_THEN_BO),
    "somebody else in the middle": (
        [correction(15, 20, CAI)],
        "ada 10-15 recorded, cai 15-20 corrected, ada 20-30 recorded, bo 30- recorded",
    ),
    "nobody across two holders": (
        [correction(20, 40, None)],
        "ada 10-20 recorded, bo 40- recorded",
    ),
    "the whole of one": ([correction(10, 30, CAI)], "cai 10-30 corrected, bo 30- recorded"),
    "before anything was recorded": (
        [correction(0, 10, CAI)],
        f"cai 0-10 corrected, {ADA_THEN_BO}",
    ),
    "a later one over an earlier one": (
        [correction(0, 20, CAI), correction(5, 10, BO, number=1)],
        "cai 0-5 corrected, bo 5-10 corrected, cai 10-20 corrected, ada 20-30 recorded, "
        "bo 30- recorded",
    ),
    "taken back by a later one": (
        [correction(0, 10, CAI), correction(0, 10, None, number=1)],
        ADA_THEN_BO,
    ),
    "of no time at all": ([correction(15, 15, CAI)], ADA_THEN_BO),
    "of another role": ([correction(0, 60, None, key=SCRIBE)], ADA_THEN_BO),
    "of a stream": ([correction(0, 60, None, stream="database")], ADA_THEN_BO),
}


@pytest.mark.parametrize(("corrections", "expected"), CORRECTED.values(), ids=CORRECTED)
def test_a_correction_stands_in_its_stretch(corrections: list[Correction], expected: str) -> None:
    """What was recorded is cut away there, and nowhere else."""
    found = history(watched(*ROWS), corrections=corrections)
    assert brief(found.rows) == expected
    assert brief(found.recorded) == ADA_THEN_BO


def test_a_correction_of_a_stream_leaves_the_other_streams() -> None:
    """Only who held the role in that stream gives way."""
    roles = catalogue(pilot(streams=Streams.OPTIONAL))
    facts = watched(*intervals("ada/database 0-, bo 0-"), roles=roles)
    found = history(facts, corrections=[correction(10, 20, CAI, stream="database")])
    assert brief(found.rows) == (
        "bo 0- recorded, ada/database 0-10 recorded, cai/database 10-20 corrected, "
        "ada/database 20- recorded"
    )


def test_who_corrected_and_why() -> None:
    """The row says who stated it and for which reason, and so does the end of what it cut."""
    before, stated, after = history(
        watched(*intervals("ada 0-")), corrections=[correction(10, 20, BO)]
    ).rows
    assert (stated.set_by, stated.reason) == (CAI.key, "the call was not recorded")
    assert (before.ended_by, before.set_by, after.set_by) == (CAI.key, ADA.key, ADA.key)
    assert (before.reason, after.reason) == (None, None)


def test_an_interval_of_no_time_stays_unless_it_is_corrected() -> None:
    """It holds nobody at any moment; a correction around it takes its place."""
    facts = watched(*intervals("ada 10-10"))
    assert brief(history(facts).rows) == "ada 10-10 recorded"
    assert brief(history(facts, corrections=[correction(5, 15, None)]).rows) == ""


DAN = Person(key=PersonKey("dan@corp.example"), name="Dan", handle="dan-the-man")
OTHER_DAN = Person(key=PersonKey("dan2@corp.example"), name="dan")
LOVELACE = Person(key=PersonKey("al@corp.example"), name="Lovelace, Ann")
NAMED_OPS = Person(key=PersonKey("eve@corp.example"), name="Eve (ops)")
PEOPLE = (ADA, BO, LOVELACE, NAMED_OPS)
ROLES = catalogue(
    pilot(),
    replace(pilot(), key=RoleKey("navigator"), title="Ops: Maps", datadog=NamedRole("Nav")),
    replace(pilot(), key=RoleKey("first"), title="First", aliases=("responder",)),
)

Reading = tuple[str, list[str], list[str]]

TEXTS: dict[str, tuple[str, Reading | None]] = {
    "given": ("Pilot: nobody → Ada", ("pilot", [], ["ada"])),
    "taken": ("Pilot: Ada → nobody", ("pilot", ["ada"], [])),
    "handed over": ("Pilot: Ada → Bo", ("pilot", ["ada"], ["bo"])),
    "without arrow": ("Pilot: Ada", ("pilot", [], ["ada"])),
    "an action that gives": ("Pilot: Ada (assigned)", ("pilot", [], ["ada"])),
    "an action that takes": ("Pilot: Ada (Removed)", ("pilot", ["ada"], [])),
    "no action but a name": ("Pilot: Eve (ops)", ("pilot", [], ["eve"])),
    "a name and an action": ("Pilot: Eve (ops) (unassigned)", ("pilot", ["eve"], [])),
    "several": ("Pilot: Ada, Bo → Bo", ("pilot", ["ada", "bo"], ["bo"])),
    "twice the same": ("Pilot: ADA, ada@corp.example", ("pilot", [], ["ada"])),
    "a name with a comma": ("Pilot: Lovelace, Ann (added)", ("pilot", [], ["al"])),
    "an unknown name": ("Pilot: nobody → Zoe", ("pilot", [], ["name:Zoe"])),
    "part of a name is no name": ("Pilot: Ad", ("pilot", [], ["name:Ad"])),
    "commander": ("Incident Commander: Ada → Bo", ("incident_manager", ["ada"], ["bo"])),
    "commander in short": ("commander: nobody → Bo", ("incident_manager", [], ["bo"])),
    "by alias": ("flyer: Ada", ("pilot", [], ["ada"])),
    "by key and in any case": ("INCIDENT_MANAGER: Ada", ("incident_manager", [], ["ada"])),
    "by its name in Datadog": ("Nav: Ada", ("navigator", [], ["ada"])),
    "a title with a colon": ("Ops: Maps: Ada", ("navigator", [], ["ada"])),
    "Datadog's reserved role is no role of ours": ("Responder: Ada", None),
    "another role": ("Cook: Ada → Bo", None),
    "no role at all": ("Something happened", None),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_read(text: str, expected: Reading | None) -> None:
    """The role, who had it before and who has it after are found, or nothing is."""
    found = read_note(noted(1, text), called_by_name(PEOPLE), ROLES)
    reading = found and (
        str(found.role.key),
        [name(each) for each in found.before],
        [name(each) for each in found.after],
    )
    assert reading == expected


def test_an_ambiguous_name_stays_a_name() -> None:
    """Of two people of one name neither is picked; a handle tells them apart."""
    people = (DAN, OTHER_DAN)
    by_name, by_handle = (
        read_note(noted(1, f"Pilot: {who}"), called_by_name(people), ROLES)
        for who in ("Dan", "Dan-the-Man")
    )
    assert by_name is not None
    assert by_handle is not None
    assert by_name.after == ("name:Dan",)
    assert by_handle.after == (DAN.key,)


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "cli"},
        {"origin": "slack"},
        {"kind": "note"},
        {"deleted_at": at(2)},
    ],
    ids=str,
)
def test_only_what_datadog_notes_itself_counts(change: dict[str, str]) -> None:
    """Our own entries, notes of people and entries that somebody wished away tell nothing here."""
    entry = noted(1, "Pilot: nobody → Ada")
    assert read_note(entry, called_by_name(PEOPLE), ROLES) is not None
    assert read_note(replace(entry, **change), called_by_name(PEOPLE), ROLES) is None  # type: ignore[arg-type]


def test_the_name_in_datadog_comes_before_an_alias() -> None:
    """Where one role's alias is the name of another in Datadog, Datadog's entry means the other."""
    roles = catalogue(replace(pilot(), aliases=("nav",)), ROLES.role(RoleKey("navigator")))
    found = read_note(noted(1, "Nav: Ada"), called_by_name(PEOPLE), roles)
    assert found is not None
    assert found.role.key == "navigator"
