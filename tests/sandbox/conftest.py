"""A running sandbox with the outage in it, at a time that stands still unless it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.sandbox.client import BO, Client


class Clock:
    """Says what time it is; moves only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 9, 30, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)


@pytest.fixture
def clock() -> Clock:
    """The clock of the sandbox."""
    return Clock()


@pytest.fixture
def client(running: RunningSandbox) -> Iterator[Client]:
    """Somebody who asks it."""
    client = Client(running.url)
    yield client
    client.close()


@pytest.fixture
def path(sandbox: Sandbox) -> str:
    """Where the outage is."""
    return f"/incidents/{sandbox.incident(1001).id}"


@pytest.fixture
def bo(sandbox: Sandbox) -> str:
    """The user id of somebody who is not commander yet."""
    return sandbox.person(BO).id
