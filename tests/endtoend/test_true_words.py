"""What is said is so: of what nobody could look at, of proposals that are over, of the past."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE
from tests.endtoend.handovers import Desk
from tests.product import Clock, closed_port

ACCEPT = ("handoff", "accept", "1001", "im")
MINE = ("status", "--mine", "--format", "json")
ASK_AGAIN = f"dd-incident-roles handoff 1001 im {BO} --propose"


def states(desk: Desk, *command: str, **settings: str) -> dict[str, str]:
    """How each role or entry stands in Datadog, by its key or text."""
    ran = desk.sides.product.run(*command, "1001", "--format", "json", **settings).json()
    rows: list[Any] = ran["entries"] if "entries" in ran else ran["incidents"][0]["roles"]
    shown = {row.get("role") or row["text"]: row["targets"]["datadog"] for row in rows}
    return {key: at if isinstance(at, str) else at["state"] for key, at in shown.items()}


def test_what_nobody_could_look_at_is_not_known(desk: Desk) -> None:
    """Only what was recorded and surely not sent is pending while Datadog cannot be read."""
    down = {"DD_INCIDENT_ROLES_API_URL": closed_port()}
    desk.run("timeline", "add", "1001", "sent")
    desk.run("timeline", "add", "1001", "waits", "--no-sync")
    desk.run("assign", "1001", "scribe", CAROL, "--no-sync")
    roles = states(desk, "status", **down)
    assert roles.pop(SCRIBE) == "pending"
    assert set(roles.values()) == {"not_known"}
    entries = states(desk, "timeline", "list", **down)
    assert (entries["sent"], entries["waits"]) == ("not_known", "pending")
    desk.sides.sandbox.switch(timeline=Switch.FORBIDDEN)
    listed = desk.run("timeline", "list", "1001", "--format", "json").json()["entries"]
    [sent] = [each for each in listed if each["text"] == "sent"]
    assert sent["targets"]["datadog"]["state"] == "not_known"


def test_an_expired_proposal_says_so_and_offers_what_works(desk: Desk, clock: Clock) -> None:
    """Nobody is sent to accept what can be accepted no more; each printed command ends well."""
    desk.propose(BO)
    clock.move(minutes=20)
    shown = desk.run("status", "1001").stdout
    assert "that expired at" in shown
    assert "handoff accept" not in shown
    [owed] = desk.run(*MINE, me=BO).json()["handoffs_to_answer"]
    assert owed["command"] == "dd-incident-roles handoff decline 1001 im"
    refused = desk.run(*ACCEPT, me=BO)
    assert refused.exit_code == 2
    for said in (shown, refused.stderr):
        assert ASK_AGAIN in " ".join(said.split())
    assert desk.run(*ASK_AGAIN.split()[1:]).exit_code == 0
    assert desk.run(*ACCEPT, me=BO).exit_code == 0


def test_both_are_told_of_a_proposal_that_is_void(desk: Desk) -> None:
    """The giver at once, the receiver where they look; the timeline tells everybody."""
    desk.propose(BO)
    assert (
        "Bo was asked to take over Incident Manager"
        in desk.hand("1001", "im", "--to", CAROL).stderr
    )
    assert any("Bo is no longer asked to take it over" in each.text for each in desk.entries)
    for me in (ANA, BO):
        [void] = desk.run(*MINE, me=me).json()["handoffs_void"]
        assert void["receiver"]["email"] == BO
    refused = desk.run(*ACCEPT, me=BO).stderr
    assert "was ended by another change of the role at" in refused
    assert "by Ana" in refused


def test_a_correction_to_nobody_is_in_the_history(desk: Desk, clock: Clock) -> None:
    """As a row of its own with its reason, and the holder around it."""
    clock.move(minutes=10)
    since, until = (clock() - timedelta(minutes=each) for each in (5, 3))
    times = ("--from", since.isoformat(), "--until", until.isoformat())
    desk.run("correct", "1001", "im", "nobody", *times, "--reason", "Ana was asleep")
    told = desk.run("history", "1001", "--role", "im", "--format", "json").json()
    [emptied] = told["emptied"]
    before, after = told["rows"]
    assert before["from"] is None
    # She was not first seen at the moment at which somebody says that she was there again.
    assert (after["from"], after["seen"]) == (emptied["until"], None)
    assert (emptied["role"], emptied["reason"]) == (INCIDENT_MANAGER, "Ana was asleep")
    for shape in ("table", "csv"):
        lines = desk.run("history", "1001", "--format", shape).stdout.splitlines()
        assert any("nobody" in line and "asleep" in line for line in lines)


def test_assign_warns_of_what_the_check_will_find(desk: Desk) -> None:
    """In the words of the check; and of an incident that nobody works on any more."""
    warned = desk.run("assign", "1001", "tl", ANA)
    assert warned.exit_code == 0
    [found] = desk.run("check", "1001", "--select", "IR012", "--format", "json").json()["findings"]
    assert f"Warning: check reports error IR012: {found['message']}" in warned.stderr
    assert "IR012" not in desk.run("assign", "1001", "tl", BO).stderr
    desk.sides.sandbox.set_state(1001, "resolved")
    desk.sync()
    assert "Warning: IR-1001 is resolved" in desk.run("assign", "1001", "scribe", BO).stderr


def test_a_brief_quotes_no_request(desk: Desk) -> None:
    """That the tasks could not be read is said in plain words, here and in the timeline."""
    desk.sides.sandbox.fault(
        FaultKind.STATUS_BEFORE, method="GET", path=r"/todos$", count=None, status=404
    )
    told = desk.hand("1001", "im", "--to", BO)
    mine = desk.run("status", "--mine", "1001", me=BO)
    for said in (told.said, mine.said, *(each.text for each in desk.entries)):
        assert "/api/" not in said
        assert "private incident" not in said
    assert "not known" in told.stdout
