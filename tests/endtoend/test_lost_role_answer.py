"""The answer to giving or taking a role gets lost, also in the middle of a handover."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import (
    ASSIGNMENTS_PATH,
    CAROL,
    COMMANDER_PATH,
    DAN,
    FIRST_RESPONDER,
    SCRIBE,
    Sides,
)
from tests.endtoend.handovers import ENFORCED, FIELD, FREE, SCRIBE_FIELD, Handover, offers_fields

LOST = [
    pytest.param(FaultKind.DROP_AFTER, id="applied, dropped"),
    pytest.param(FaultKind.STATUS_AFTER, id="applied, 502"),
    pytest.param(FaultKind.DROP_BEFORE, id="not applied, dropped"),
    pytest.param(FaultKind.STATUS_BEFORE, id="not applied, 502"),
]
APPLIED = {FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER}
SINGLE = [pytest.param(each, id=each.name) for each in (ENFORCED, FREE)]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("role", [SCRIBE, FIRST_RESPONDER])
def test_a_role_is_given_once(sides: Sides, kind: FaultKind, role: str) -> None:
    """A lost answer to POST: the next run finds the assignment, or makes it if there is none."""
    sides.sandbox.fault(kind, method="POST", path=ASSIGNMENTS_PATH)
    assert sides.product.run("assign", "1001", role, CAROL).exit_code == 3
    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(role, [CAROL])
    sent = 1 if kind in APPLIED else 2
    assert sides.sandbox.requests.count("POST", ASSIGNMENTS_PATH) == sent
    sides.assert_quiet()


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("role", [SCRIBE, FIRST_RESPONDER])
def test_a_role_is_taken_once(sides: Sides, kind: FaultKind, role: str) -> None:
    """A lost answer to DELETE: the role stays empty, and is never given back."""
    assert sides.product.run("assign", "1001", role, CAROL).exit_code == 0
    sides.sandbox.fault(kind, method="DELETE", path=ASSIGNMENTS_PATH)
    assert sides.product.run("unassign", "1001", role).exit_code == 3
    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(role, [])
    sent = 1 if kind in APPLIED else 2
    assert sides.sandbox.requests.count("DELETE", ASSIGNMENTS_PATH) == sent
    assert sides.sandbox.requests.count("POST", ASSIGNMENTS_PATH) == 1
    sides.assert_quiet()


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("half", ["DELETE", "POST"])
@pytest.mark.parametrize("handover", SINGLE)
def test_either_half_of_a_handover(
    sides: Sides, handover: Handover, half: str, kind: FaultKind
) -> None:
    """Whichever half of a handover is in doubt, the next run ends it with one holder."""
    handover.prepare(sides.sandbox)
    handover.begin(sides)
    sides.sandbox.fault(kind, method=half, path=ASSIGNMENTS_PATH)
    assert sides.product.run(*handover.command).exit_code == 3
    assert sides.recorded(SCRIBE) == [DAN]

    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(SCRIBE, [DAN])
    for method in ("DELETE", "POST"):
        lost = method == half and kind not in APPLIED
        sent = sides.sandbox.requests.count(method, ASSIGNMENTS_PATH)
        assert sent == (2 if lost else 1)
    sides.assert_quiet()


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_to_a_field(sides: Sides, kind: FaultKind) -> None:
    """Where roles are kept in fields, a lost answer changes nothing about all this."""
    offers_fields(sides.sandbox)
    with sides.product.record() as record:
        record.forget_cached("capability")
        record.forget_cached("fields")
    FIELD.begin(sides)
    sides.sandbox.fault(kind, method="PATCH", path=COMMANDER_PATH)
    assert sides.product.run(*FIELD.command).exit_code == 3
    assert sides.product.run("sync").exit_code == 0
    assert sides.recorded(SCRIBE) == [DAN]
    assert sides.sandbox.field(1001, SCRIBE_FIELD) == [DAN]
    assert sides.row(SCRIBE)["targets"] == {"datadog": "in_sync"}
    assert sides.sandbox.requests.count("PATCH") == (1 if kind in APPLIED else 2)
    sides.assert_quiet()
