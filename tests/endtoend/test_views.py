"""What people look at: ``status --mine``, and the board."""

from __future__ import annotations

import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.roles.ledger import Decide, Handoff, HandoffOutcome, Propose
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, INCIDENT_MANAGER, SCRIBE, Sides
from tests.endtoend.checks import policy_file, today, waiver
from tests.product import Ran, closed_port
from tests.report.readers import complaints
from tests.sandbox.acts import add_todo, complete_todo

TECH_LEAD = "tech_lead"


def mine(sides: Sides, me: str, *arguments: str) -> Ran:
    """What somebody is shown of themselves, as a document."""
    ran = sides.product.run(
        "status", "--mine", *arguments, "--format", "json", DD_INCIDENT_ROLES_ME=me
    )
    assert complaints("mine", ran.stdout) == []
    return ran


def table(sides: Sides, me: str, *arguments: str) -> Ran:
    """What somebody is shown of themselves, as a person reads it."""
    return sides.product.run("status", "--mine", *arguments, DD_INCIDENT_ROLES_ME=me)


def propose(sides: Sides, handoff: Handoff) -> None:
    """Put a handoff into the record of incident 1001."""
    with sides.product.record() as record:
        record.commit(sides.incident_id(), "datadog", [Propose(handoff=handoff)])


def proposal(giver: str | None, receiver: str, role: str = SCRIBE) -> Handoff:
    """A handoff that was proposed five minutes ago and has five minutes left."""
    now = datetime.now(UTC)
    return Handoff(
        id=f"from-{giver}-to-{receiver}",
        role=RoleKey(role),
        stream=None,
        giver=None if giver is None else PersonKey(giver),
        receiver=PersonKey(receiver),
        proposed=now - timedelta(minutes=5),
        proposed_by=BO,
        expires=now + timedelta(minutes=5),
    )


def held(ran: Ran) -> list[tuple[int, str, str | None, str]]:
    return [
        (each["incident"]["public_id"], each["role"], each["stream"], each["targets"]["datadog"])
        for each in ran.json()["roles"]
    ]


def rules(ran: Ran) -> set[tuple[str, str | None]]:
    return {(each["rule"], each["role"]) for each in ran.json()["findings"]}


def test_what_i_hold_is_shown_with_where_it_is_true(sides: Sides) -> None:
    """Each role has its incident and stream, and whether Datadog shows it yet; others' are not.

    Naming an incident leaves the others out. Looking writes neither to Datadog nor to the record.
    """
    sides.run("assign", "1002", "tl", ANA, "--stream", "db")
    sides.run("assign", "1001", "scribe", ANA, "--no-sync")
    sides.run("assign", "1002", "im", BO)
    add_todo(sides.sandbox, 1001, "Call the bank", [f"@{ANA}"])
    sides.sandbox.forget_requests()
    before = sides.state()
    ran = mine(sides, ANA)
    assert ran.exit_code == 0, ran.said
    here = [(1001, INCIDENT_MANAGER, None, "in_sync"), (1001, SCRIBE, None, "pending")]
    there = [(1002, TECH_LEAD, "db", "in_sync")]
    assert held(ran) == [*here, *there]
    assert all(each["responsibilities"] for each in ran.json()["roles"])
    assert held(mine(sides, BO)) == [(1002, INCIDENT_MANAGER, None, "in_sync")]
    ran = mine(sides, ANA, "1002")
    assert (ran.json()["incidents"], held(ran), ran.json()["tasks"]) == (1, there, [])
    assert held(mine(sides, ANA, "1001")) == here
    assert sides.state() == before
    assert sides.sandbox.requests.writes() == []


def test_the_table_says_what_a_role_asks_for(sides: Sides) -> None:
    """The responsibilities of what I hold are printed, and of nothing else.

    Somebody without a role reads so, with how many incidents were looked at.
    """
    sides.run("assign", "1001", "scribe", CAROL)
    ran = table(sides, CAROL)
    assert ran.exit_code == 0
    assert "You (Carol) hold 1 role." in ran.stdout
    assert "- Keep the timeline of the incident as it unfolds." in ran.stdout
    assert "Lead the response" not in ran.stdout
    ran = table(sides, DAN)
    assert ran.exit_code == 0
    assert ran.stdout.splitlines() == [
        "You hold no role in the 2 open incidents.",
        "Nothing waits for you.",
    ]


def test_a_closed_incident_asks_nothing_of_me(sides: Sides) -> None:
    """An incident that was resolved meanwhile is not among the open ones, nor are its tasks."""
    add_todo(sides.sandbox, 1001, "Call the bank", [f"@{ANA}"])
    sides.sandbox.set_state(1001, "resolved")
    ran = mine(sides, ANA)
    assert (ran.json()["incidents"], held(ran), ran.json()["tasks"]) == (1, [], [])


def test_a_proposed_handoff_waits_for_its_receiver(sides: Sides) -> None:
    """The receiver is told what to type, the giver that it waits, and nobody else anything."""
    propose(sides, proposal(ANA, CAROL, INCIDENT_MANAGER))
    [asked] = mine(sides, CAROL).json()["handoffs_to_answer"]
    assert asked["giver"] == {"email": ANA, "name": "Ana"}
    assert asked["command"] == "dd-incident-roles handoff accept 1001 im"
    assert "accept it: dd-incident-roles handoff accept 1001 im" in table(sides, CAROL).stdout
    [given] = mine(sides, ANA).json()["handoffs_waiting"]
    assert given["receiver"]["email"] == CAROL
    assert "you are responsible until then" in table(sides, ANA).stdout
    uninvolved = mine(sides, DAN).json()
    assert (uninvolved["handoffs_to_answer"], uninvolved["handoffs_waiting"]) == ([], [])


def test_whoever_proposed_a_handoff_waits_too(sides: Sides) -> None:
    """Somebody who proposed a role to another is told, without ever having held it.

    Once somebody answered, neither side owes anything.
    """
    propose(sides, handoff := proposal(None, CAROL))
    [waiting] = mine(sides, BO).json()["handoffs_waiting"]
    assert (waiting["giver"], waiting["receiver"]["email"]) == (None, CAROL)
    answers = mine(sides, CAROL).json()
    assert (answers["handoffs_waiting"], len(answers["handoffs_to_answer"])) == ([], 1)
    end = Decide(
        handoff_id=handoff.id, outcome=HandoffOutcome.DECLINED, at=datetime.now(UTC), by=CAROL
    )
    with sides.product.record() as record:
        record.commit(sides.incident_id(), "datadog", [end])
    assert mine(sides, CAROL).json()["handoffs_to_answer"] == []
    assert mine(sides, BO).json()["handoffs_waiting"] == []


def test_my_open_tasks_are_shown_the_most_overdue_first(sides: Sides) -> None:
    """Tasks with my handle are mine until they are done; what is late comes first."""
    now = datetime.now(UTC)
    add_todo(sides.sandbox, 1001, "Some day", [f"@{ANA}"])
    add_todo(sides.sandbox, 1002, "Tomorrow", [f"@{ANA}"], now + timedelta(days=1))
    add_todo(sides.sandbox, 1001, "Late", [f"@{BO}", f"@{ANA.upper()}"], now - timedelta(hours=1))
    add_todo(
        sides.sandbox, 1001, "Later", [{"name": "Ana", "id": "U1"}], now - timedelta(minutes=1)
    )
    done = add_todo(sides.sandbox, 1001, "Done", [f"@{ANA}"], now - timedelta(hours=2))
    complete_todo(sides.sandbox, done)
    add_todo(sides.sandbox, 1001, "Not mine", [f"@{BO}"], now - timedelta(hours=2))
    add_todo(sides.sandbox, 1001, "Of nearly me", [f"@{ANA}.au", "@ana"], now)
    ran = mine(sides, ANA)
    assert [(each["text"], each["overdue"]) for each in ran.json()["tasks"]] == [
        ("Late", True),
        ("Later", True),
        ("Tomorrow", False),
        ("Some day", False),
    ]
    assert "overdue since" in table(sides, ANA).stdout


@pytest.mark.parametrize("switch", [Switch.FORBIDDEN, Switch.MISSING], ids=lambda each: each.value)
def test_tasks_that_cannot_be_read_are_not_none(sides: Sides, switch: Switch) -> None:
    """A listing that Datadog refuses makes the answer incomplete, and the rest is shown."""
    sides.sandbox.switch(todos=switch)
    ran = mine(sides, ANA)
    assert ran.exit_code == 3
    assert [each["incident"] for each in ran.json()["not_read"]] == [1001, 1002]
    assert held(ran)
    shown = table(sides, DAN)
    assert shown.exit_code == 3
    assert "IR-1001: the tasks: " in shown.stdout
    assert "Nothing waits for you." not in shown.stdout


def test_an_incident_manager_acts_on_every_finding(timeline_on: None, sides: Sides) -> None:
    """The Incident Manager sees each empty role of the incident, with what to type.

    A Scribe hears of the silent timeline, and not of the roles that others have to fill.
    """
    findings: list[Any] = mine(sides, ANA).json()["findings"]
    vacant = {each["role"] for each in findings if each["rule"] == "IR010"}
    assert {SCRIBE, TECH_LEAD} <= vacant
    assert all(each["fix"].startswith("dd-incident-roles ") for each in findings)
    assert {each["incident"] for each in findings} == {1001}
    assert "fix: dd-incident-roles assign 1001 scribe PERSON" in table(sides, ANA).stdout
    sides.run("assign", "1001", "scribe", CAROL)
    assert rules(mine(sides, CAROL)) == {("IR030", SCRIBE)}
    assert rules(mine(sides, DAN)) == set()


def test_a_finding_is_about_the_stream_that_it_names(sides: Sides) -> None:
    """Whoever leads another stream is not told of a handoff that is none of theirs."""
    for person, stream in ((CAROL, "db"), (DAN, "network")):
        sides.run("assign", "1001", "tl", person, "--stream", stream)
    over = datetime.now(UTC) - timedelta(minutes=1)
    propose(sides, replace(proposal(CAROL, BO, TECH_LEAD), stream="db", expires=over))
    assert ("IR015", TECH_LEAD) in rules(mine(sides, CAROL))
    assert ("IR015", TECH_LEAD) in rules(mine(sides, ANA))
    assert rules(mine(sides, DAN)) == set()


def test_a_waived_finding_is_nobody_s_to_act_on(sides: Sides, tmp_path: Path) -> None:
    """What somebody answers for until a day is not asked of the Incident Manager again."""
    expires = today() + timedelta(days=2)
    policy = policy_file(tmp_path, waivers=[waiver(rule="IR010", role=SCRIBE, expires=expires)])
    settings = {**policy, "DD_INCIDENT_ROLES_ME": ANA}
    found = rules(sides.product.run("status", "--mine", "--format", "json", **settings))
    assert ("IR010", TECH_LEAD) in found
    assert ("IR010", SCRIBE) not in found


def test_what_a_rule_could_not_decide_is_not_fine(sides: Sides) -> None:
    """A rule that lacks a fact about my incident makes the answer incomplete, as it does a check.

    It is said once, as something that was not read.
    """
    sides.forget("user")
    sides.sandbox.switch(users=Switch.FORBIDDEN)
    ran = mine(sides, ANA)
    assert ran.exit_code == 3
    assert any("IR002" in each["reason"] for each in ran.json()["not_read"])
    assert "IR099" not in {each["rule"] for each in ran.json()["findings"]}
    uninvolved = mine(sides, ANA, "1002")
    assert (uninvolved.exit_code, uninvolved.json()["not_read"]) == (0, [])


def test_somebody_whom_only_datadog_names_is_named(sides: Sides) -> None:
    """A giver who took the role in Datadog a moment ago is called by name."""
    sides.sandbox.add_person("fay@corp.example", "Fay")
    sides.sandbox.set_commander(1001, "fay@corp.example")
    propose(sides, proposal("fay@corp.example", CAROL, INCIDENT_MANAGER))
    [asked] = mine(sides, CAROL).json()["handoffs_to_answer"]
    assert asked["giver"] == {"email": "fay@corp.example", "name": "Fay"}


def test_a_private_incident_is_shown_to_its_own_people(sides: Sides) -> None:
    """I read the title of what I hold; what the check says of it stays as a check says it."""
    sides.sandbox.declare("Secret", severity="SEV-1", commander=DAN, private=True, public_id=1003)
    sides.run("sync")
    [role] = mine(sides, DAN).json()["roles"]
    assert role["incident"]["title"] == "Secret"
    assert "IR-1003 Secret" in table(sides, DAN).stdout
    assert all("Secret" not in each["message"] for each in mine(sides, DAN).json()["findings"])


def test_an_incident_that_cannot_be_read_is_shown_as_recorded(sides: Sides) -> None:
    """What I was recorded to hold is still said, and that it could not be read as well."""
    path = rf"/incidents/{sides.incident_id()}"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, count=None, status=403, path=path)
    ran = mine(sides, ANA, "1001")
    assert ran.exit_code == 3
    assert [role for _, role, _, _ in held(ran)] == [INCIDENT_MANAGER]
    assert [each["incident"] for each in ran.json()["not_read"]] == [1001]


def test_who_i_am_has_to_be_known(shared: Sides) -> None:
    """Keys of a service account are nobody: the command says how to tell who asks."""
    ran = shared.end_with(2, "status", "--mine")
    assert "DD_INCIDENT_ROLES_ME" in ran.stderr
    assert ran.stdout == ""


NOWHERE = "DD_INCIDENT_ROLES_API_URL"


class Words(HTMLParser):
    """The text of a page, in order, without its style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[str] = []
        self._is_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._is_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_style:
            self.all.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(self.all)


def page_of(sides: Sides, *options: str, exit_code: int = 0, **settings: str) -> str:
    """What is to be read on the page."""
    return Words(sides.end_with(exit_code, "board", *options, **settings).stdout).text


def test_the_open_incidents(sides: Sides) -> None:
    """The gravest first, with holders, empty roles, findings and what to type; nothing changes."""
    sides.run("assign", "1001", "scribe", CAROL)
    sides.run("handoff", "1001", "im", "--to", BO)
    before = sides.state()
    sides.sandbox.forget_requests()
    text = page_of(sides)
    assert text.index("IR-1001 Checkout fails") < text.index("IR-1002 Nightly report")
    assert "required roles are empty in 2 incidents" in text
    assert "dd-incident-roles assign 1002 im PERSON" in text
    scribe, manager = text.index("Scribe Carol since"), text.index("Incident Manager Bo since")
    assert manager < scribe, "in the order of the catalogue"
    assert "Ana from" in text, "who held it before is in the chart"
    assert "Carol" not in page_of(sides, "1002")
    assert "There is none to show" in page_of(sides, "--query", "state:completed")
    assert sides.sandbox.requests.writes() == []
    assert sides.state() == before


def test_a_file_is_private_and_replaced_in_one_step(sides: Sides, tmp_path: Path) -> None:
    """It holds names; what cannot be written is said, and the old page stays."""
    file = tmp_path / "board.html"
    file.write_text("old", "utf-8")
    file.chmod(0o644)
    ran = sides.run("board", "--output", str(file))
    assert (ran.stdout, ran.stderr) == ("", f"2 incidents written to {file}.\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text("utf-8").startswith("<!doctype html>")
    assert [each.name for each in tmp_path.glob("*board*")] == ["board.html"]
    sides.end_with(2, "board", "--output", str(tmp_path))
    sides.end_with(2, "board", "--output", str(tmp_path / "none" / "board.html"))


def test_without_datadog_it_shows_what_is_recorded(sides: Sides) -> None:
    """And says so, on the page and by its exit code; nothing looks clean."""
    sides.run("assign", "1001", "scribe", CAROL)
    nowhere = {NOWHERE: closed_port()}
    text = page_of(sides, exit_code=3, **nowhere)
    assert "Not read, so there may be more The list of incidents" in text
    assert text.count("Datadog could not be read; this is what is recorded here.") == 2
    assert "Scribe Carol since" in text
    assert "Nobody is" not in text, "what was not read was not judged"
    never = sides.product.beside("new.sqlite3")
    ran = never.run("board", **nowhere)
    assert ran.exit_code == 3
    assert "Not everything could be read" in ran.stdout
    assert "No incident is open" not in ran.stdout


def test_one_that_cannot_be_read(sides: Sides) -> None:
    """The others are shown as they are, and what is missing is named."""
    path = f"/incidents/{sides.incident_id(1002)}"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="GET", path=path, count=None, status=500)
    text = page_of(sides, exit_code=3)
    assert "IR-1002 :" in text
    assert text.count("this is what is recorded here.") == 1
    assert "Incident Manager Ana" in text


def test_a_private_incident(sides: Sides, tmp_path: Path) -> None:
    """Neither its title nor its people are on the page, unless the policy shows private ones."""
    sides.sandbox.declare(
        "A secret merger", severity="SEV-2", commander=ANA, private=True, public_id=1003
    )
    sides.run("sync")
    sides.run("unassign", "1001", "im")
    text = page_of(sides)
    assert "IR-1003 Private incident" in text
    assert "Incident Manager someone" in text
    assert "merger" not in text
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nprivate_incidents: shown\n", "utf-8")
    text = page_of(sides, DD_INCIDENT_ROLES_POLICY=str(policy))
    assert "IR-1003 A secret merger" in text
    assert "Incident Manager Ana" in text


def test_the_library_is_asked_for_first(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, what to install is said before anybody waits for Datadog."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    ran = sides.end_with(2, "board")
    assert "pip install 'dd-incident-roles[board]'" in ran.stderr
    assert sides.sandbox.requests.count() == 0
