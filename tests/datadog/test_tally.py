"""Requests are counted right from many threads."""

from __future__ import annotations

import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.sync.threads import in_threads
from tests.datadog.conftest import BASE


def test_every_thread_counts(session: Session, api: responses.RequestsMock) -> None:
    """No request is lost from the count when many threads send at once."""
    api.get(f"{BASE}/api/v2/x", body=b"{}")
    in_threads(lambda _: session.get("/api/v2/x", bytes), range(100), at_most=4)
    assert session.requests == {"GET": 100}


def test_the_counts_are_a_copy(session: Session, api: responses.RequestsMock) -> None:
    """Nobody changes the count by changing what they were given."""
    api.get(f"{BASE}/api/v2/x", body=b"{}")
    session.get("/api/v2/x", bytes)
    session.requests["GET"] = 99
    assert session.requests == {"GET": 1}
