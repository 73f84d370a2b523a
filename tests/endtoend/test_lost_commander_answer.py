"""Nobody learns what became of a change of commander, and the next run finds out."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, COMMANDER_PATH, INCIDENT_MANAGER, Sides

APPLIED = [
    pytest.param(FaultKind.DROP_AFTER, 502, id="dropped"),
    pytest.param(FaultKind.STATUS_AFTER, 502, id="502"),
    pytest.param(FaultKind.STATUS_AFTER, 504, id="504"),
    pytest.param(FaultKind.TRUNCATE, 502, id="cut short"),
]
NOT_APPLIED = [
    pytest.param(FaultKind.DROP_BEFORE, 503, id="dropped"),
    pytest.param(FaultKind.STATUS_BEFORE, 503, id="503"),
    pytest.param(FaultKind.STATUS_BEFORE, 500, id="500"),
    pytest.param(FaultKind.HTML, 503, id="a page of somebody in between"),
]


@pytest.mark.parametrize(("kind", "status"), APPLIED)
def test_a_change_that_landed_is_recognised(sides: Sides, kind: FaultKind, status: int) -> None:
    """The commander was changed, the answer was lost: the next run agrees without writing."""
    sides.sandbox.fault(kind, method="PATCH", path=COMMANDER_PATH, status=status)
    ran = sides.product.run("assign", "1001", "im", BO)
    assert ran.exit_code == 3
    assert "Recorded here" in ran.stdout
    assert sides.shown(INCIDENT_MANAGER) == [BO]

    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.count("PATCH") == 1
    sides.assert_quiet()


@pytest.mark.parametrize(("kind", "status"), NOT_APPLIED)
def test_a_change_that_was_lost_is_made_once(sides: Sides, kind: FaultKind, status: int) -> None:
    """The request never took effect: it is not repeated blindly, and the next run writes once."""
    sides.sandbox.fault(kind, method="PATCH", path=COMMANDER_PATH, status=status)
    assert sides.product.run("assign", "1001", "im", BO).exit_code == 3
    assert sides.shown(INCIDENT_MANAGER) == [ANA]
    assert sides.sandbox.requests.count("PATCH") == 1

    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.count("PATCH") == 2
    sides.assert_quiet()


def test_the_report_says_that_it_is_not_known(sides: Sides) -> None:
    """A sync whose write was lost says so in its document, and exits with 3."""
    sides.product.run("assign", "1001", "im", BO, "--no-sync")
    sides.sandbox.fault(FaultKind.DROP_AFTER, method="PATCH", path=COMMANDER_PATH)
    ran = sides.product.run("sync", "--format", "json")
    [failure] = ran.json()["failures"]
    assert (ran.exit_code, failure["incident"], failure["ambiguous"]) == (3, 1001, True)


def test_somebody_else_was_quicker(sides: Sides) -> None:
    """Our change landed unseen and people then chose a third person, who stands unharmed."""
    sides.sandbox.fault(FaultKind.DROP_AFTER, method="PATCH", path=COMMANDER_PATH)
    assert sides.product.run("assign", "1001", "im", BO).exit_code == 3
    sides.sandbox.set_commander(1001, CAROL)
    assert sides.product.run("sync").exit_code == 0
    assert sides.recorded(INCIDENT_MANAGER) == sides.shown(INCIDENT_MANAGER) == [CAROL]
    assert sides.sandbox.requests.count("PATCH") == 1
    sides.assert_quiet()


def test_the_answer_says_what_is_not_known(sides: Sides) -> None:
    """After a lost answer nothing claims that Datadog was changed, or that it was not."""
    sides.sandbox.fault(FaultKind.DROP_AFTER, method="PATCH", path=COMMANDER_PATH)
    ran = sides.product.run("assign", "1001", "im", BO)
    assert "it is not known whether Datadog has it" in ran.stdout
    assert "not yet in Datadog" not in ran.said
    assert "It may have been applied" in ran.stderr
