"""A role for one person is changed on both sides: Datadog's holder stands, nothing is hidden."""

from __future__ import annotations

import pytest

from tests.endtoend.agreement import BO, CAROL, DAN, EVE, INCIDENT_MANAGER, SCRIBE, Sides


@pytest.fixture(params=[INCIDENT_MANAGER, SCRIBE])
def role(request: pytest.FixtureRequest, sides: Sides) -> str:
    """A role that was given to Bo here and to Dan in Datadog since both sides agreed."""
    name = str(request.param)
    if name == SCRIBE:
        assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
        sides.assert_quiet()
    assert sides.product.run("assign", "1001", name, BO, "--no-sync").exit_code == 0
    if name == SCRIBE:
        sides.sandbox.take_role(1001, "Scribe", CAROL)
        sides.sandbox.give_role(1001, "Scribe", DAN)
    else:
        sides.sandbox.set_commander(1001, DAN)
    sides.sandbox.forget_requests()
    return name


def test_datadog_stands(sides: Sides, role: str) -> None:
    """The run is complete, writes nothing to Datadog, and reports who wanted what."""
    ran = sides.product.run("sync", "--format", "json")
    assert ran.exit_code == 0
    [conflict] = ran.json()["conflicts"]
    assert (conflict["incident"], conflict["role"]) == (1001, role)
    assert conflict["wanted"] in {"Bo", BO}
    assert conflict["standing"] in {"Dan", DAN}
    assert sides.recorded(role) == sides.shown(role) == [DAN]
    assert sides.sandbox.requests.writes() == []


def test_it_is_told_until_it_is_settled(sides: Sides, role: str) -> None:
    """Every status and every later run says so, without writing anything."""
    sides.product.run("sync")
    assert sides.row(role)["targets"] == {"datadog": "conflict"}
    again = sides.assert_quiet()
    assert len(again.json()["conflicts"]) == 1
    assert "dd-incident-roles assign 1001" in sides.product.run("sync").stdout
    assert "conflict" in sides.product.run("status", "1001").stdout


@pytest.mark.parametrize("chosen", [EVE, BO, DAN])
def test_an_assignment_settles_it(sides: Sides, role: str, chosen: str) -> None:
    """Whoever is named next has the role on both sides, and the conflict is over."""
    sides.product.run("sync")
    assert sides.product.run("assign", "1001", role, chosen).exit_code == 0
    sides.assert_agreed(role, [chosen])
    assert sides.assert_quiet().json()["conflicts"] == []


def test_both_intentions_are_kept(sides: Sides, role: str) -> None:
    """The interval of whoever gave way is ended and not erased."""
    sides.product.run("sync")
    people = [interval.person for interval in sides.intervals(role)]
    assert people[-2:] == [BO, DAN]


def test_the_same_choice_is_no_conflict(sides: Sides) -> None:
    """Both sides chose the same person: they agree, and nothing is written."""
    sides.product.run("assign", "1001", "im", BO, "--no-sync")
    sides.sandbox.set_commander(1001, BO)
    ran = sides.product.run("sync", "--format", "json")
    assert (ran.exit_code, ran.json()["conflicts"]) == (0, [])
    assert sides.sandbox.requests.writes() == []
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    sides.assert_quiet()
