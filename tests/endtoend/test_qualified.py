"""A role that is meant for a team: whoever is not in it can have it, with a word about that."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import Switch
from tests.endtoend.agreement import BO, CAROL
from tests.product import Product
from tests.sandbox.acts import add_team

CATALOGUE = Path(__file__).parents[2] / "config" / "roles.yaml"
DATADOG = "    datadog: commander\n"


@pytest.fixture
def product(product: Product, sandbox: Sandbox, tmp_path: Path) -> Product:
    """The product with Incident Managers of a team, in which Bo is and Carol is not."""
    add_team(sandbox, "incident-managers", BO)
    roles = tmp_path / "roles.yaml"
    text = CATALOGUE.read_text("utf-8")
    qualified = f"{DATADOG}    qualified: {{team: incident-managers}}\n"
    roles.write_text(text.replace(DATADOG, qualified, 1), encoding="utf-8")
    settings = {**product.settings, "DD_INCIDENT_ROLES_ROLES": str(roles)}
    return Product(store=product.store, settings=settings)


@pytest.mark.parametrize("command", [("assign", "1001", "im"), ("handoff", "1001", "im", "--to")])
def test_somebody_else_is_warned_of(product: Product, command: tuple[str, ...]) -> None:
    """The role is given all the same, and the warning names the team."""
    ran = product.run(*command, CAROL)
    assert ran.exit_code == 0
    assert ran.stdout.startswith("Carol is Incident Manager of IR-1001 now")
    assert "Warning: Carol is not in the team incident-managers" in ran.stderr


def test_a_member_is_not(product: Product) -> None:
    """Whoever is in the team has the role without a word."""
    assert "Warning" not in product.run("assign", "1001", "im", BO).stderr


def test_a_team_that_cannot_be_read_is_said(product: Product, sandbox: Sandbox) -> None:
    """Nobody could look: the role is given, and it is not said that all is well."""
    sandbox.switch(teams=Switch.FORBIDDEN)
    ran = product.run("assign", "1001", "im", CAROL)
    assert ran.exit_code == 0
    assert "Warning: " in ran.stderr
