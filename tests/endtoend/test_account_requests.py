"""A check asks for the account of each person once, and then not again for a while."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE, Sides
from tests.endtoend.checks import check_json, findings

USERS = r"^/api/v2/users"
EVERYBODY = (ANA, BO, CAROL, DAN, EVE)


@pytest.fixture
def many(sides: Sides) -> Sides:
    """Six incidents in which the same five people hold roles, and accounts nobody knows yet."""
    for public_id in range(1003, 1007):
        sides.sandbox.declare("Slow", severity="SEV-2", commander=ANA, public_id=public_id)
        for role, person in (("Tech Lead", BO), ("Scribe", CAROL), ("First Responder", DAN)):
            sides.sandbox.give_role(public_id, role, person)
        sides.sandbox.give_role(public_id, "Communications Manager", EVE)
    sides.run("sync")
    sides.forget("user")
    sides.sandbox.forget_requests()
    return sides


def asked(sides: Sides) -> Counter[str]:
    """How often each user was asked for since requests were forgotten."""
    found = Counter(entry.target for entry in sides.sandbox.requests.matching("GET", USERS))
    sides.sandbox.forget_requests()
    return found


def test_each_account_is_read_once(many: Sides) -> None:
    """Over several incidents each holder is asked for once, and nobody besides.

    The next checks and a snapshot believe what the first one learned.
    """
    assert check_json(many.product).json()["evaluated"] == 6
    counted = asked(many)
    assert set(counted.values()) == {1}
    ids = {many.sandbox.person(email).id for email in EVERYBODY}
    assert {target.rpartition("/")[2] for target in counted} == ids
    for command in (["check"], ["check", "1001"], ["snapshot"]):
        assert many.product.run(*command).exit_code in {0, 1}
    assert asked(many) == Counter()


def test_closed_incidents_and_tests_need_no_account(many: Sides) -> None:
    """Nobody is looked up for what is recorded of closed incidents, or for a test."""
    check_json(many.product, "--since", "30")
    assert asked(many) == Counter()
    many.sandbox.declare("Drill", commander=ANA, is_test=True, public_id=1010)
    check_json(many.product, "1010")
    assert asked(many) == Counter()


def test_an_account_that_was_not_answered_is_asked_for_again(many: Sides) -> None:
    """A failure is not kept: that check is incomplete, the next one is whole."""
    path = f"users/{many.sandbox.person(BO).id}"
    many.sandbox.fault(FaultKind.HTML, path=path, count=None)
    later = ("--now", (datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    ran = check_json(many.product, "1003", *later)
    assert ran.exit_code == 3
    [gap] = ran.json()["not_evaluated"]
    assert "IR013" in gap["reason"]
    assert findings(ran, "IR099")
    many.sandbox.clear_faults()
    asked(many)
    again = check_json(many.product, "1003", *later)
    assert again.json()["not_evaluated"] == []
    assert [target.rpartition("/")[2] for target in asked(many)] == [many.sandbox.person(BO).id]
