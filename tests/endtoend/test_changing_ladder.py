"""What Datadog offers changes between two runs, and no holder is lost on the way."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.switches import Switch
from tests.endtoend.agreement import CAROL, DAN, EVE, SCRIBE, Sides
from tests.endtoend.handovers import SCRIBE_FIELD

ABSENT = [Switch.MISSING, Switch.FORBIDDEN]


def find_out_anew(sides: Sides) -> None:
    """Let what was learned about Datadog expire."""
    with sides.product.record() as record:
        for kind in ("capability", "fields", "role_definitions", "role_assignment"):
            record.forget_cached(kind)


def sync_twice(sides: Sides) -> None:
    """Let two runs look; an absence that was wrongly believed would be acted on by the second."""
    for _ in range(2):
        ran = sides.product.run("sync")
        assert ran.exit_code == 0, ran.said


@pytest.mark.parametrize("switch", ABSENT)
@pytest.mark.parametrize("given_in", ["command", "datadog"])
def test_assignments_switched_off_and_on(sides: Sides, switch: Switch, given_in: str) -> None:
    """A scribe of either side is still the scribe without role assignments, and with them again."""
    if given_in == "command":
        assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
    else:
        sides.sandbox.give_role(1001, "Scribe", CAROL)
        assert sides.product.run("sync").exit_code == 0
    sides.sandbox.switch(role_assignments=switch)
    find_out_anew(sides)
    sync_twice(sides)
    assert sides.recorded(SCRIBE) == [CAROL]
    assert sides.row(SCRIBE)["targets"] == {"datadog": "not_supported"}

    sides.sandbox.switch(role_assignments=Switch.ON)
    find_out_anew(sides)
    sync_twice(sides)
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()


@pytest.mark.parametrize("switch", ABSENT)
def test_a_handover_while_they_are_off(sides: Sides, switch: Switch) -> None:
    """Whoever took the role over meanwhile has it in Datadog too, once it can show that."""
    assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
    sides.sandbox.switch(role_assignments=switch)
    find_out_anew(sides)
    sync_twice(sides)
    assert sides.product.run("assign", "1001", "scribe", DAN).exit_code == 0
    assert sides.recorded(SCRIBE) == [DAN]

    sides.sandbox.switch(role_assignments=Switch.ON)
    find_out_anew(sides)
    sync_twice(sides)
    sides.assert_agreed(SCRIBE, [DAN])
    sides.assert_quiet()


@pytest.mark.parametrize("switch", ABSENT)
def test_switched_off_unnoticed(sides: Sides, switch: Switch) -> None:
    """Assignments that worked a minute ago are gone: the command ends, and loses nobody."""
    assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
    sides.sandbox.switch(role_assignments=switch)
    ran = sides.product.run("assign", "1001", "backup", EVE)
    assert ran.exit_code in {0, 3}
    for _ in range(2):
        assert sides.product.run("sync").exit_code in {0, 3}
    assert sides.recorded(SCRIBE) == [CAROL]
    assert sides.recorded("backup_incident_manager") == [EVE]

    sides.sandbox.switch(role_assignments=Switch.ON)
    find_out_anew(sides)
    sync_twice(sides)
    sides.assert_agreed(SCRIBE, [CAROL])
    assert sides.sandbox.holders(1001, "Backup Incident Manager") == [EVE]
    sides.assert_quiet()


def test_from_a_field_to_assignments_and_back(sides: Sides) -> None:
    """A role that was kept in a field is carried over, and read from there again later."""
    sides.sandbox.switch(role_assignments=Switch.MISSING)
    sides.sandbox.define_field(SCRIBE_FIELD)
    find_out_anew(sides)
    assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
    assert sides.sandbox.field(1001, SCRIBE_FIELD) == [CAROL]

    sides.sandbox.switch(role_assignments=Switch.ON)
    find_out_anew(sides)
    sync_twice(sides)
    sides.assert_agreed(SCRIBE, [CAROL])

    sides.sandbox.switch(role_assignments=Switch.MISSING)
    find_out_anew(sides)
    sync_twice(sides)
    assert sides.recorded(SCRIBE) == [CAROL]
    assert sides.sandbox.field(1001, SCRIBE_FIELD) == [CAROL]
    sides.assert_quiet()


@pytest.mark.parametrize("switch", ABSENT)
def test_responders_switched_off_and_on(sides: Sides, switch: Switch) -> None:
    """Without responders every role but the commander is only recorded, and comes back later."""
    assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
    sides.sandbox.switch(responders=switch)
    sync_twice(sides)
    assert sides.recorded(SCRIBE) == [CAROL]
    assert sides.row(SCRIBE)["targets"] == {"datadog": "not_supported"}
    assert sides.row("incident_manager")["targets"] == {"datadog": "in_sync"}

    sides.sandbox.switch(responders=Switch.ON)
    sync_twice(sides)
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()
