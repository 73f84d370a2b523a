"""Datadog shows several people in a role for one, which only people there can put right."""

from __future__ import annotations

from tests.endtoend.agreement import BO, CAROL, DAN, SCRIBE, Sides
from tests.endtoend.handovers import enforces_nothing


def test_nobody_is_told_that_datadog_shows_it(sides: Sides) -> None:
    """An assignment that Datadog does not show is not passed off as shown."""
    enforces_nothing(sides.sandbox)
    for person in (BO, CAROL):
        sides.sandbox.give_role(1001, "Scribe", person)
    ran = sides.product.run("assign", "1001", "scribe", DAN)
    assert sides.shown(SCRIBE) == [BO, CAROL]
    assert "Datadog shows it." not in ran.stdout
    assert "Datadog shows several people in the role, and is left alone; see status." in ran.stdout
    assert sides.row(SCRIBE)["targets"] == {"datadog": "conflict"}
