"""What Datadog refuses or cannot get yet waits in its incident: said in each run, sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sync.state import Put
from tests.endtoend.agreement import (
    ANA,
    BO,
    CAROL,
    DAN,
    FIRST_RESPONDER,
    INCIDENT_MANAGER,
    SCRIBE,
    Sides,
)
from tests.product import Product, Ran

FIRST = "First Responder"


@pytest.fixture
def sides(product: Product, sandbox: Sandbox) -> Sides:
    """Both sides after a first sync; Datadog has the role of First Responder for one person."""
    sandbox.define_role(FIRST, is_single=True)
    assert product.run("sync").exit_code == 0
    sandbox.forget_requests()
    return Sides(product, sandbox)


@pytest.fixture
def second(sides: Sides) -> Sides:
    """A second First Responder was given here, which Datadog refuses."""
    sides.run("assign", "1001", FIRST, BO)
    ran = sides.end_with(3, "assign", "1001", FIRST, CAROL)
    assert "role can only be held by one responder" in ran.stderr
    assert "dd-incident-roles sync 1001 --retry-refused" in ran.stderr
    return sides


def sync(sides: Sides, *arguments: str, **settings: str) -> tuple[Ran, Any]:
    """One run, and its document."""
    ran = sides.product.run("sync", *arguments, "--format", "json", **settings)
    return ran, ran.json()


def let_pass(sides: Sides, length: timedelta) -> None:
    """Let so much time pass since everything that rests in the incident was tried."""
    incident_id = sides.incident_id()
    with sides.product.record() as record:
        rows = record.state(incident_id, "datadog").refused
        assert rows
        earlier = [
            Put(replace(row, first=row.first - length, last=row.last - length)) for row in rows
        ]
        record.commit(incident_id, "datadog", earlier)


def assert_rests(sides: Sides, tries: int = 1, *, timeline: str = "off") -> Any:
    """Runs send nothing, exit with 0, and say each time what Datadog refuses."""
    sides.sandbox.forget_requests()
    found: list[Any] = []
    for _ in range(2):
        ran, document = sync(sides, DD_INCIDENT_ROLES_TIMELINE=timeline)
        assert ran.exit_code == 0, ran.said
        assert (document["changes"], document["failures"]) == ([], [])
        found += document["refused_writes"]
    assert sides.sandbox.requests.writes() == []
    first, second = found
    assert first == second
    assert first["tries"] == tries
    return first


def assert_sent_again(sides: Sides, *arguments: str) -> None:
    """A run sends it once more, which is refused once more: exit 3."""
    sides.sandbox.forget_requests()
    ran, document = sync(sides, *arguments)
    assert ran.exit_code == 3
    assert len(sides.sandbox.requests.writes()) == 1
    assert len(document["failures"]) == len(document["refused_writes"]) == 1


def test_a_second_holder_of_a_role_for_one(second: Sides) -> None:
    """A 409 is exit 3 once, and rests from then on.

    A person reads what is refused, why, when it is tried again, and what to type.
    """
    refused = assert_rests(second)
    assert (refused["incident"], refused["target"]) == (1001, "datadog")
    assert (refused["op"], refused["what"]) == ("assign", "assignment")
    assert refused["role"] == FIRST_RESPONDER
    assert refused["summary"] == "to make Carol First Responder"
    assert "409" in refused["reason"]
    assert second.recorded(FIRST_RESPONDER) == [BO, CAROL]
    assert second.shown(FIRST_RESPONDER) == [BO]
    said = second.product.run("sync").said
    assert "IR-1001  Datadog refuses to make Carol First Responder (tried once" in said
    row = second.row(FIRST_RESPONDER)
    assert row["targets"] == {"datadog": "pending"}
    assert "role can only be held by one responder" in row["reasons"]["datadog"]
    said = second.product.run("status", "1001").said
    assert "Datadog refuses to make Carol First Responder: Datadog refused writing" in said
    assert "dd-incident-roles sync 1001 --retry-refused" in said


def test_check_finds_it_until_it_is_settled(second: Sides) -> None:
    """IR016 names it, IR014 its cause; a snapshot has both, and neither is there once mended."""
    rules = ("--select", "IR014,IR016", "--format", "json")
    ran = second.end_with(1, "check", *rules)
    cause, found = sorted(ran.json()["findings"], key=lambda each: each["rule"])
    assert (found["rule"], found["name"], found["level"]) == ("IR016", "write-refused", "error")
    assert "to make Carol First Responder" in found["message"]
    assert found["fix"] == "dd-incident-roles sync 1001 --retry-refused"
    assert (cause["rule"], cause["level"]) == ("IR014", "warning")
    assert "only one person as First Responder" in cause["message"]

    snapshot = second.product.store.with_name("snapshot.json")
    second.run("snapshot", "--output", str(snapshot))
    kept = second.product.run("check", "--snapshot", str(snapshot), *rules).json()["findings"]
    assert {each["fingerprint"] for each in kept} == {cause["fingerprint"], found["fingerprint"]}

    second.sandbox.define_role(FIRST, is_single=False)
    with second.product.record() as record:
        record.forget_cached("role_definitions")
    second.run("sync")
    second.assert_agreed(FIRST_RESPONDER, [BO, CAROL])
    assert second.product.run("check", *rules).json()["findings"] == []


def test_an_hour_later_and_two_hours_after_that(second: Sides) -> None:
    """It is sent again after an hour, and then not before two more have passed."""
    let_pass(second, timedelta(minutes=59))
    assert_rests(second)
    let_pass(second, timedelta(minutes=1))
    assert_sent_again(second)
    let_pass(second, timedelta(minutes=119))
    assert_rests(second, tries=2)
    let_pass(second, timedelta(minutes=1))
    assert_sent_again(second)
    assert_rests(second, tries=3)


def test_a_person_repeats_the_command(second: Sides) -> None:
    """The command is carried out as if for the first time; so is a run that is told to."""
    second.sandbox.forget_requests()
    second.end_with(3, "assign", "1001", FIRST, CAROL)
    assert len(second.sandbox.requests.writes()) == 1
    assert_rests(second, tries=2)
    assert_sent_again(second, "--retry-refused")
    second.run("assign", "1001", "scribe", DAN)
    assert second.shown(SCRIBE) == [DAN]


def test_datadog_shows_something_else(second: Sides) -> None:
    """Once the first holder has left the role in Datadog, the second one gets it."""
    second.sandbox.take_role(1001, FIRST, BO)
    second.settle()
    assert second.shown(FIRST_RESPONDER) == [CAROL]
    second.assert_agreed(FIRST_RESPONDER, [CAROL])
    assert sync(second)[1]["refused_writes"] == []


def test_nobody_wants_it_any_more(second: Sides) -> None:
    """What was refused is forgotten with the wish, and counts from the start after that.

    Once people did it in Datadog, both sides agree and nothing rests any more.
    """
    second.run("unassign", "1001", FIRST, CAROL)
    ran, document = sync(second)
    assert (ran.exit_code, document["refused_writes"]) == (0, [])
    second.assert_agreed(FIRST_RESPONDER, [BO])
    second.end_with(3, "assign", "1001", FIRST, CAROL)
    assert_rests(second, tries=1)
    second.sandbox.define_role(FIRST, is_single=False)
    second.sandbox.give_role(1001, FIRST, CAROL)
    ran, document = sync(second)
    assert (ran.exit_code, document["refused_writes"]) == (0, [])
    second.assert_agreed(FIRST_RESPONDER, [BO, CAROL])


def test_a_deactivated_account(sides: Sides) -> None:
    """A 400 to the responder rests with the role that waits for it, which is not sent alone."""
    sides.run("assign", "1001", "scribe", DAN, "--no-sync")
    sides.sandbox.set_status(DAN, "Disabled")
    ran, document = sync(sides)
    assert ran.exit_code == 3
    assert [failure["incident"] for failure in document["failures"]] == [1001]
    refused = assert_rests(sides)
    assert (refused["op"], refused["what"]) == ("create", "responder")
    assert refused["summary"] == "to add Dan to the responders"
    assert sides.row(SCRIBE)["targets"] == {"datadog": "pending"}
    assert "reasons" in sides.row(SCRIBE)

    sides.sandbox.set_status(DAN, "Active")
    ran, document = sync(sides, "--retry-refused")
    assert (ran.exit_code, document["refused_writes"]) == (0, [])
    sides.assert_agreed(SCRIBE, [DAN])


def test_one_incident_is_forbidden(sides: Sides) -> None:
    """A 403 to a write of one incident stops neither the others nor the rest of its own."""
    path = f"/incidents/{sides.incident_id(1001)}$"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="PATCH", path=path, count=None, status=403)
    for arguments in (("1001", "im", BO), ("1001", "scribe", CAROL), ("1002", "im", DAN)):
        sides.run("assign", *arguments, "--no-sync")
    ran, document = sync(sides)
    assert ran.exit_code == 3
    assert [failure["incident"] for failure in document["failures"]] == [1001]
    assert sides.shown(INCIDENT_MANAGER) == [ANA]
    assert sides.shown(SCRIBE) == [CAROL]
    assert sides.shown(INCIDENT_MANAGER, 1002) == [DAN]
    refused = assert_rests(sides)
    assert refused["what"] == "commander"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_entry_that_cannot_be_changed(sides: Sides, method: str) -> None:
    """A 409 on one entry rests, and other entries go on."""
    on = {"DD_INCIDENT_ROLES_TIMELINE": "auto"}
    for text in ("Looking", "Found it"):
        sides.run("timeline", "add", "1001", text, **on)
    shown = sides.product.run("timeline", "list", "1001", "--format", "json", **on).json()
    looking, found = (entry for entry in shown["entries"] if entry["kind"] == "note")
    first, second = looking["id"], found["id"]
    path = f"/timeline/{looking['targets']['datadog']['id']}"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method=method, path=path, count=None, status=409)
    change = ("edit", "1001", first, "Looked") if method == "PATCH" else ("delete", "1001", first)
    sides.end_with(3, "timeline", *change, **on)
    refused = assert_rests(sides, timeline="auto")
    assert (refused["what"], refused["entry"]) == ("entry", first)
    assert first in refused["summary"]
    sides.run("timeline", "edit", "1001", second, "Mended", **on)
    assert [note for note in sides.sandbox.notes(1001) if note.startswith("Mended")]
    said = sides.product.run("status", "1001", **on).said
    assert f"the entry {first}" in said


TIMELINE = {"DD_INCIDENT_ROLES_TIMELINE": "auto"}


@pytest.fixture
def resolved(sides: Sides) -> Sides:
    """Both sides know that 1001 is resolved."""
    sides.sandbox.set_state(1001, "resolved")
    sides.run("sync", **TIMELINE)
    assert requests_about(sides) > 0
    sides.run("sync", **TIMELINE)
    assert requests_about(sides) == 0
    return sides


def requests_about(sides: Sides, public_id: int = 1001) -> int:
    """How many requests were about one incident since this was asked last."""
    count = sides.sandbox.requests.count(path=sides.incident_id(public_id))
    sides.sandbox.forget_requests()
    return count


def test_what_is_recorded_for_a_resolved_incident(resolved: Sides) -> None:
    """It goes with the next run; after that, or where it cannot go, the incident is at rest."""
    resolved.run("timeline", "add", "1001", "The cause was a full disk", "--no-sync", **TIMELINE)
    requests_about(resolved)
    resolved.run("sync")
    assert requests_about(resolved) > 0
    for _ in range(2):
        resolved.run("sync")
    assert requests_about(resolved) == 0, "while the timeline is off a note cannot go"
    resolved.run("assign", "1001", "scribe", DAN, "--no-sync")
    resolved.run("sync")
    assert resolved.shown(SCRIBE) == [DAN]

    resolved.run("assign", "1001", "scribe", CAROL, "--no-sync", **TIMELINE)
    requests_about(resolved)
    changes = resolved.run("sync", "--format", "json", **TIMELINE).json()["changes"]
    assert {change["incident"] for change in changes} == {1001}
    assert any("full disk" in note for note in resolved.sandbox.notes(1001))
    assert resolved.shown(SCRIBE) == [CAROL]
    requests_about(resolved)
    for _ in range(2):
        resolved.run("sync", **TIMELINE)
    assert requests_about(resolved) == 0


def test_a_failure_in_the_last_pass(sides: Sides) -> None:
    """An incident is resolved while a write of it fails: later runs carry on until it is done."""
    sides.run("assign", "1001", "im", BO, "--no-sync")
    sides.sandbox.set_state(1001, "resolved")
    path = f"/incidents/{sides.incident_id()}$"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="PATCH", path=path, count=2, status=502)
    assert [sides.product.run("sync").exit_code for _ in range(3)] == [3, 3, 0]
    assert sides.shown(INCIDENT_MANAGER) == [BO]
    sides.run("sync")
    requests_about(sides)
    sides.run("sync")
    assert requests_about(sides) == 0


def test_a_refused_write_of_a_resolved_incident(resolved: Sides) -> None:
    """It is exit 3 once; then it is neither sent nor read until its time has come."""
    resolved.sandbox.define_role("First Responder", is_single=True)
    resolved.sandbox.give_role(1001, "First Responder", BO)
    resolved.run("assign", "1001", "fr", CAROL, "--no-sync")
    resolved.end_with(3, "sync")
    requests_about(resolved)
    for _ in range(3):
        resolved.run("sync")
    assert requests_about(resolved) == 0


def test_a_waiting_incident_that_is_gone(resolved: Sides) -> None:
    """An incident that Datadog does not show any more is no failure, and rests as well."""
    resolved.run("assign", "1001", "scribe", CAROL, "--no-sync")
    path = f"/incidents/{resolved.incident_id()}"
    resolved.sandbox.fault(FaultKind.STATUS_BEFORE, path=path, count=None, status=404)
    requests_about(resolved)
    assert [resolved.product.run("sync").exit_code for _ in range(4)] == [0, 0, 0, 0]
    assert requests_about(resolved) <= 2


@pytest.fixture
def waiting(sides: Sides) -> Sides:
    """Both sides with a change of Incident Manager that waits in each of three incidents."""
    sides.sandbox.declare("A third one", severity="SEV-2", commander=BO, public_id=1003)
    sides.run("sync")
    for public_id, email in ((1001, CAROL), (1002, CAROL), (1003, DAN)):
        sides.run("assign", str(public_id), "im", email, "--no-sync")
    sides.sandbox.forget_requests()
    return sides


@pytest.mark.parametrize("kind", [FaultKind.HTML, FaultKind.STATUS_BEFORE])
@pytest.mark.parametrize("part", ["GET", "PATCH"])
def test_the_others_are_read_and_synced(waiting: Sides, kind: FaultKind, part: str) -> None:
    """Exit 3 names the incident; the others are shown and done, and it is done by the next run."""
    path = f"/incidents/{waiting.incident_id(1002)}"
    waiting.sandbox.fault(kind, method=part, path=path, count=None, status=500)
    if (kind, part) == (FaultKind.HTML, "GET"):
        shown = waiting.end_with(3, "status", "--format", "json").json()
        assert {row["public_id"] for row in shown["incidents"]} == {1001, 1002, 1003}
        options = ("--fail-on", "never", "--format", "json")
        checked = waiting.end_with(3, "check", *options).json()
        assert [gap["incident"] for gap in checked["not_evaluated"]] == [1002]
        assert checked["evaluated"] == 2
    done = waiting.end_with(3, "sync", "--format", "json").json()
    assert {failure["incident"] for failure in done["failures"]} == {1002}
    assert {change["incident"] for change in done["changes"]} == {1001, 1003}
    assert waiting.shown(INCIDENT_MANAGER, 1001) == [CAROL]
    assert waiting.shown(INCIDENT_MANAGER, 1003) == [DAN]
    assert waiting.shown(INCIDENT_MANAGER, 1002) == []

    waiting.sandbox.clear_faults()
    waiting.run("sync")
    assert waiting.shown(INCIDENT_MANAGER, 1002) == [CAROL]
    waiting.assert_quiet()


def test_an_incident_that_is_gone(waiting: Sides) -> None:
    """An incident that was named and is not there fails alone, too."""
    nowhere = "00000000-0000-4000-8000-000000000001"
    ran = waiting.end_with(3, "sync", nowhere, "1001", "--format", "json")
    assert [failure["incident"] for failure in ran.json()["failures"]] == [nowhere]
    assert waiting.shown(INCIDENT_MANAGER, 1001) == [CAROL]
