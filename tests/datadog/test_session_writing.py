"""A write is sent exactly once, and its error says whether it may have been applied."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.wire import document
from dd_incident_roles.errors import (
    DatadogError,
    RateLimited,
    UnexpectedAnswer,
    Unreachable,
)
from tests.datadog.peer import DROP, HANG, Peer, answer

PATH = "/api/v2/x"
URL = f"https://api.datadoghq.example{PATH}"
METHODS = ["POST", "PATCH", "PUT", "DELETE"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failed_write_is_ambiguous_and_not_repeated(
    method: str, status: int, session: Session, api: responses.RequestsMock, naps: list[float]
) -> None:
    """After a server error nobody knows whether the write was applied; it is not sent again."""
    api.add(method, URL, status=status)
    with pytest.raises(UnexpectedAnswer) as caught:
        session.send(method, PATH, body={})
    assert (caught.value.ambiguous, caught.value.status) == (True, status)
    assert session.requests == {method: 1}
    assert len(api.calls) == 1
    assert naps == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("error", [requests.ConnectionError("reset"), requests.ReadTimeout()])
def test_a_lost_answer_is_ambiguous_and_not_repeated(
    method: str, error: Exception, session: Session, api: responses.RequestsMock
) -> None:
    """A connection that broke after sending leaves the write in doubt; it is not sent again."""
    api.add(method, URL, body=error)
    with pytest.raises(Unreachable) as caught:
        session.send(method, PATH, body={})
    assert caught.value.ambiguous
    assert "sync" in (caught.value.hint or "")
    assert len(api.calls) == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_write_that_never_left_is_not_ambiguous(
    method: str, session: Session, api: responses.RequestsMock
) -> None:
    """A connection that was never made cannot have applied anything."""
    api.add(method, URL, body=requests.ConnectTimeout())
    with pytest.raises(Unreachable) as caught:
        session.send(method, PATH)
    assert not caught.value.ambiguous
    assert len(api.calls) == 1


def test_a_refused_connection_is_not_ambiguous(connect: Callable[[str], Session]) -> None:
    """A closed port, as the operating system reports it, leaves no doubt about a write."""
    with Peer(DROP) as peer:
        url = peer.url
    with pytest.raises(Unreachable) as caught:
        connect(url).post(PATH, {}, bytes)
    assert not caught.value.ambiguous


@pytest.mark.parametrize("reply", [DROP, HANG, answer(502), answer(200, b"{", announced=9)])
def test_the_server_sees_a_write_once(
    reply: bytes | None, connect: Callable[[str], Session]
) -> None:
    """Whatever goes wrong after the request, over real connections, it arrives once."""
    with Peer(reply) as peer:
        with pytest.raises(DatadogError) as caught:
            connect(peer.url).post(PATH, {"data": 1}, bytes)
        assert caught.value.ambiguous
        assert peer.methods == ["POST"]


@pytest.mark.parametrize("method", METHODS)
def test_a_rate_limited_write_is_certain_and_not_repeated(
    method: str, session: Session, api: responses.RequestsMock, naps: list[float]
) -> None:
    """A 429 was not applied, and the write is left to the next run."""
    api.add(method, URL, status=429, headers={"X-RateLimit-Reset": "1"})
    with pytest.raises(RateLimited) as caught:
        session.send(method, PATH)
    assert not caught.value.ambiguous
    assert len(api.calls) == 1
    assert naps == []


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Welcome</body></html>", b'{"data": {', b"[1]", b"\xff\xfe{"]
)
def test_an_illegible_success_is_ambiguous(
    body: bytes, session: Session, api: responses.RequestsMock
) -> None:
    """A 2xx that cannot be read is not taken for success, nor for failure."""
    api.patch(URL, body=body)
    with pytest.raises(UnexpectedAnswer) as caught:
        session.patch(PATH, {}, document)
    assert caught.value.ambiguous
    assert f"PATCH {PATH}" in str(caught.value)


def test_an_illegible_reading_is_not_ambiguous(
    session: Session, api: responses.RequestsMock
) -> None:
    """A reading that cannot be understood has changed nothing, and is not repeated."""
    api.get(URL, body=b"<html>")
    with pytest.raises(UnexpectedAnswer, match="web page") as caught:
        session.get(PATH, document)
    assert not caught.value.ambiguous
    assert len(api.calls) == 1


@pytest.mark.parametrize("method", ["GET", *METHODS])
def test_every_call_has_both_timeouts(
    method: str, session: Session, api: responses.RequestsMock
) -> None:
    """No request can wait for ever, neither to connect nor for an answer."""
    timeouts = responses.matchers.request_kwargs_matcher({"timeout": (5.0, 0.3)})
    api.add(method, URL, body=b"{}", match=[timeouts])
    assert session.send(method, PATH).status == 200


def test_a_deletion_needs_no_json(session: Session, api: responses.RequestsMock) -> None:
    """Datadog answers a deletion with an empty web page (recorded), which is success."""
    api.delete(URL, status=204, content_type="text/html; charset=utf-8")
    session.delete(PATH)
    assert session.requests == {"DELETE": 1}
