"""The product put together as for a command, beside a local Datadog with an outage in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dd_incident_roles.app import open_application
from dd_incident_roles.application import Application


@pytest.fixture
def application(settings: dict[str, str]) -> Iterator[Application]:
    """The product with Ana at the terminal, which believes an absence at the second look."""
    environment = {
        **settings,
        "DD_INCIDENT_ROLES_ABSENCE_GRACE": "0",
        "DD_INCIDENT_ROLES_ME": "ana@corp.example",
    }
    with open_application(None, {}, environ=environment) as application:
        yield application
