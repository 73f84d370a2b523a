"""``suggest`` against a local Datadog: who is proposed, who is not, and that nobody is assigned."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest

from dd_incident_roles.files import shipped_file
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE, INCIDENT_MANAGER, SCRIBE, Sides
from tests.product import Product
from tests.report.readers import complaints
from tests.sandbox.acts import add_schedule, add_team, set_on_call

FAY, GUS, HAL = "fay@corp.example", "gus@corp.example", "hal@corp.example"
BOT = "bot@corp.example"

PLACES = {
    "commander": "qualified: {team: incident-managers}\n"
    "    suggested_from: [{on_call: sre}, {team: Incident Managers}]",
    "{role: Tech Lead}": "suggested_from: [{team: sre}]",
    "{role: Scribe}": "suggested_from: [{on_call: sre}]",
}
"""What is written below the line of the catalogue that says what a role is in Datadog."""


def with_places(product: Product, places: dict[str, str]) -> Product:
    """The product with a catalogue that says where to look for people."""
    text = shipped_file("roles.yaml").read_text("utf-8")
    for datadog, place in places.items():
        text = text.replace(
            f"    datadog: {datadog}\n", f"    datadog: {datadog}\n    {place}\n", 1
        )
    file = product.store.with_name("roles.yaml")
    file.write_text(text, "utf-8")
    return replace(product, settings={**product.settings, "DD_INCIDENT_ROLES_ROLES": str(file)})


@pytest.fixture
def sandbox(sandbox: Sandbox) -> Sandbox:
    """The organisation: Carol is on call and Eve only watches; Dan and Bo are paged later."""
    sandbox.add_person(FAY, "Fay")
    sandbox.add_person(GUS, "Gus", status="Disabled")
    sandbox.add_person(HAL, "Hal", status="Pending")
    sandbox.add_person(BOT, "Bot", service_account=True)
    add_team(sandbox, "Incident Managers", ANA, BO, FAY, GUS, HAL, BOT)
    add_team(sandbox, "SRE", CAROL, DAN, EVE)
    set_on_call(sandbox, "SRE", primary=(CAROL, EVE, GUS), escalations=((DAN,), (BO, CAROL)))
    add_schedule(sandbox, "SRE", "SRE", layers={"Primary": (CAROL, None), "Shadows": (EVE, CAROL)})
    return sandbox


@pytest.fixture
def product(product: Product, sandbox: Sandbox) -> Product:
    """The product with a catalogue that says where to look for people."""
    return with_places(product, PLACES)


def suggested(product: Product, *arguments: str, exit_code: int = 0) -> Any:
    """The document of one command, held to its schema."""
    ran = product.run("suggest", *arguments, "--format", "json")
    assert ran.exit_code == exit_code, ran.said
    assert complaints("suggest", ran.stdout) == []
    assert ran.json()["complete"] is (exit_code == 0)
    return ran.json()


def role_of(document: Any) -> Any:
    [role] = document["roles"]
    return role


def emails(people: Any) -> list[str]:
    return [each["email"] for each in people]


def reasons(role: Any) -> dict[str, str]:
    return {each["email"]: each["reason"] for each in role["left_out"]}


def test_who_is_proposed(product: Product) -> None:
    """Whoever is on call first is proposed, and members of the team; the rest is left out."""
    role = role_of(suggested(product, "1002", "im"))
    assert emails(role["candidates"]) == [ANA, BO, FAY, CAROL]
    assert [each["on_call"] for each in role["candidates"]] == [False, False, False, True]
    assert [each["qualified"] for each in role["candidates"]] == [True, True, True, False]
    assert [bool(each["warning"]) for each in role["candidates"]] == [False, False, False, True]
    assert reasons(role) == {
        GUS: "has a deactivated account",
        HAL: "has not accepted the invitation to Datadog yet",
        BOT: "is a service account",
        EVE: "may be shadowing (layer 'Shadows')",
    }


def test_later_tiers_are_counted(product: Product) -> None:
    """Those whom a page reaches only later are not proposed, and are told as a number."""
    role = role_of(suggested(product, "1001", "scribe"))
    assert emails(role["candidates"]) == [CAROL]
    assert role["later_tiers"] == [{"team": "sre", "number": 2}]
    assert DAN not in reasons(role)


def test_the_commands_work_when_they_are_pasted(
    product: Product, sides: Sides, sandbox: Sandbox
) -> None:
    """The offered commands give the role, or hand it, to whom they are offered for."""
    [candidate] = role_of(suggested(product, "1001", "scribe"))["candidates"]
    program, *arguments = shlex.split(candidate["command"])
    assert program == "dd-incident-roles"
    sides.run(*arguments)
    assert sandbox.holders(1001, "Scribe") == [CAROL]
    first = role_of(suggested(product, "1001", "im", "--all"))["candidates"][0]
    sides.run(*shlex.split(first["command"])[1:])
    assert sandbox.commander(1001) == first["email"] == BO


def test_nothing_is_written(product: Product, sides: Sides, sandbox: Sandbox) -> None:
    """Neither Datadog nor who holds what by the record is changed."""
    before = sides.state()
    for arguments in (("1001",), ("1001", "--all"), ("1002", "im")):
        sides.run("suggest", *arguments)
    assert sandbox.requests.count("GET") > 0
    assert sandbox.requests.writes() == []
    assert sides.state() == before


def test_without_a_role_those_that_are_empty(product: Product) -> None:
    """Each empty role that is required or has places is looked at; a held one is not."""
    roles = {each["role"]: each for each in suggested(product, "1001")["roles"]}
    assert INCIDENT_MANAGER not in roles
    assert emails(roles["tech_lead"]["candidates"]) == [CAROL, DAN, EVE]
    assert emails(roles[SCRIBE]["candidates"]) == [CAROL]
    assert not roles["first_responder"]["has_places"]
    assert "backup_incident_manager" not in roles
    said = product.run("suggest", "1001").stdout
    assert "people for First Responder, Communications Manager and Customer Support Lead" in said
    assert "suggested_from: [{on_call: TEAM}, {team: TEAM}]" in said


def test_a_held_role(product: Product, sandbox: Sandbox) -> None:
    """Who holds it is said and nobody is looked for, unless it is to be handed over."""
    sandbox.forget_requests()
    role = role_of(suggested(product, "1001", "im"))
    assert (emails(role["holders"]), role["candidates"]) == ([ANA], [])
    assert sandbox.requests.count(path="/on-call|/team") == 0
    assert "Ana holds it; nothing to suggest." in product.run("suggest", "1001", "im").stdout
    handed = role_of(suggested(product, "1001", "im", "--all"))
    assert handed["candidates"][0]["command"] == f"dd-incident-roles handoff 1001 im {BO}"
    assert reasons(handed)[ANA] == "already holds it"


@pytest.mark.parametrize("switch", [Switch.MISSING, Switch.FORBIDDEN])
def test_on_call_that_does_not_answer(product: Product, sandbox: Sandbox, switch: Switch) -> None:
    """The members of the team are proposed all the same, and the command says it is incomplete."""
    sandbox.switch(on_call=switch)
    role = role_of(suggested(product, "1002", "im", exit_code=3))
    assert emails(role["candidates"]) == [ANA, BO, FAY]
    [unread] = role["unread"]
    assert unread["what"] == "who is on call for sre"
    is_missing = switch is Switch.MISSING
    assert ("government sites" in unread["reason"]) is is_missing
    assert ("on_call_read" in unread["reason"]) is not is_missing


def test_schedules_that_cannot_be_read(product: Product, sandbox: Sandbox) -> None:
    """Whoever is on call is proposed, and that nobody can tell shadows is said."""
    sandbox.fault(FaultKind.STATUS_BEFORE, path="/on-call/schedules", status=404, count=None)
    role = role_of(suggested(product, "1001", "scribe", exit_code=3))
    assert emails(role["candidates"]) == [CAROL, EVE]
    [unread] = role["unread"]
    assert unread["what"] == "the schedules of sre, and so who only shadows there"


def test_an_account_that_cannot_be_read(product: Product, sandbox: Sandbox) -> None:
    """Nobody is proposed on a guess that their account is in use."""
    gone = sandbox.person(CAROL).id
    sandbox.fault(FaultKind.STATUS_BEFORE, path=f"/users/{gone}", status=404, count=None)
    role = role_of(suggested(product, "1001", "scribe", exit_code=3))
    assert role["candidates"] == []
    assert reasons(role)[CAROL].startswith("has an account that could not be read: ")


def test_a_team_that_is_none_or_two(product: Product, sandbox: Sandbox) -> None:
    """The role, the file and the team are named, or both teams; which is meant is not guessed."""
    wrong = with_places(product, {"{role: Scribe}": "suggested_from: [{on_call: sre-emea}]"})
    ran = wrong.run("suggest", "1001", "scribe")
    assert ran.exit_code == 2
    assert "scribe.suggested_from ('sre-emea')" in ran.stderr
    assert "roles.yaml" in ran.stderr
    product = with_places(product, PLACES)
    other = add_team(sandbox, "SRE", FAY)
    ran = product.run("suggest", "1001", "scribe")
    assert ran.exit_code == 2
    assert "several teams" in ran.stderr
    assert other in ran.stderr


def test_whoever_holds_an_excluding_role_is_left_out(product: Product, sides: Sides) -> None:
    """The Incident Manager of a grave incident is not proposed as Tech Lead, nor the reverse."""
    assert product.run("assign", "1001", "im", DAN).exit_code == 0
    role = role_of(suggested(product, "1001", "tl"))
    assert emails(role["candidates"]) == [CAROL, EVE]
    assert reasons(role)[DAN].startswith("holds Incident Manager, which excludes Tech Lead in ")


def test_a_closed_incident(product: Product, sandbox: Sandbox) -> None:
    """Nobody needs to take a role of an incident that is over."""
    sandbox.set_state(1002, "resolved")
    assert suggested(product, "1002")["roles"] == []
    assert "is over" in product.run("suggest", "1002").stdout


def test_a_manual_choice_is_sticky(product: Product, sides: Sides, sandbox: Sandbox) -> None:
    """Whatever becomes of the severity and of who is on call, nobody is put in a holder's place."""
    assert product.run("assign", "1002", "im", DAN).exit_code == 0
    for severity, on_call in (("SEV-1", FAY), ("SEV-4", BO), ("SEV-2", CAROL)):
        sandbox.set_severity(1002, severity)
        set_on_call(sandbox, "SRE", primary=(on_call,))
        assert product.run("sync").exit_code == 0
        product.run("suggest", "1002")
        assert sandbox.commander(1002) == DAN
        assert sides.recorded(INCIDENT_MANAGER, 1002) == [DAN]
    assert len(sides.intervals(INCIDENT_MANAGER, 1002)) == 1


@pytest.mark.parametrize("command", [("assign", "1001", "im"), ("handoff", "1001", "im", "--to")])
def test_somebody_who_is_not_qualified_is_warned_of(
    product: Product, command: tuple[str, ...]
) -> None:
    """The role is given all the same, and the warning names the team; a member gets no warning."""
    ran = product.run(*command, CAROL)
    assert ran.exit_code == 0
    assert ran.stdout.startswith("Carol is Incident Manager of IR-1001 now")
    assert "Warning: Carol is not in the team incident-managers" in ran.stderr
    assert "Warning" not in product.run(*command, BO).stderr


def test_a_team_that_cannot_be_read_is_said(product: Product, sandbox: Sandbox) -> None:
    """Nobody could look: the role is given, and it is not said that all is well."""
    sandbox.switch(teams=Switch.FORBIDDEN)
    ran = product.run("assign", "1001", "im", CAROL)
    assert ran.exit_code == 0
    assert "Warning: " in ran.stderr
