"""Datadog shows several people in a role for one: nothing but a person's word puts it right."""

from __future__ import annotations

import pytest

from tests.endtoend.agreement import BO, CAROL, DAN, SCRIBE, Sides
from tests.endtoend.handovers import enforces_nothing


@pytest.fixture
def overheld(sides: Sides) -> Sides:
    """Both sides, with Bo and Carol as Scribes in Datadog."""
    enforces_nothing(sides.sandbox)
    for person in (BO, CAROL):
        sides.sandbox.give_role(1001, "Scribe", person)
    sides.sandbox.forget_requests()
    return sides


def test_a_sync_leaves_them_alone(overheld: Sides) -> None:
    """However often it runs, nobody is taken out, and status calls it a conflict."""
    for _ in range(2):
        overheld.product.run("sync")
    assert overheld.shown(SCRIBE) == [BO, CAROL]
    assert overheld.sandbox.requests.writes() == []
    assert overheld.row(SCRIBE)["targets"] == {"datadog": "conflict"}


@pytest.mark.parametrize("chosen", [BO, DAN])
def test_an_assignment_settles_it(overheld: Sides, chosen: str) -> None:
    """Whoever is named is the one holder on both sides, be it one of the two or somebody else."""
    ran = overheld.product.run("assign", "1001", "scribe", chosen)
    assert ran.exit_code == 0, ran.said
    assert "Datadog shows it." in ran.stdout
    overheld.assert_agreed(SCRIBE, [chosen])
    overheld.sandbox.forget_requests()
    overheld.assert_quiet()


def test_what_is_only_recorded_waits_for_a_person(overheld: Sides) -> None:
    """With --no-sync the wish is kept, and a sync still takes the role from nobody."""
    assert overheld.product.run("assign", "1001", "scribe", DAN, "--no-sync").exit_code == 0
    overheld.product.run("sync")
    assert overheld.shown(SCRIBE) == [BO, CAROL]
    overheld.product.run("assign", "1001", "scribe", DAN)
    assert overheld.shown(SCRIBE) == [DAN]
