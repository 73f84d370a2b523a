"""One incident cannot be read or written: it alone is left for the next run."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import BO, CAROL, DAN, INCIDENT_MANAGER, Sides


@pytest.fixture
def waiting(sides: Sides) -> Sides:
    """Both sides with a change of Incident Manager that waits in each of three incidents."""
    sides.sandbox.declare("A third one", severity="SEV-2", commander=BO, public_id=1003)
    assert sides.product.run("sync").exit_code == 0
    for public_id, email in ((1001, CAROL), (1002, CAROL), (1003, DAN)):
        ran = sides.product.run("assign", str(public_id), "im", email, "--no-sync")
        assert ran.exit_code == 0
    sides.sandbox.forget_requests()
    return sides


@pytest.mark.parametrize("kind", [FaultKind.HTML, FaultKind.STATUS_BEFORE])
@pytest.mark.parametrize("part", ["GET", "PATCH"])
def test_the_others_are_synced(waiting: Sides, kind: FaultKind, part: str) -> None:
    """Exit 3 names the incident; the others are done, and it is done by the next run."""
    path = f"/incidents/{waiting.incident_id(1002)}"
    waiting.sandbox.fault(kind, method=part, path=path, count=None, status=500)
    ran = waiting.product.run("sync", "--format", "json")
    assert ran.exit_code == 3
    assert {failure["incident"] for failure in ran.json()["failures"]} == {1002}
    assert {change["incident"] for change in ran.json()["changes"]} == {1001, 1003}
    assert waiting.shown(INCIDENT_MANAGER, 1001) == [CAROL]
    assert waiting.shown(INCIDENT_MANAGER, 1003) == [DAN]
    assert waiting.shown(INCIDENT_MANAGER, 1002) == []

    waiting.sandbox.clear_faults()
    assert waiting.product.run("sync").exit_code == 0
    assert waiting.shown(INCIDENT_MANAGER, 1002) == [CAROL]
    waiting.assert_quiet()


@pytest.mark.parametrize("command", ["status", "check"])
def test_the_others_are_shown(waiting: Sides, command: str) -> None:
    """Reading commands tell about the others, name the one, and exit with 3."""
    path = f"/incidents/{waiting.incident_id(1002)}"
    waiting.sandbox.fault(FaultKind.HTML, method="GET", path=path, count=None)
    arguments = ["--fail-on", "never"] if command == "check" else []
    ran = waiting.product.run(command, *arguments, "--format", "json")
    assert ran.exit_code == 3
    document = ran.json()
    if command == "check":
        assert [gap["incident"] for gap in document["not_evaluated"]] == [1002]
        assert document["evaluated"] == 2
    else:
        assert {row["public_id"] for row in document["incidents"]} == {1001, 1002, 1003}


def test_an_incident_that_is_gone(waiting: Sides) -> None:
    """An incident that was named and is not there fails alone, too."""
    nowhere = "00000000-0000-4000-8000-000000000001"
    ran = waiting.product.run("sync", nowhere, "1001", "--format", "json")
    assert ran.exit_code == 3
    assert [failure["incident"] for failure in ran.json()["failures"]] == [nowhere]
    assert waiting.shown(INCIDENT_MANAGER, 1001) == [CAROL]
