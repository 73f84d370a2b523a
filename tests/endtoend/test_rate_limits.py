"""Datadog asks to slow down, again and again: nothing is doubled, and no run goes on for ever."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE, Sides

LONGER_THAN_PATIENCE = 3600.0
ASSIGN = ["assign", "1001", "im", BO]


@pytest.mark.parametrize("method", ["GET", None])
def test_a_storm_is_waited_out(sides: Sides, method: str | None) -> None:
    """Every second request is declined for a while: the role gets there in the end, once."""
    for number in (1, 2, 3):
        sides.sandbox.fault(FaultKind.RATE_LIMIT, method=method, nth=2 * number, seconds=0)
    ran = sides.product.run("assign", "1001", "scribe", CAROL)
    assert ran.exit_code == 0 if method == "GET" else ran.exit_code in {0, 3}
    sides.sandbox.clear_faults()
    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()


@pytest.mark.parametrize("path", [r"/responders$", r"/role_assignments"])
def test_a_declined_write_is_not_sent_again_by_the_same_run(sides: Sides, path: str) -> None:
    """429 to a write ends the run with 3; the next one writes it, and says so."""
    sides.sandbox.fault(FaultKind.RATE_LIMIT, method="POST", path=path, seconds=0)
    ran = sides.product.run("assign", "1001", "scribe", CAROL)
    assert ran.exit_code == 3
    assert "slow down" in ran.stderr
    assert sides.sandbox.requests.count("POST", path) == 1
    assert sides.product.run("sync").exit_code == 0
    assert sides.sandbox.requests.count("POST", path) == 2
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()


def test_a_declined_commander_is_not_sent_again(sides: Sides) -> None:
    """429 to the PATCH: nothing changed, the wish is kept, and one more PATCH fulfils it."""
    sides.sandbox.fault(FaultKind.RATE_LIMIT, method="PATCH", count=2, seconds=1)
    for arguments, expected in (ASSIGN, 3), (["sync"], 3), (["sync"], 0):
        ran = sides.product.run(*arguments)
        assert ran.exit_code == expected
    assert sides.sandbox.requests.count("PATCH") == 3
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    sides.assert_quiet()


@pytest.mark.parametrize("command", [["sync"], ["status"], ["check"]])
def test_a_pause_beyond_all_patience_ends_the_run(sides: Sides, command: list[str]) -> None:
    """A limit that is lifted in an hour is not waited for: exit 3 at once, and why."""
    sides.sandbox.fault(FaultKind.RATE_LIMIT, count=None, seconds=LONGER_THAN_PATIENCE)
    ran = sides.product.run(*command)
    assert ran.exit_code == 3
    assert "3600 s" in ran.said
    assert len(sides.sandbox.requests.entries) == 1
    assert sides.recorded(INCIDENT_MANAGER) == [ANA]


def test_an_assignment_waits_in_the_record(sides: Sides) -> None:
    """A command that meets such a limit is recorded, exits with 3, and the next run carries it."""
    sides.sandbox.fault(
        FaultKind.RATE_LIMIT, path="/incidents/", count=None, seconds=LONGER_THAN_PATIENCE
    )
    ran = sides.product.run("assign", "1001", "im", BO)
    assert ran.exit_code == 3
    assert "Recorded here, not yet in Datadog." in ran.stdout
    sides.sandbox.clear_faults()
    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.count("PATCH") == 1
