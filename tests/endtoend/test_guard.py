"""What would strip an incident of its holders is held back, and can be insisted on."""

from __future__ import annotations

import pytest

from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE, INCIDENT_MANAGER, Sides
from tests.product import Ran

REFUSED = 4
HELD = {
    "Scribe": CAROL,
    "Backup Incident Manager": DAN,
    "Customer Support Lead": EVE,
    "Tech Lead": BO,
    "First Responder": BO,
}
ROLES = {title: title.lower().replace(" ", "_") for title in HELD}


@pytest.fixture
def staffed(sides: Sides) -> Sides:
    """Both sides with somebody in every role."""
    for title, email in HELD.items():
        assert sides.product.run("assign", "1001", title, email).exit_code == 0
    sides.assert_quiet()
    sides.sandbox.forget_requests()
    return sides


def everybody(sides: Sides) -> dict[str, list[str]]:
    """Who holds what by the record."""
    return {title: sides.recorded(role) for title, role in ROLES.items()}


def everybody_shown(sides: Sides) -> dict[str, list[str]]:
    """Who holds what by what Datadog shows."""
    return {title: sides.sandbox.holders(1001, title) for title in HELD}


def assert_refused(ran: Ran, count: int) -> None:
    """The guard held something back, and names the flag that lets it through."""
    assert ran.exit_code == REFUSED
    assert f"--allow-deletes {count}" in ran.said


FULL = {title: [email] for title, email in HELD.items()}
EMPTY: dict[str, list[str]] = {title: [] for title in HELD}


def test_holders_who_vanish_from_datadog(staffed: Sides) -> None:
    """Everybody is gone from Datadog at once: nothing is ended here until somebody insists."""
    for title, email in HELD.items():
        staffed.sandbox.take_role(1001, title, email)
    assert staffed.product.run("sync").exit_code == 0
    before = staffed.state()
    assert_refused(staffed.product.run("sync"), len(HELD))
    assert staffed.state() == before
    assert everybody(staffed) == FULL

    [refused] = staffed.product.run("sync", "--format", "json").json()["refused"]
    assert (refused["incident"], refused["target"]) == (1001, "datadog")
    assert_refused(staffed.product.run("sync", "--allow-deletes", "2"), len(HELD))
    assert everybody(staffed) == FULL

    assert staffed.product.run("sync", "--allow-deletes", str(len(HELD))).exit_code == 0
    assert everybody(staffed) == EMPTY
    assert staffed.sandbox.requests.writes() == []
    staffed.assert_quiet()


def test_many_are_taken_out_of_the_record(staffed: Sides) -> None:
    """Everybody was unassigned here: Datadog is not stripped until somebody insists."""
    for title in HELD:
        assert staffed.product.run("unassign", "1001", title, "--no-sync").exit_code == 0
    assert_refused(staffed.product.run("sync"), len(HELD))
    assert everybody_shown(staffed) == FULL
    assert staffed.sandbox.requests.writes() == []

    assert staffed.product.run("sync", "--allow-deletes", str(len(HELD))).exit_code == 0
    assert everybody_shown(staffed) == EMPTY
    assert staffed.sandbox.requests.count("DELETE") == len(HELD)
    staffed.assert_quiet()


def test_one_incident_in_doubt_stops_no_other(staffed: Sides) -> None:
    """The guard holds back what destroys: the other incident is written in the same run."""
    for title in HELD:
        staffed.product.run("unassign", "1001", title, "--no-sync")
    assert staffed.product.run("assign", "1002", "im", EVE, "--no-sync").exit_code == 0
    assert_refused(staffed.product.run("sync"), len(HELD))
    assert staffed.sandbox.requests.count("DELETE") == 0
    assert staffed.sandbox.commander(1002) == EVE


def test_an_open_incident_keeps_its_manager(sides: Sides) -> None:
    """To leave an open incident without Incident Manager takes a flag, even for one removal."""
    assert sides.product.run("unassign", "1001", "im", "--no-sync").exit_code == 0
    assert_refused(sides.product.run("sync"), 1)
    assert sides.shown(INCIDENT_MANAGER) == [ANA]
    assert sides.sandbox.requests.writes() == []
    assert sides.product.run("sync", "--allow-deletes", "1").exit_code == 0
    sides.assert_agreed(INCIDENT_MANAGER, [])
    sides.assert_quiet()


def test_the_command_itself_is_permission(sides: Sides) -> None:
    """Somebody who takes the role away by command means it; they are told who is missing now."""
    ran = sides.product.run("unassign", "1001", "im")
    assert ran.exit_code == 0
    assert "assign 1001 im PERSON" in ran.stderr
    sides.assert_agreed(INCIDENT_MANAGER, [])
    sides.assert_quiet()


def test_handing_over_is_no_removal(staffed: Sides) -> None:
    """Every role changes hands at once: nobody is missing afterwards, so nothing is refused."""
    for title in HELD:
        assert staffed.product.run("assign", "1001", title, ANA, "--no-sync").exit_code == 0
    ran = staffed.product.run("sync")
    assert ran.exit_code == 0, ran.said
    staffed.settle()
