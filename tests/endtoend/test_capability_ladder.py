"""What Datadog can show differs between organisations, and nobody is told more than is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import Switch
from tests.endtoend.agreement import CAROL, DAN, SCRIBE, Sides
from tests.endtoend.handovers import SCRIBE_FIELD
from tests.product import Product

RESPONDER_ONLY = "Datadog shows a responder without the role"
ABSENT = [Switch.MISSING, Switch.FORBIDDEN]


@dataclass(frozen=True, slots=True)
class Organisation:
    """What one organisation offers, and what status may then claim about the scribe."""

    name: str
    prepare: Callable[[Sandbox], None]
    state: str
    responder: bool = True
    field: object = None
    assigned: bool = False


def _nothing(_sandbox: Sandbox) -> None:
    pass


def _without_assignments(switch: Switch) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.switch(role_assignments=switch)


def _with_field(switch: Switch) -> Callable[[Sandbox], None]:
    def prepare(sandbox: Sandbox) -> None:
        sandbox.switch(role_assignments=switch)
        sandbox.define_field(SCRIBE_FIELD)

    return prepare


def _without_responders(switch: Switch) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.switch(responders=switch, role_assignments=switch)


def _without_definitions(switch: Switch) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.switch(user_defined_roles=switch)


def _with_commander_apart(switch: Switch) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.switch(role_assignments=switch, commander_is_assignment=False)


ORGANISATIONS = [
    Organisation("assignments", _nothing, "in_sync", assigned=True),
    *(
        organisation
        for switch in ABSENT
        for organisation in (
            Organisation(
                f"fields, assignments {switch}",
                _with_field(switch),
                "in_sync",
                field=[CAROL],
            ),
            Organisation(
                f"responders only, assignments {switch}",
                _without_assignments(switch),
                "not_supported",
            ),
            Organisation(
                f"responders only, found out by writing {switch}",
                _with_commander_apart(switch),
                "not_supported",
            ),
            Organisation(f"no definitions {switch}", _without_definitions(switch), "not_supported"),
            Organisation(
                f"no responders {switch}",
                _without_responders(switch),
                "not_supported",
                responder=False,
            ),
        )
    ),
]


@pytest.mark.parametrize("organisation", ORGANISATIONS, ids=lambda each: each.name)
def test_status_claims_what_datadog_shows(
    product: Product, sandbox: Sandbox, organisation: Organisation
) -> None:
    """The role is recorded on every rung, and each claim about Datadog is what Datadog shows."""
    organisation.prepare(sandbox)
    sides = Sides(product, sandbox)
    assert product.run("sync").exit_code == 0
    ran = product.run("assign", "1001", "scribe", CAROL)
    assert ran.exit_code == 0, ran.said

    row = sides.row(SCRIBE)
    assert [holder["email"] for holder in row["holders"]] == [CAROL]
    assert row["targets"] == {"datadog": organisation.state}
    assert sandbox.holders(1001, "Scribe") == ([CAROL] if organisation.assigned else [])
    assert sandbox.field(1001, SCRIBE_FIELD) == organisation.field
    assert (CAROL in sandbox.responders(1001)) == organisation.responder
    sides.settle()
    sides.assert_quiet()


@pytest.mark.parametrize("switch", ABSENT)
@pytest.mark.parametrize("prepare", [_without_assignments, _with_commander_apart])
def test_a_responder_without_the_role_is_named_so(
    product: Product,
    sandbox: Sandbox,
    switch: Switch,
    prepare: Callable[[Switch], Callable[[Sandbox], None]],
) -> None:
    """Where Datadog shows only a responder, command and status say just that."""
    prepare(switch)(sandbox)
    ran = product.run("assign", "1001", "scribe", CAROL)
    assert RESPONDER_ONLY in ran.stdout
    assert "Datadog shows it." not in ran.stdout
    assert RESPONDER_ONLY in product.run("status", "1001").stdout


@pytest.mark.parametrize("switch", ABSENT)
def test_no_responder_is_claimed_where_none_is_shown(
    product: Product, sandbox: Sandbox, switch: Switch
) -> None:
    """Where Datadog gives no access to responders, nobody is told that it shows one."""
    _without_responders(switch)(sandbox)
    ran = product.run("assign", "1001", "scribe", CAROL)
    assert "Datadog shows it." not in ran.said
    shown = product.run("status", "1001").stdout
    assert RESPONDER_ONLY not in ran.stdout + shown
    assert "recorded here" in shown


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
        reserved_roles=switch,
    )
    sides = Sides(product, sandbox)
    assert product.run("assign", "1001", "im", DAN).exit_code == 0
    sides.assert_agreed("incident_manager", [DAN])
    sides.assert_quiet()
