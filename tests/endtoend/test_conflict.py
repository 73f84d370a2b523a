"""A role for one person whom both sides name otherwise, or Datadog several times.

Datadog's holder stands, nothing is hidden, and nothing but a person's word puts it right.
"""

from __future__ import annotations

import pytest

from tests.endtoend.agreement import BO, CAROL, DAN, EVE, INCIDENT_MANAGER, SCRIBE, Sides
from tests.endtoend.handovers import enforces_nothing


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
