"""A handoff that waits is seen by whoever looks at the incident."""

from __future__ import annotations

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import BO, CAROL, Sides


def test_status_says_who_was_asked(sides: Sides) -> None:
    """Status tells who is responsible meanwhile, and what the receiver types."""
    assert sides.product.run("handoff", "1001", "im", "--to", BO, "--propose").exit_code == 0
    shown = sides.product.run("status", "1001").stdout
    assert "Bo was asked to take over Incident Manager and is to answer by" in shown
    assert "Ana is responsible until then" in shown
    assert "dd-incident-roles handoff accept 1001 im" in shown
    sides.product.run("assign", "1001", "im", BO)
    assert "was asked to take over" not in sides.product.run("status", "1001").stdout


def test_whoever_was_looked_up_is_known_at_once(sides: Sides) -> None:
    """A name that a command found is recorded, and serves while Datadog cannot be asked."""
    assert sides.product.run("assign", "1001", "im", BO, "--no-sync").exit_code == 0
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, path="/users", count=None)
    assert sides.product.run("assign", "1001", "scribe", BO, "--no-sync").exit_code == 0
    with sides.product.record() as record:
        assert {person.name for person in record.people()} >= {"Bo"}


def test_nobody_is_asked_for_what_changed_hands(sides: Sides) -> None:
    """Where the role went to somebody else in Datadog, the receiver owes no answer any more."""
    assert sides.product.run("handoff", "1001", "im", "--to", BO, "--propose").exit_code == 0

    def asked() -> int:
        ran = sides.product.run("status", "--mine", "--format", "json", DD_INCIDENT_ROLES_ME=BO)
        return len(ran.json()["handoffs_to_answer"])

    assert asked() == 1
    sides.sandbox.set_commander(1001, CAROL)
    assert sides.product.run("sync").exit_code == 0
    assert asked() == 0
