"""What no run decides by itself: two sides that name others, and what would strip an incident."""

from __future__ import annotations

import pytest

from dd_incident_roles.sync.state import IncidentState
from tests.endtoend.agreement import (
    ANA,
    BO,
    CAROL,
    DAN,
    EVE,
    INCIDENT_MANAGER,
    SCRIBE,
    Sides,
    enforces_nothing,
)
from tests.product import Ran


@pytest.fixture(params=[INCIDENT_MANAGER, SCRIBE])
def role(request: pytest.FixtureRequest, sides: Sides) -> str:
    """A role that was given to Bo here and to Dan in Datadog since both sides agreed."""
    name = str(request.param)
    if name == SCRIBE:
        sides.run("assign", "1001", "scribe", CAROL)
        sides.assert_quiet()
    sides.run("assign", "1001", name, BO, "--no-sync")
    if name == SCRIBE:
        sides.sandbox.take_role(1001, "Scribe", CAROL)
        sides.sandbox.give_role(1001, "Scribe", DAN)
    else:
        sides.sandbox.set_commander(1001, DAN)
    sides.sandbox.forget_requests()
    return name


def test_datadog_stands_until_somebody_decides(sides: Sides, role: str) -> None:
    """Each run and status reports it and writes nothing; who gave way is ended and not erased."""
    [conflict] = sides.run("sync", "--format", "json").json()["conflicts"]
    assert (conflict["incident"], conflict["role"]) == (1001, role)
    assert conflict["wanted"] in {"Bo", BO}
    assert conflict["standing"] in {"Dan", DAN}
    assert sides.recorded(role) == sides.shown(role) == [DAN]
    assert sides.sandbox.requests.writes() == []
    assert [interval.person for interval in sides.intervals(role)][-2:] == [BO, DAN]
    assert sides.row(role)["targets"] == {"datadog": "conflict"}
    assert len(sides.assert_quiet().json()["conflicts"]) == 1
    assert "dd-incident-roles assign 1001" in sides.product.run("sync").stdout
    assert "conflict" in sides.product.run("status", "1001").stdout


@pytest.mark.parametrize("chosen", [EVE, BO, DAN])
def test_an_assignment_settles_it(sides: Sides, role: str, chosen: str) -> None:
    """Whoever is named next has the role on both sides, and the conflict is over."""
    sides.product.run("sync")
    sides.run("assign", "1001", role, chosen)
    sides.assert_agreed(role, [chosen])
    assert sides.assert_quiet().json()["conflicts"] == []


def test_the_same_choice_is_no_conflict(sides: Sides) -> None:
    """Both sides chose the same person: they agree, and nothing is written."""
    sides.product.run("assign", "1001", "im", BO, "--no-sync")
    sides.sandbox.set_commander(1001, BO)
    assert sides.run("sync", "--format", "json").json()["conflicts"] == []
    assert sides.sandbox.requests.writes() == []
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    sides.assert_quiet()


@pytest.fixture
def overheld(sides: Sides) -> Sides:
    """Both sides, with Bo and Carol as Scribes in Datadog, where one can be."""
    enforces_nothing(sides.sandbox)
    for person in (BO, CAROL):
        sides.sandbox.give_role(1001, "Scribe", person)
    sides.sandbox.forget_requests()
    return sides


def test_nobody_is_taken_out_by_a_sync(overheld: Sides) -> None:
    """However often it runs, status calls it a conflict; a wish that is only recorded waits."""
    for _ in range(2):
        overheld.product.run("sync")
    assert overheld.shown(SCRIBE) == [BO, CAROL]
    assert overheld.sandbox.requests.writes() == []
    assert overheld.row(SCRIBE)["targets"] == {"datadog": "conflict"}
    overheld.run("assign", "1001", "scribe", DAN, "--no-sync")
    overheld.product.run("sync")
    assert overheld.shown(SCRIBE) == [BO, CAROL]
    overheld.product.run("assign", "1001", "scribe", DAN)
    assert overheld.shown(SCRIBE) == [DAN]


@pytest.mark.parametrize("chosen", [BO, DAN])
def test_an_assignment_leaves_one_holder(overheld: Sides, chosen: str) -> None:
    """Whoever is named is the one holder on both sides, be it one of the two or somebody else."""
    assert "Datadog shows it." in overheld.run("assign", "1001", "scribe", chosen).stdout
    overheld.assert_agreed(SCRIBE, [chosen])
    overheld.sandbox.forget_requests()
    overheld.assert_quiet()


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
        sides.sandbox.give_role(1001, title, email)
    sides.run("sync")
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
    staffed.run("sync")
    before = staffed.state()
    assert_refused(staffed.product.run("sync"), len(HELD))
    assert staffed.state() == before
    assert everybody(staffed) == FULL

    [refused] = staffed.product.run("sync", "--format", "json").json()["refused"]
    assert (refused["incident"], refused["target"]) == (1001, "datadog")
    assert_refused(staffed.product.run("sync", "--allow-deletes", "2"), len(HELD))
    assert everybody(staffed) == FULL

    staffed.run("sync", "--allow-deletes", str(len(HELD)))
    assert everybody(staffed) == EMPTY
    assert staffed.sandbox.requests.writes() == []
    staffed.assert_quiet()


def test_many_are_taken_out_of_the_record(staffed: Sides) -> None:
    """Everybody was unassigned here: Datadog is not stripped until somebody insists.

    The guard holds back what destroys: another incident is written in the same run.
    """
    for title in HELD:
        staffed.run("unassign", "1001", title, "--no-sync")
    assert_refused(staffed.product.run("sync"), len(HELD))
    assert everybody_shown(staffed) == FULL
    assert staffed.sandbox.requests.writes() == []
    staffed.run("assign", "1002", "im", EVE, "--no-sync")
    assert_refused(staffed.product.run("sync"), len(HELD))
    assert staffed.sandbox.requests.count("DELETE") == 0
    assert staffed.sandbox.commander(1002) == EVE

    staffed.run("sync", "--allow-deletes", str(len(HELD)))
    assert everybody_shown(staffed) == EMPTY
    assert staffed.sandbox.requests.count("DELETE") == len(HELD)
    staffed.assert_quiet()


def test_an_open_incident_keeps_its_manager(sides: Sides) -> None:
    """To leave an open incident without Incident Manager takes a flag, even for one removal.

    A dry run refuses it already.
    """
    sides.run("unassign", "1001", "im", "--no-sync")
    for options in (("--dry-run",), ()):
        assert_refused(sides.product.run("sync", *options), 1)
    assert sides.shown(INCIDENT_MANAGER) == [ANA]
    assert sides.sandbox.requests.writes() == []
    sides.run("sync", "--allow-deletes", "1")
    sides.assert_agreed(INCIDENT_MANAGER, [])
    sides.assert_quiet()


def test_the_command_itself_is_permission(sides: Sides) -> None:
    """Somebody who takes the role away by command means it; they are told who is missing now."""
    ran = sides.run("unassign", "1001", "im")
    assert "assign 1001 im PERSON" in ran.stderr
    sides.assert_agreed(INCIDENT_MANAGER, [])
    sides.assert_quiet()


def test_handing_over_is_no_removal(staffed: Sides) -> None:
    """Every role changes hands at once: nobody is missing afterwards, so nothing is refused."""
    for title in HELD:
        staffed.run("assign", "1001", title, ANA, "--no-sync")
    staffed.run("sync")
    staffed.settle()


@pytest.fixture
def pending(sides: Sides) -> Sides:
    """Both sides with a scribe chosen here and a commander chosen in Datadog."""
    sides.run("assign", "1001", "scribe", CAROL, "--no-sync")
    sides.sandbox.set_commander(1001, BO)
    sides.sandbox.forget_requests()
    return sides


def everything(sides: Sides) -> IncidentState:
    """All that the record knows about the roles of the outage, its own notes included."""
    with sides.product.record() as record:
        return record.state(sides.incident_id(), "datadog")


def test_a_dry_run_tells_what_a_run_then_does(pending: Sides) -> None:
    """The changes are those of the real run that follows; until then neither side changes.

    The commands that only read leave both sides as they are, too.
    """
    before = everything(pending)
    foretold, again = (
        pending.run("sync", "--dry-run", "--format", "json").json() for _ in range(2)
    )
    assert foretold["changes"] == again["changes"]
    assert foretold["dry_run"] is True
    assert set(foretold["requests"]) == {"GET"}
    pending.run("status")
    pending.run("check", "--fail-on", "never")
    assert pending.sandbox.requests.writes() == []
    assert everything(pending) == before
    assert pending.recorded(INCIDENT_MANAGER) == [ANA]
    assert pending.shown(SCRIBE) == []
    done = pending.run("sync", "--format", "json").json()["changes"]
    assert foretold["changes"] == done
    assert {(change["target"], change["op"]) for change in done} == {
        ("record", "handover"),
        ("datadog", "create"),
        ("datadog", "assign"),
    }


def test_an_absence_is_not_counted_by_a_dry_run(sides: Sides) -> None:
    """A look that may write nothing cannot be the first of the two that an absence takes."""
    sides.sandbox.set_commander(1001, None)
    for _ in range(3):
        sides.run("sync", "--dry-run")
    sides.run("sync")
    assert sides.recorded(INCIDENT_MANAGER) == [ANA]
