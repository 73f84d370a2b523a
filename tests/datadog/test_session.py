"""A GET is patient; a write is sent once, and its error says whether it may have been applied."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.wire import document
from dd_incident_roles.errors import DatadogError, RateLimited, UnexpectedAnswer, Unreachable
from dd_incident_roles.sync.threads import in_threads
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.peer import DROP, HANG, Peer, answer

PATH = "/api/v2/x"
URL = f"{BASE}{PATH}"
METHODS = ["POST", "PATCH", "PUT", "DELETE"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failed_write_is_ambiguous_and_not_repeated(
    method: str, status: int, dd: Datadog, naps: list[float]
) -> None:
    """After a server error nobody knows whether the write was applied; it is not sent again."""
    dd.api.add(method, URL, status=status)
    with pytest.raises(UnexpectedAnswer) as caught:
        dd.session.send(method, PATH, body={})
    assert (caught.value.ambiguous, caught.value.status) == (True, status)
    assert dd.session.requests == {method: 1}
    assert len(dd.api.calls) == 1
    assert naps == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("error", [requests.ConnectionError("reset"), requests.ReadTimeout()])
def test_a_lost_answer_is_ambiguous_and_not_repeated(
    method: str, error: Exception, dd: Datadog
) -> None:
    """A connection that broke after sending leaves the write in doubt; it is not sent again."""
    dd.api.add(method, URL, body=error)
    with pytest.raises(Unreachable) as caught:
        dd.session.send(method, PATH, body={})
    assert caught.value.ambiguous
    assert "sync" in (caught.value.hint or "")
    assert len(dd.api.calls) == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_write_that_never_left_is_not_ambiguous(method: str, dd: Datadog) -> None:
    """A connection that was never made cannot have applied anything."""
    dd.api.add(method, URL, body=requests.ConnectTimeout())
    with pytest.raises(Unreachable) as caught:
        dd.session.send(method, PATH)
    assert not caught.value.ambiguous
    assert len(dd.api.calls) == 1


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
    method: str, dd: Datadog, naps: list[float]
) -> None:
    """A 429 was not applied, and the write is left to the next run."""
    dd.api.add(method, URL, status=429, headers={"X-RateLimit-Reset": "1"})
    with pytest.raises(RateLimited) as caught:
        dd.session.send(method, PATH)
    assert not caught.value.ambiguous
    assert len(dd.api.calls) == 1
    assert naps == []


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Welcome</body></html>", b'{"data": {', b"[1]", b"\xff\xfe{"]
)
def test_an_illegible_success_is_ambiguous(body: bytes, dd: Datadog) -> None:
    """A 2xx that cannot be read is not taken for success, nor for failure."""
    dd.api.patch(URL, body=body)
    with pytest.raises(UnexpectedAnswer) as caught:
        dd.session.patch(PATH, {}, document)
    assert caught.value.ambiguous
    assert f"PATCH {PATH}" in str(caught.value)


def test_an_illegible_reading_is_not_ambiguous(dd: Datadog) -> None:
    """A reading that cannot be understood has changed nothing, and is not repeated."""
    dd.api.get(URL, body=b"<html>")
    with pytest.raises(UnexpectedAnswer, match="web page") as caught:
        dd.session.get(PATH, document)
    assert not caught.value.ambiguous
    assert len(dd.api.calls) == 1


@pytest.mark.parametrize("method", ["GET", *METHODS])
def test_every_call_has_both_timeouts(method: str, dd: Datadog) -> None:
    """No request can wait for ever, neither to connect nor for an answer."""
    timeouts = responses.matchers.request_kwargs_matcher({"timeout": (5.0, 0.3)})
    dd.api.add(method, URL, body=b"{}", match=[timeouts])
    assert dd.session.send(method, PATH).status == 200


def test_a_deletion_needs_no_json(dd: Datadog) -> None:
    """Datadog answers a deletion with an empty web page (recorded), which is success."""
    dd.api.delete(URL, status=204, content_type="text/html; charset=utf-8")
    dd.session.delete(PATH)
    assert dd.session.requests == {"DELETE": 1}


def read(session: Session) -> bytes:
    """Ask for the one resource of these tests."""
    return session.get("/api/v2/x", bytes)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_passing_failure_is_tried_again(status: int, dd: Datadog, naps: list[float]) -> None:
    """A reading that a gateway failed is sent again after a pause."""
    dd.api.get(URL, status=status)
    dd.api.get(URL, body=b"{}")
    assert read(dd.session) == b"{}"
    assert dd.session.requests == {"GET": 2}
    assert naps == [0.25]


@pytest.mark.parametrize(
    "error",
    [requests.ConnectionError("reset"), requests.ReadTimeout(), requests.ConnectTimeout()],
)
def test_a_broken_connection_is_tried_again(error: Exception, dd: Datadog) -> None:
    """A reading whose connection failed is sent again."""
    dd.api.get(URL, body=error)
    dd.api.get(URL, body=b"{}")
    assert read(dd.session) == b"{}"


def test_tries_are_bounded(dd: Datadog, naps: list[float]) -> None:
    """Datadog being down ends in an error after four tries, with growing pauses between."""
    dd.api.get(URL, status=503)
    with pytest.raises(UnexpectedAnswer) as caught:
        read(dd.session)
    assert (caught.value.status, caught.value.ambiguous) == (503, False)
    assert dd.session.requests == {"GET": 4}
    assert naps == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422, 500, 501, 302])
def test_other_failures_are_not_repeated(status: int, dd: Datadog) -> None:
    """What the server means is not asked again."""
    dd.api.get(URL, status=status)
    with pytest.raises(DatadogError):
        read(dd.session)
    assert dd.session.requests == {"GET": 1}


def test_a_rate_limit_is_waited_for(dd: Datadog, naps: list[float]) -> None:
    """The pause is what X-RateLimit-Reset says, longer when that did not help several times."""
    for seconds in ("3", "4", "1", "2", "1", "1"):
        dd.api.get(URL, status=429, headers={"X-RateLimit-Reset": seconds})
    dd.api.get(URL, body=b"{}")
    assert read(dd.session) == b"{}"
    assert naps == [3.0, 4.0, 1.0, 2.0, 4.0, 4.0]


def test_retry_after_is_understood(dd: Datadog, naps: list[float]) -> None:
    """A gateway's Retry-After counts as well."""
    dd.api.get(URL, status=429, headers={"Retry-After": "5"})
    dd.api.get(URL, body=b"{}")
    read(dd.session)
    assert naps == [5.0]


def test_a_reset_can_be_a_moment(dd: Datadog, naps: list[float]) -> None:
    """A moment is waited for as the answer's own clock has it, and Retry-After goes first."""
    moment = {"X-RateLimit-Reset": "1795718069", "Date": "Thu, 26 Nov 2026 18:34:09 GMT"}
    dd.api.get(URL, status=429, headers=moment)
    dd.api.get(URL, status=429, headers={**moment, "Retry-After": "7"})
    dd.api.get(URL, body=b"{}")
    read(dd.session)
    assert naps == [20.0, 7.0]


def test_a_pause_beyond_the_cap_is_not_taken(dd: Datadog, naps: list[float]) -> None:
    """A rate limit longer than the run may wait ends it, and says how long it would have been."""
    dd.api.get(URL, status=429, headers={"X-RateLimit-Reset": "3600"})
    with pytest.raises(RateLimited, match=r"3600 s.*60 s"):
        read(dd.session)
    assert naps == []


def test_the_cap_is_on_all_pauses_together(dd: Datadog, naps: list[float]) -> None:
    """A storm of short rate limits ends too."""
    dd.api.get(URL, status=429, headers={"X-RateLimit-Reset": "25"})
    with pytest.raises(RateLimited) as caught:
        read(dd.session)
    assert naps == [25.0, 25.0]
    assert caught.value.stops_the_run


def test_a_dropped_connection_is_unreachable(connect: Callable[[str], Session]) -> None:
    """A server that hangs up without a word is unreachable, and a reading is never ambiguous."""
    with Peer(DROP) as peer:
        session = connect(peer.url)
        with pytest.raises(Unreachable, match="dropped") as caught:
            read(session)
        assert not caught.value.ambiguous
        assert peer.methods == ["GET"] * 4


def test_a_hanging_server_is_left(connect: Callable[[str], Session]) -> None:
    """Silence ends at the read timeout, and the next try may succeed."""
    with Peer(HANG, answer(200)) as peer:
        assert read(connect(peer.url)) == b"{}"


def test_nobody_listening_is_unreachable(connect: Callable[[str], Session]) -> None:
    """A closed port is unreachable, and the sentence names the host and the setting."""
    with Peer(DROP) as peer:
        url = peer.url
    with pytest.raises(Unreachable, match=r"No connection to 127\.0\.0\.1") as caught:
        read(connect(url))
    assert "DD_SITE" in (caught.value.hint or "")


def test_a_cut_body_is_asked_for_again(connect: Callable[[str], Session]) -> None:
    """A body shorter than announced is no answer; a whole one later is."""
    with Peer(answer(200, b'{"da', announced=50), answer(200, b'{"data":1}')) as peer:
        assert read(connect(peer.url)) == b'{"data":1}'


def test_a_body_that_stays_cut_is_unexpected(connect: Callable[[str], Session]) -> None:
    """A body that never comes whole is an unexpected answer, not an empty one."""
    cut = answer(200, b'{"da', announced=50)
    with Peer(cut) as peer, pytest.raises(UnexpectedAnswer, match="broke off"):
        read(connect(peer.url))


def test_requests_and_times_are_logged_without_more(
    dd: Datadog, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has method, path, status and duration; no query, no body, no key."""
    dd.api.get(URL, body=b'{"secret": "body"}')
    with caplog.at_level(logging.DEBUG, logger="dd_incident_roles.datadog"):
        dd.session.get("/api/v2/x", bytes, (("query", "who"),))
    assert [record.name for record in caplog.records] == ["dd_incident_roles.datadog"]
    assert caplog.messages[0].startswith("GET /api/v2/x: 200 in ")
    assert "who" not in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("minutes", [90, -90])
def test_the_clock_of_the_server(dd: Datadog, minutes: int) -> None:
    """The newest answer says how far its clock is ahead of ours."""
    then = datetime.now(UTC) + timedelta(minutes=minutes)
    dd.api.get(URL, body=b"{}", headers={"Date": format_datetime(then, usegmt=True)})
    read(dd.session)
    assert abs(dd.session.clock_ahead - timedelta(minutes=minutes)) < timedelta(minutes=1)


@pytest.mark.parametrize("shown", [None, "", "noon", "Thu, 26 Nov 2026 18:00:00 -0000"])
def test_a_server_that_does_not_tell_the_time(dd: Datadog, shown: str | None) -> None:
    """Without a date that can be read, our clock is taken for right."""
    dd.api.get(URL, body=b"{}", headers={} if shown is None else {"Date": shown})
    read(dd.session)
    assert dd.session.clock_ahead == timedelta()


def test_the_clock_of_a_gateway_is_none(dd: Datadog) -> None:
    """What stands in between and fails has no say about the time."""
    late = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    dd.api.get(URL, status=502, headers={"Date": late})
    with pytest.raises(DatadogError):
        read(dd.session)
    assert dd.session.clock_ahead == timedelta()


def test_every_thread_counts(dd: Datadog) -> None:
    """No request is lost from the count when many threads send at once."""
    dd.api.get(URL, body=b"{}")
    in_threads(lambda _: dd.session.get("/api/v2/x", bytes), range(100), at_most=4)
    assert dd.session.requests == {"GET": 100}


def test_the_counts_are_a_copy(dd: Datadog) -> None:
    """Nobody changes the count by changing what they were given."""
    dd.api.get(URL, body=b"{}")
    dd.session.get("/api/v2/x", bytes)
    dd.session.requests["GET"] = 99
    assert dd.session.requests == {"GET": 1}
