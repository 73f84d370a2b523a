"""What was recorded for an incident goes to Datadog, whatever state the incident is in by then."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import BO, CAROL, DAN, INCIDENT_MANAGER, SCRIBE, Sides

TIMELINE = {"DD_INCIDENT_ROLES_TIMELINE": "auto"}


@pytest.fixture
def resolved(sides: Sides) -> Sides:
    """Both sides know that 1001 is resolved."""
    sides.sandbox.set_state(1001, "resolved")
    assert sides.product.run("sync", **TIMELINE).exit_code == 0
    assert requests_about(sides) > 0
    assert sides.product.run("sync", **TIMELINE).exit_code == 0
    assert requests_about(sides) == 0
    return sides


def requests_about(sides: Sides, public_id: int = 1001) -> int:
    """How many requests were about one incident since this was asked last."""
    incident_id = sides.incident_id(public_id)
    count = sum(incident_id in each.path for each in sides.sandbox.requests.entries)
    sides.sandbox.forget_requests()
    return count


def test_a_note_and_a_role_of_a_resolved_incident(resolved: Sides) -> None:
    """They go with the next run; after that the incident costs no request."""
    for command in (
        ("timeline", "add", "1001", "The cause was a full disk", "--no-sync"),
        ("assign", "1001", "scribe", CAROL, "--no-sync"),
    ):
        assert resolved.product.run(*command, **TIMELINE).exit_code == 0
    requests_about(resolved)
    ran = resolved.product.run("sync", "--format", "json", **TIMELINE)
    assert ran.exit_code == 0, ran.said
    assert {change["incident"] for change in ran.json()["changes"]} == {1001}
    assert any("full disk" in note for note in resolved.sandbox.notes(1001))
    assert resolved.shown(SCRIBE) == [CAROL]
    requests_about(resolved)
    for _ in range(2):
        assert resolved.product.run("sync", **TIMELINE).exit_code == 0
    assert requests_about(resolved) == 0


def test_a_failure_in_the_last_pass(sides: Sides) -> None:
    """An incident is resolved while a write of it fails: later runs carry on until it is done."""
    assert sides.product.run("assign", "1001", "im", BO, "--no-sync").exit_code == 0
    sides.sandbox.set_state(1001, "resolved")
    path = f"/incidents/{sides.incident_id()}$"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="PATCH", path=path, count=2, status=502)
    assert [sides.product.run("sync").exit_code for _ in range(3)] == [3, 3, 0]
    assert sides.shown(INCIDENT_MANAGER) == [BO]
    assert sides.product.run("sync").exit_code == 0
    requests_about(sides)
    assert sides.product.run("sync").exit_code == 0
    assert requests_about(sides) == 0


def test_what_cannot_be_carried_is_not_read_for_ever(resolved: Sides) -> None:
    """Where the timeline is off a note cannot go: the incident is read once, and then rests."""
    ran = resolved.product.run("timeline", "add", "1001", "Too late", "--no-sync", **TIMELINE)
    assert ran.exit_code == 0
    requests_about(resolved)
    assert resolved.product.run("sync").exit_code == 0
    assert requests_about(resolved) > 0
    for _ in range(3):
        assert resolved.product.run("sync").exit_code == 0
    assert requests_about(resolved) == 0
    ran = resolved.product.run("assign", "1001", "scribe", DAN, "--no-sync")
    assert resolved.product.run("sync").exit_code == 0
    assert resolved.shown(SCRIBE) == [DAN]


def test_a_refused_write_of_a_resolved_incident(resolved: Sides) -> None:
    """It is exit 3 once; then it is neither sent nor read until its time has come."""
    resolved.sandbox.define_role("First Responder", is_single=True)
    resolved.sandbox.give_role(1001, "First Responder", BO)
    assert resolved.product.run("assign", "1001", "fr", CAROL, "--no-sync").exit_code == 0
    assert resolved.product.run("sync").exit_code == 3
    requests_about(resolved)
    for _ in range(3):
        assert resolved.product.run("sync").exit_code == 0
    assert requests_about(resolved) == 0


def test_a_waiting_incident_that_is_gone(resolved: Sides) -> None:
    """An incident that Datadog does not show any more is no failure, and rests as well."""
    ran = resolved.product.run("assign", "1001", "scribe", CAROL, "--no-sync")
    assert ran.exit_code == 0
    path = f"/incidents/{resolved.incident_id()}"
    resolved.sandbox.fault(FaultKind.STATUS_BEFORE, path=path, count=None, status=404)
    requests_about(resolved)
    assert [resolved.product.run("sync").exit_code for _ in range(4)] == [0, 0, 0, 0]
    assert requests_about(resolved) <= 2
