"""What the texts of Datadog's own entries tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.history.held import called_by_name, read_note
from dd_incident_roles.model import Person, PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import NamedRole
from tests.history.stories import catalogue, name, noted, pilot
from tests.policy.cases import ADA, BO, at

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
