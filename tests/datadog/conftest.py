"""A session with a Datadog that `responses` plays, and one with any server of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.patience import Patience

BASE = "https://api.datadoghq.example"
API_KEY = "api-key-0123456789abcdef"
APP_KEY = "app-key-fedcba9876543210"

E = TypeVar("E", bound=Exception)


def failure(kind: type[E], ask: Callable[[], object]) -> E:
    """The error that asking ends in, which must be of this kind."""
    with pytest.raises(kind) as caught:
        ask()
    return caught.value


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    """Datadog, at the seam between requests and the network."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
        # What was asked for ahead must not take the answers of a later test.
        for thread in threading.enumerate():
            if thread.name == "worker":
                thread.join()


@pytest.fixture
def naps() -> list[float]:
    """Every pause that the session took, in seconds."""
    return []


@contextmanager
def open_session(
    base_url: str,
    *,
    sleep: Callable[[float], None],
    timeouts: tuple[float, float] = (5.0, 0.3),
    patience: Patience | None = None,
) -> Iterator[Session]:
    """A session with the server at an address; ``timeouts`` are for connecting and reading."""
    session = Session(
        base_url=base_url,
        api_key=API_KEY,
        app_key=APP_KEY,
        connect_timeout=timeouts[0],
        read_timeout=timeouts[1],
        max_wait=60.0,
        concurrency=4,
        sleep=sleep,
        jitter=lambda: 0.0,
        clock=lambda: datetime.now(UTC),
        patience=patience,
    )
    yield session
    session.close()


@pytest.fixture
def connect(naps: list[float]) -> Iterator[Callable[[str], Session]]:
    """Open a session with the server at an address; its pauses only go into ``naps``."""
    with ExitStack() as opened:
        yield lambda url: opened.enter_context(open_session(url, sleep=naps.append))


@pytest.fixture
def session(connect: Callable[[str], Session]) -> Session:
    """A session with the Datadog of the ``api`` fixture."""
    return connect(BASE)


@dataclass(frozen=True)
class Datadog:
    """The Datadog of the ``api`` fixture, and a session with it."""

    session: Session
    api: responses.RequestsMock

    @property
    def queries(self) -> list[dict[str, list[str]]]:
        """What each request asked for, in order."""
        return [parse_qs(urlsplit(call.request.url or "").query) for call in self.api.calls]

    @property
    def methods(self) -> list[str | None]:
        """The method of each request, in order."""
        return [call.request.method for call in self.api.calls]

    @property
    def bodies(self) -> list[Any]:
        """The resource that each request sent, in order; empty for a request without a body."""
        sent = [json.loads(call.request.body or "{}") for call in self.api.calls]
        return [each.get("data", {}) for each in sent]


@pytest.fixture
def dd(session: Session, api: responses.RequestsMock) -> Datadog:
    """A Datadog that is told what to answer."""
    return Datadog(session, api)
