"""A dry run tells what a run would do, and leaves both sides as they are."""

from __future__ import annotations

import pytest

from dd_incident_roles.sync.state import IncidentState
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE, Sides


@pytest.fixture
def pending(sides: Sides) -> Sides:
    """Both sides with a scribe chosen here and a commander chosen in Datadog."""
    assert sides.product.run("assign", "1001", "scribe", CAROL, "--no-sync").exit_code == 0
    sides.sandbox.set_commander(1001, BO)
    sides.sandbox.forget_requests()
    return sides


def everything(sides: Sides) -> IncidentState:
    """All that the record knows about the roles of the outage, its own notes included."""
    with sides.product.record() as record:
        return record.state(sides.incident_id(), "datadog")


def test_nothing_is_written(pending: Sides) -> None:
    """Neither Datadog nor the record changes, however often it is run."""
    before = everything(pending)
    for _ in range(2):
        ran = pending.product.run("sync", "--dry-run", "--format", "json")
        assert ran.exit_code == 0
        assert ran.json()["dry_run"] is True
        assert set(ran.json()["requests"]) == {"GET"}
    assert pending.sandbox.requests.writes() == []
    assert everything(pending) == before
    assert pending.recorded(INCIDENT_MANAGER) == [ANA]
    assert pending.shown(SCRIBE) == []


def test_it_tells_what_a_run_then_does(pending: Sides) -> None:
    """The changes of the dry run are those of the real one that follows."""
    foretold = pending.product.run("sync", "--dry-run", "--format", "json").json()["changes"]
    done = pending.product.run("sync", "--format", "json").json()["changes"]
    assert foretold == done
    assert {(change["target"], change["op"]) for change in done} == {
        ("record", "handover"),
        ("datadog", "create"),
        ("datadog", "assign"),
    }


def test_the_guard_speaks_in_a_dry_run(sides: Sides) -> None:
    """What would be refused is refused already, with the same exit code."""
    sides.product.run("unassign", "1001", "im", "--no-sync")
    ran = sides.product.run("sync", "--dry-run")
    assert ran.exit_code == 4
    assert "--allow-deletes 1" in ran.said


def test_an_absence_is_not_counted_by_a_dry_run(sides: Sides) -> None:
    """A look that may write nothing cannot be the first of the two that an absence takes."""
    sides.sandbox.set_commander(1001, None)
    for _ in range(3):
        assert sides.product.run("sync", "--dry-run").exit_code == 0
    assert sides.product.run("sync").exit_code == 0
    assert sides.recorded(INCIDENT_MANAGER) == [ANA]


@pytest.mark.parametrize("command", [["status"], ["check", "--fail-on", "never"]])
def test_looking_changes_nothing(pending: Sides, command: list[str]) -> None:
    """The commands that only read leave both sides as they are."""
    before = everything(pending)
    assert pending.product.run(*command).exit_code == 0
    assert pending.sandbox.requests.writes() == []
    assert everything(pending) == before
