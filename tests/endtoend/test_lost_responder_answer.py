"""A responder was added and the answer was lost: nobody is added, or given a role, twice."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.switches import DuplicateResponder
from tests.endtoend.agreement import (
    ASSIGNMENTS_PATH,
    CAROL,
    FIRST_RESPONDER,
    RESPONDERS_PATH,
    SCRIBE,
    Sides,
)

ROLES = [pytest.param(SCRIBE, id="one holder"), pytest.param(FIRST_RESPONDER, id="many holders")]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("duplicates", list(DuplicateResponder))
@pytest.mark.parametrize("kind", [FaultKind.STATUS_AFTER, FaultKind.DROP_AFTER, FaultKind.HTML])
def test_nobody_is_added_twice(
    sides: Sides, kind: FaultKind, duplicates: DuplicateResponder, role: str
) -> None:
    """Whatever Datadog does with a second POST, it never sees one; the next run gives the role."""
    sides.sandbox.switch(duplicate_responder=duplicates)
    sides.sandbox.fault(kind, method="POST", path=RESPONDERS_PATH)
    assert sides.product.run("assign", "1001", role, CAROL).exit_code == 3
    assert sides.recorded(role) == [CAROL]
    assert sides.sandbox.requests.count("POST", ASSIGNMENTS_PATH) == 0

    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(role, [CAROL])
    landed = kind is not FaultKind.HTML
    assert sides.sandbox.requests.count("POST", RESPONDERS_PATH) == (1 if landed else 2)
    assert sides.sandbox.requests.count("POST", ASSIGNMENTS_PATH) == 1
    sides.assert_quiet()


def test_a_responder_before_is_no_reason_to_write(sides: Sides) -> None:
    """Somebody who takes part already is not added again."""
    sides.sandbox.add_responder(1001, CAROL)
    assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
    assert sides.sandbox.requests.count("POST", RESPONDERS_PATH) == 0
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()


def test_a_colleague_adds_the_same_person(sides: Sides) -> None:
    """Our POST got lost, and people gave the role meanwhile: both meet without a write."""
    sides.sandbox.fault(FaultKind.DROP_BEFORE, method="POST", path=RESPONDERS_PATH)
    assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 3
    sides.sandbox.give_role(1001, "Scribe", CAROL)
    sides.sandbox.forget_requests()
    assert sides.product.run("sync").exit_code == 0
    assert sides.sandbox.requests.writes() == []
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()
