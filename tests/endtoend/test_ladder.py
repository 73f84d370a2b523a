"""What Datadog can show differs between organisations, and from one run to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import CAROL, DAN, EVE, SCRIBE, SCRIBE_FIELD, Sides
from tests.product import Product

RESPONDER_ONLY = "Datadog shows only a responder, without the role"
ABSENT = [Switch.MISSING, Switch.FORBIDDEN]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """What one organisation offers, and what status may then claim about the scribe."""

    switches: tuple[str, ...] = ()
    prepare: Callable[[Sandbox], object] = lambda _sandbox: None
    state: str = "not_supported"
    responder: bool = True
    field: object = None
    says_responder: bool = False


ORGANISATIONS = {
    "assignments": Organisation(state="in_sync"),
    "fields": Organisation(
        switches=("role_assignments",),
        prepare=lambda box: box.define_field(SCRIBE_FIELD),
        state="in_sync",
        field=[CAROL],
    ),
    "responders only": Organisation(switches=("role_assignments",), says_responder=True),
    "responders only, found out by writing": Organisation(
        switches=("role_assignments",),
        prepare=lambda box: box.switch(commander_is_assignment=False),
        says_responder=True,
    ),
    "no definitions": Organisation(switches=("user_defined_roles",)),
    "no responders": Organisation(switches=("responders", "role_assignments"), responder=False),
}


@pytest.mark.parametrize(
    ("organisation", "switch"),
    [
        pytest.param(each, switch, id=f"{name}, {switch}")
        for name, each in ORGANISATIONS.items()
        for switch in (ABSENT if each.switches else [Switch.ON])
    ],
)
def test_nobody_is_told_more_than_datadog_shows(
    product: Product, sandbox: Sandbox, organisation: Organisation, switch: Switch
) -> None:
    """The role is recorded with every backend, and what is claimed is what Datadog shows."""
    sandbox.switch(**dict.fromkeys(organisation.switches, switch))
    organisation.prepare(sandbox)
    sides = Sides(product, sandbox)
    sides.run("sync")
    ran = sides.run("assign", "1001", "scribe", CAROL)
    is_shown = organisation.state == "in_sync"
    assert ("Datadog shows it." in ran.said) is is_shown
    shown = product.run("status", "1001").stdout
    if organisation.says_responder:
        assert RESPONDER_ONLY in ran.stdout
        assert RESPONDER_ONLY in shown
    if not organisation.responder:
        assert RESPONDER_ONLY not in ran.stdout + shown
        assert "recorded here" in shown

    row = sides.row(SCRIBE)
    assert [holder["email"] for holder in row["holders"]] == [CAROL]
    assert row["targets"] == {"datadog": organisation.state}
    assert sandbox.holders(1001, "Scribe") == ([] if organisation.switches else [CAROL])
    assert sandbox.field(1001, SCRIBE_FIELD) == organisation.field
    assert (CAROL in sandbox.responders(1001)) == organisation.responder
    sides.settle()
    sides.assert_quiet()


@pytest.mark.parametrize("switch", ABSENT)
def test_the_commander_is_always_within_reach(
    product: Product, sandbox: Sandbox, switch: Switch
) -> None:
    """The Incident Manager is in sync although Datadog offers nothing but the incident."""
    sandbox.switch(
        responders=switch,
        role_assignments=switch,
        user_defined_roles=switch,
        user_defined_fields=switch,
    )
    sides = Sides(product, sandbox)
    assert product.run("assign", "1001", "im", DAN).exit_code == 0
    sides.assert_agreed("incident_manager", [DAN])
    sides.assert_quiet()


def find_out_anew(sides: Sides) -> None:
    """Let what was learned about Datadog expire, and two runs look.

    An absence that was wrongly believed would be acted on by the second.
    """
    sides.forget("capability", "fields", "role_definitions", "role_assignment")
    sync_twice(sides)


def sync_twice(sides: Sides) -> None:
    """Let two runs look."""
    for _ in range(2):
        sides.run("sync")


@pytest.mark.parametrize("switch", ABSENT)
@pytest.mark.parametrize(
    ("given_in", "taken_over_by"), [("command", CAROL), ("datadog", CAROL), ("command", DAN)]
)
def test_assignments_switched_off_and_on(
    sides: Sides, switch: Switch, given_in: str, taken_over_by: str
) -> None:
    """A scribe of either side is still the scribe without role assignments, and with them again.

    Whoever took the role over meanwhile has it in Datadog too, once it can show that.
    """
    if given_in == "command":
        sides.run("assign", "1001", "scribe", CAROL)
    else:
        sides.sandbox.give_role(1001, "Scribe", CAROL)
        sides.run("sync")
    sides.sandbox.switch(role_assignments=switch)
    find_out_anew(sides)
    assert sides.recorded(SCRIBE) == [CAROL]
    assert sides.row(SCRIBE)["targets"] == {"datadog": "not_supported"}
    if taken_over_by != CAROL:
        sides.run("assign", "1001", "scribe", taken_over_by)
        assert sides.recorded(SCRIBE) == [taken_over_by]

    sides.sandbox.switch(role_assignments=Switch.ON)
    find_out_anew(sides)
    sides.assert_agreed(SCRIBE, [taken_over_by])
    sides.assert_quiet()


@pytest.mark.parametrize("switch", ABSENT)
def test_switched_off_unnoticed(sides: Sides, switch: Switch) -> None:
    """Assignments that worked a minute ago are gone: the command ends, and loses nobody."""
    sides.run("assign", "1001", "scribe", CAROL)
    sides.sandbox.switch(role_assignments=switch)
    # Which role an assignment gives is known to whoever made it, and to nobody else.
    sides.forget("role_assignment")
    ran = sides.product.run("assign", "1001", "backup", EVE)
    assert ran.exit_code in {0, 3}
    for _ in range(2):
        assert sides.product.run("sync").exit_code in {0, 3}
    assert sides.recorded(SCRIBE) == [CAROL]
    assert sides.recorded("backup_incident_manager") == [EVE]

    sides.sandbox.switch(role_assignments=Switch.ON)
    find_out_anew(sides)
    sides.assert_agreed(SCRIBE, [CAROL])
    assert sides.sandbox.holders(1001, "Backup Incident Manager") == [EVE]
    sides.assert_quiet()


def test_from_a_field_to_assignments_and_back(sides: Sides) -> None:
    """A role that was kept in a field is carried over, and read from there again later."""
    sides.sandbox.switch(role_assignments=Switch.MISSING)
    sides.sandbox.define_field(SCRIBE_FIELD)
    find_out_anew(sides)
    sides.run("assign", "1001", "scribe", CAROL)
    assert sides.sandbox.field(1001, SCRIBE_FIELD) == [CAROL]

    sides.sandbox.switch(role_assignments=Switch.ON)
    find_out_anew(sides)
    sides.assert_agreed(SCRIBE, [CAROL])

    sides.sandbox.switch(role_assignments=Switch.MISSING)
    find_out_anew(sides)
    assert sides.recorded(SCRIBE) == [CAROL]
    assert sides.sandbox.field(1001, SCRIBE_FIELD) == [CAROL]
    sides.assert_quiet()


@pytest.mark.parametrize("switch", ABSENT)
def test_responders_switched_off_and_on(sides: Sides, switch: Switch) -> None:
    """Without responders every role but the commander is only recorded, and comes back later."""
    sides.run("assign", "1001", "scribe", CAROL)
    sides.sandbox.switch(responders=switch)
    sync_twice(sides)
    assert sides.recorded(SCRIBE) == [CAROL]
    assert sides.row(SCRIBE)["targets"] == {"datadog": "not_supported"}
    assert sides.row("incident_manager")["targets"] == {"datadog": "in_sync"}

    sides.sandbox.switch(responders=Switch.ON)
    sync_twice(sides)
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()
