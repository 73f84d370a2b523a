"""Faults: what the client sees, what was carried out, and what the log says."""

from __future__ import annotations

import threading

import pytest
import requests

from dd_incident_roles.sandbox.faults import Fault, FaultKind, FaultPlan
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.sandbox.client import ANA, BO, Client, commander_body


@pytest.fixture
def body(bo: str) -> dict[str, object]:
    """What makes Bo the commander."""
    return commander_body(bo)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_fault_hides_whether_the_write_was_made(
    client: Client, sandbox: Sandbox, path: str, body: object, when: str
) -> None:
    """Without an answer, or with a 5xx, only the log knows; a hang whose client goes is a no."""

    def check_applied(status: int | None) -> None:
        assert sandbox.commander(1001) == (BO if when == "after" else ANA)
        (entry,) = sandbox.requests.entries
        assert (entry.status, entry.applied) == (status, when == "after")
        sandbox.set_commander(1001, ANA)
        sandbox.forget_requests()

    sandbox.fault(FaultKind(f"drop_{when}"), method="PATCH")
    with pytest.raises(requests.ConnectionError):
        client.ask("PATCH", path, body)
    check_applied(None)
    sandbox.fault(FaultKind(f"status_{when}"), method="PATCH", status=503)
    assert client.refused("PATCH", path, body) == (503, "Service Unavailable")
    check_applied(503)
    sandbox.fault(FaultKind(f"hang_{when}"), method="PATCH")
    with pytest.raises(requests.exceptions.ReadTimeout):
        client.ask("PATCH", path, body, timeout=0.05)
    assert sandbox.hangs.wait_until_free()
    check_applied(None)
    client.write("PATCH", path, body)


def test_answers_that_are_not_datadogs(
    client: Client, sandbox: Sandbox, path: str, body: object
) -> None:
    """A rate limit counts seconds, a page or a redirect of somebody in between is none of ours."""
    sandbox.fault(FaultKind.RATE_LIMIT, seconds=3)
    limited = client.ask("PATCH", path, body)
    assert limited.status_code == 429
    assert limited.headers["X-RateLimit-Reset"] == "3"
    assert limited.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in limited.headers
    sandbox.fault(FaultKind.HTML)
    page = client.ask("PATCH", path, body)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
    sandbox.fault(FaultKind.REDIRECT, location="https://evil.example/")
    away = client.ask("PATCH", path, body)
    assert (away.status_code, away.headers["location"]) == (307, "https://evil.example/")
    assert sandbox.commander(1001) == ANA
    sandbox.fault(FaultKind.TRUNCATE)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.ask("GET", "/incidents")


def test_a_slow_answer_is_an_answer(client: Client, sandbox: Sandbox) -> None:
    """Latency can go with another fault, and a hang with a length goes on after it."""
    sandbox.fault(FaultKind.LATENCY, seconds=0.01, count=None)
    sandbox.fault(FaultKind.STATUS_BEFORE)
    sandbox.fault(FaultKind.HANG_BEFORE, seconds=0.01)
    asked = [client.ask("GET", "/incidents").status_code for _ in range(3)]
    assert asked == [502, 200, 200]


@pytest.mark.parametrize("kind", [FaultKind.HANG_BEFORE, FaultKind.HANG_AFTER])
def test_a_hang_that_is_released(
    client: Client, sandbox: Sandbox, path: str, body: object, kind: FaultKind
) -> None:
    """A held request goes on to its answer."""
    sandbox.fault(kind, method="PATCH")
    asking = threading.Thread(target=lambda: client.write("PATCH", path, body))
    asking.start()
    assert sandbox.hangs.wait_for(1)
    assert sandbox.commander(1001) == (BO if kind is FaultKind.HANG_AFTER else ANA)
    sandbox.clear_faults()
    asking.join(10)
    assert [entry.status for entry in sandbox.requests.entries] == [200]
    assert sandbox.hangs.count == 0
    assert sandbox.commander(1001) == BO


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
