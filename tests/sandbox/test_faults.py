"""Faults: what the client sees, what was carried out, and what the log says."""

from __future__ import annotations

import threading

import pytest
import requests

from dd_incident_roles.sandbox.faults import Fault, FaultKind, FaultPlan
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.sandbox.client import Client, commander_body


@pytest.fixture
def path(incident_id: str) -> str:
    """Where the commander is set."""
    return f"/incidents/{incident_id}"


@pytest.fixture
def body(incident_id: str, bo: str) -> dict[str, object]:
    """What makes Bo the commander."""
    return commander_body(incident_id, bo)


@pytest.mark.parametrize(
    ("kind", "applied"), [(FaultKind.DROP_BEFORE, False), (FaultKind.DROP_AFTER, True)]
)
def test_a_dropped_connection(
    *, client: Client, sandbox: Sandbox, path: str, body: object, kind: FaultKind, applied: bool
) -> None:
    """The client is left without an answer; whether the write was made, only the log knows."""
    sandbox.fault(kind, method="PATCH")
    with pytest.raises(requests.ConnectionError):
        client.ask("PATCH", path, body)
    assert sandbox.commander(1001) == ("bo@corp.example" if applied else "ana@corp.example")
    (entry,) = sandbox.requests.entries
    assert (entry.status, entry.applied) == (None, applied)
    assert client.ask("PATCH", path, body).status_code == 200


@pytest.mark.parametrize(
    ("kind", "applied"), [(FaultKind.STATUS_BEFORE, False), (FaultKind.STATUS_AFTER, True)]
)
def test_a_status_before_and_after(
    *, client: Client, sandbox: Sandbox, path: str, body: object, kind: FaultKind, applied: bool
) -> None:
    """A 5xx can hide that the write was made."""
    sandbox.fault(kind, method="PATCH", status=503)
    assert client.refused("PATCH", path, body) == (503, "Service Unavailable")
    assert (sandbox.commander(1001) == "bo@corp.example") is applied
    assert sandbox.requests.entries[0].applied is applied


def test_a_rate_limit_says_how_long(client: Client, sandbox: Sandbox) -> None:
    """X-RateLimit-Reset counts seconds; Retry-After is not sent."""
    sandbox.fault(FaultKind.RATE_LIMIT, seconds=3)
    response = client.ask("GET", "/incidents")
    assert response.status_code == 429
    assert response.headers["X-RateLimit-Reset"] == "3"
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in response.headers


def test_a_truncated_body(client: Client, sandbox: Sandbox) -> None:
    """The length promises more than is sent."""
    sandbox.fault(FaultKind.TRUNCATE)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.ask("GET", "/incidents")


def test_a_page_of_somebody_in_between(
    client: Client, sandbox: Sandbox, path: str, body: object
) -> None:
    """A 200 with HTML is no answer of Datadog's, and nothing was written."""
    sandbox.fault(FaultKind.HTML)
    response = client.ask("PATCH", path, body)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html")
    assert sandbox.commander(1001) == "ana@corp.example"


def test_a_redirect(client: Client, sandbox: Sandbox) -> None:
    """The client is sent somewhere else."""
    sandbox.fault(FaultKind.REDIRECT, location="https://evil.example/")
    response = client.ask("GET", "/incidents")
    assert (response.status_code, response.headers["location"]) == (307, "https://evil.example/")


def test_latency_is_added_to_the_answer(client: Client, sandbox: Sandbox) -> None:
    """A slow answer is an answer, and it can go with another fault."""
    sandbox.fault(FaultKind.LATENCY, seconds=0.01, count=None)
    sandbox.fault(FaultKind.STATUS_BEFORE)
    assert client.ask("GET", "/incidents").status_code == 502
    assert client.ask("GET", "/incidents").status_code == 200


@pytest.mark.parametrize(
    ("kind", "applied"), [(FaultKind.HANG_BEFORE, False), (FaultKind.HANG_AFTER, True)]
)
def test_a_hang_whose_client_gives_up(
    *, client: Client, sandbox: Sandbox, path: str, body: object, kind: FaultKind, applied: bool
) -> None:
    """What hung before its write is not written once its client has gone."""
    sandbox.fault(kind, method="PATCH")
    with pytest.raises(requests.exceptions.ReadTimeout):
        client.ask("PATCH", path, body, timeout=0.05)
    assert sandbox.hangs.wait_until_free()
    assert client.ask("GET", path).status_code == 200
    assert (sandbox.commander(1001) == "bo@corp.example") is applied


@pytest.mark.parametrize("kind", [FaultKind.HANG_BEFORE, FaultKind.HANG_AFTER])
def test_a_hang_that_is_released(
    client: Client, sandbox: Sandbox, path: str, body: object, kind: FaultKind
) -> None:
    """A held request goes on to its answer."""
    sandbox.fault(kind, method="PATCH")
    answers: list[int] = []
    asking = threading.Thread(
        target=lambda: answers.append(client.ask("PATCH", path, body).status_code)
    )
    asking.start()
    assert sandbox.hangs.wait_for(1)
    before = sandbox.commander(1001)
    assert (before == "bo@corp.example") is (kind is FaultKind.HANG_AFTER)
    sandbox.clear_faults()
    asking.join(10)
    assert answers == [200]
    assert sandbox.hangs.count == 0
    assert sandbox.commander(1001) == "bo@corp.example"


def test_a_hang_ends_by_itself(client: Client, sandbox: Sandbox) -> None:
    """A hang with a length goes on after it."""
    sandbox.fault(FaultKind.HANG_BEFORE, seconds=0.01)
    assert client.ask("GET", "/incidents").status_code == 200


def test_rules_strike_the_nth_match_and_so_often() -> None:
    """A rule passes over what does not match, waits for its turn and then wears out."""
    plan = FaultPlan()
    plan.add(Fault(kind=FaultKind.HTML, method="GET", path=r"/x$", nth=2, count=2))
    asked = [("GET", "/x"), ("POST", "/x"), ("GET", "/x?y"), ("GET", "/x"), ("GET", "/x")]
    assert [len(plan.strike(*each)) for each in asked] == [0, 0, 0, 1, 1]
    assert plan.pending() == []
    assert plan.strike("GET", "/x") == []


def test_a_rule_without_a_count_never_wears_out() -> None:
    """It strikes until it is cleared."""
    plan = FaultPlan()
    plan.add(Fault(kind=FaultKind.HTML, count=None))
    assert all(plan.strike("GET", "/") for _ in range(10))
    plan.clear()
    assert plan.strike("GET", "/") == []


def test_one_request_suffers_one_fault() -> None:
    """The second of two rules waits for the next request."""
    plan = FaultPlan()
    plan.add(Fault(kind=FaultKind.HTML))
    plan.add(Fault(kind=FaultKind.DROP_AFTER))
    assert [plan.strike("GET", "/")[0].kind for _ in range(2)] == ["html", "drop_after"]


def test_the_log_tells_what_was_sent_again(
    client: Client, sandbox: Sandbox, path: str, body: object
) -> None:
    """A write that was carried out and came again, to the byte, is a re-sent one."""
    sandbox.fault(FaultKind.STATUS_BEFORE, method="PATCH")
    for _ in range(2):
        client.ask("PATCH", path, body)
    assert sandbox.requests.resent() == []
    client.ask("PATCH", path, body)
    assert [entry.method for entry in sandbox.requests.resent()] == ["PATCH"]
    assert sandbox.requests.count("PATCH", r"/incidents/[^/]+$") == 3
    assert sandbox.requests.by_template()["PATCH", "/api/v2/incidents/{incident_id}"] == 3
    sandbox.forget_requests()
    assert sandbox.requests.entries == []
