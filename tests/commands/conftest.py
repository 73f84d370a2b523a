"""The product put together as for a command, beside a local Datadog with an outage in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.app import open_application
from dd_incident_roles.application import Application
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox


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
def application(running: RunningSandbox, tmp_path: Path) -> Iterator[Application]:
    """The product, which believes an absence at the second look."""
    environment = {
        "DD_API_KEY": "any",
        "DD_APP_KEY": "any",
        "DD_INCIDENT_ROLES_API_URL": running.url,
        "DD_INCIDENT_ROLES_STORE": str(tmp_path / "record.sqlite3"),
        "DD_INCIDENT_ROLES_ABSENCE_GRACE": "0",
        "DD_INCIDENT_ROLES_ME": "ana@corp.example",
    }
    with open_application(None, {}, environ=environment) as application:
        yield application
