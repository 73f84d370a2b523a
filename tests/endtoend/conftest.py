"""A local Datadog with an outage in it, and the product beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.endtoend.agreement import Sides
from tests.endtoend.product import API_KEY, APPLICATION_KEY, Clock, Product


@pytest.fixture
def clock() -> Clock:
    """The time that it is, for Datadog and for us."""
    return Clock()


@pytest.fixture
def running(clock: Clock) -> Iterator[RunningSandbox]:
    """A local Datadog that answers."""
    with RunningSandbox(Sandbox(clock=clock)) as running:
        outage(running.sandbox)
        yield running


@pytest.fixture
def sandbox(running: RunningSandbox) -> Sandbox:
    """What people see and do in that Datadog."""
    return running.sandbox


@pytest.fixture
def product(running: RunningSandbox, tmp_path: Path, clock: Clock) -> Product:
    """The product with a record of its own, which believes an absence at the second look."""
    store = tmp_path / "record.sqlite3"
    return Product(
        store=store,
        clock=clock,
        settings={
            "DD_API_KEY": API_KEY,
            "DD_APP_KEY": APPLICATION_KEY,
            "DD_INCIDENT_ROLES_API_URL": running.url,
            "DD_INCIDENT_ROLES_STORE": str(store),
            "DD_INCIDENT_ROLES_ABSENCE_GRACE": "0",
            # What is sent for roles is counted request by request; the timeline has its own tests.
            "DD_INCIDENT_ROLES_TIMELINE": "off",
        },
    )


@pytest.fixture
def sides(product: Product, sandbox: Sandbox) -> Sides:
    """Both sides together, after a first sync."""
    sides = Sides(product, sandbox)
    assert product.run("sync").exit_code == 0
    sandbox.forget_requests()
    return sides
