"""A devised role that Datadog is to define: once, and never at the cost of what is recorded."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import BO, Sides
from tests.endtoend.devising import DEFINE, DEFINITIONS_PATH, KEY, TITLE, definitions, devise


@pytest.mark.parametrize("spelling", [TITLE, TITLE.lower(), None])
def test_a_definition_is_made_once(sides: Sides, spelling: str | None) -> None:
    """Where Datadog has a role of that name it is used, and the command can be repeated."""
    if spelling:
        sides.sandbox.define_role(spelling)
    ran = sides.product.run(*DEFINE)
    again = sides.product.run(*DEFINE)
    assert (ran.exit_code, again.exit_code) == (0, 0)
    assert definitions(sides) == [spelling or TITLE]
    made = sides.sandbox.requests.count("POST", DEFINITIONS_PATH)
    assert made == (0 if spelling else 1)
    assert ("already; that one is used" in ran.stderr) == bool(spelling)
    assert "already; that one is used" in again.stderr
    assert "Nothing to change" in again.stdout


def test_the_definition_is_as_the_role(sides: Sides) -> None:
    """Datadog gets the title, the summary and whether one or many hold it."""
    devise(sides, "--define", "--holders", "many", "--summary", "Talks to the carriers.")
    [made] = [role for role in sides.sandbox.world.role_definitions if role.name == TITLE]
    assert (made.description, made.is_single) == ("Talks to the carriers.", False)
    assert made.incident_type_id == sides.sandbox.incident(1001).incident_type_id


def test_a_definition_for_one_person_is_said(sides: Sides) -> None:
    """Where Datadog lets one person hold what many may hold here, somebody is told."""
    sides.sandbox.define_role(TITLE, is_single=True)
    said = devise(sides, "--define", "--holders", "many")
    assert "Datadog lets only one person at a time hold 'Network Liaison'." in said


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
def test_a_lost_answer(sides: Sides, kind: FaultKind) -> None:
    """A definition whose answer was lost is looked up and found, and not sent again."""
    sides.sandbox.fault(kind, method="POST", path=DEFINITIONS_PATH)
    ran = sides.product.run(*DEFINE)
    assert ran.exit_code == 0, ran.said
    assert "Datadog shows who holds it." in ran.stdout
    assert definitions(sides) == [TITLE]
    assert sides.sandbox.requests.count("POST", DEFINITIONS_PATH) == 1


@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.STATUS_BEFORE])
def test_a_lost_request(sides: Sides, kind: FaultKind) -> None:
    """A definition that never arrived is not sent twice by itself; the role is recorded."""
    sides.sandbox.fault(kind, method="POST", path=DEFINITIONS_PATH)
    ran = sides.product.run(*DEFINE)
    assert ran.exit_code == 3
    assert "recorded here all the same" in ran.stderr
    assert sides.sandbox.requests.count("POST", DEFINITIONS_PATH) == 1
    assert sides.product.run(*DEFINE).exit_code == 0
    assert definitions(sides) == [TITLE]


@pytest.mark.parametrize("permission", [Permission.SETTINGS_WRITE, Permission.SETTINGS_READ])
def test_without_the_permission(sides: Sides, permission: Permission) -> None:
    """Whoever may not define roles is told which permission that takes, and loses nothing."""
    sides.sandbox.withdraw(permission)
    ran = sides.product.run(*DEFINE)
    assert ran.exit_code == 3
    assert f"incident_settings_{permission.value.rpartition('_')[2]}" in ran.stderr
    assert "recorded here all the same" in ran.stderr
    assert "Network Liaison is a role of IR-1001 now" in ran.stdout
    assert definitions(sides) == []
    assert sides.product.run("assign", "1001", KEY, BO).exit_code == 0
    assert sides.recorded(KEY) == [BO]
