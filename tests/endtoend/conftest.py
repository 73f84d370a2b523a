"""The product and a local Datadog that agree before a test begins."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import Sides
from tests.product import Product


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    """Settings by which an absence is believed at the second look."""
    return {
        **settings,
        "DD_INCIDENT_ROLES_ABSENCE_GRACE": "0",
        # What is sent for roles is counted request by request; the timeline has its own tests.
        "DD_INCIDENT_ROLES_TIMELINE": "off",
    }


@pytest.fixture
def sides(product: Product, sandbox: Sandbox) -> Sides:
    """Both sides together, after a first sync."""
    sides = Sides(product, sandbox)
    assert product.run("sync").exit_code == 0
    sandbox.forget_requests()
    return sides
