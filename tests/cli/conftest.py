"""The product at a terminal, beside a local Datadog with an outage in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.endtoend.product import API_KEY, APPLICATION_KEY, Product


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    """A local Datadog that answers."""
    with RunningSandbox() as running:
        outage(running.sandbox)
        yield running


@pytest.fixture
def sandbox(running: RunningSandbox) -> Sandbox:
    """What people see and do in that Datadog."""
    return running.sandbox


@pytest.fixture
def product(running: RunningSandbox, tmp_path: Path) -> Product:
    """The product with a record of its own."""
    store = tmp_path / "record.sqlite3"
    return Product(
        store=store,
        settings={
            "DD_API_KEY": API_KEY,
            "DD_APP_KEY": APPLICATION_KEY,
            "DD_INCIDENT_ROLES_API_URL": running.url,
            "DD_INCIDENT_ROLES_STORE": str(store),
        },
    )


@pytest.fixture
def offline(tmp_path: Path) -> Product:
    """The product without keys and without a Datadog."""
    return Product(store=tmp_path / "record.sqlite3", settings={})
