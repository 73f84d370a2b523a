"""What waits for Datadog in one incident: it goes there in whatever state, and stops no other."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import BO, CAROL, DAN, INCIDENT_MANAGER, SCRIBE, Sides

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
