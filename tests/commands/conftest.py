"""The product put together as for a command, beside a local Datadog with an outage in it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from dd_incident_roles.app import open_application
from dd_incident_roles.application import Application
from dd_incident_roles.cli.options import now


class Stopwatch:
    """Seconds that go by as always, and those that a test lets go by besides."""

    def __init__(self) -> None:
        self.besides = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.besides

    def wait(self, seconds: float) -> None:
        """Let time go by at once."""
        self.besides += seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    """By which the product counts seconds."""
    return Stopwatch()


@pytest.fixture
def at_once(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An absence is believed at the second look, and Ana is at the terminal."""
    own = {"DD_INCIDENT_ROLES_ABSENCE_GRACE": "0", "DD_INCIDENT_ROLES_ME": "ana@corp.example"}
    for name, value in {**settings, **own}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def application(at_once: None, stopwatch: Stopwatch) -> Iterator[Application]:
    """The product as it is set."""
    with open_application(None, {}, clock=now, monotonic=stopwatch) as application:
        yield application


@pytest.fixture
def rival(at_once: None) -> Iterator[Application]:
    """The product in another process on the same record."""
    with open_application(None, {}, clock=now) as application:
        yield application
