"""A GET is patient; a write is sent once, and its error says whether it may have been applied."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, formatdate
from typing import Any

import pytest
import requests
import responses

from dd_incident_roles.datadog.http import Session, pause_before_retry, requested_pause
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.wire import Answer, document
from dd_incident_roles.errors import DatadogError, RateLimited, UnexpectedAnswer, Unreachable
from dd_incident_roles.model import UserId
from dd_incident_roles.patience import in_threads
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.parts import INCIDENT, notes, responders
from tests.datadog.payloads import ADA
from tests.datadog.peer import DROP, HANG, Peer, answer

PATH = "/api/v2/x"
URL = f"{BASE}{PATH}"
METHODS = ["POST", "PATCH", "PUT", "DELETE"]


LOST: dict[str, tuple[dict[str, Any], type[DatadogError], bool]] = {
    **{
        str(status): ({"status": status}, UnexpectedAnswer, True) for status in (500, 502, 503, 504)
    },
    "reset": ({"body": requests.ConnectionError("reset")}, Unreachable, True),
    "silence": ({"body": requests.ReadTimeout()}, Unreachable, True),
    "never left": ({"body": requests.ConnectTimeout()}, Unreachable, False),
    "429": ({"status": 429, "headers": {"X-RateLimit-Reset": "1"}}, RateLimited, False),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", LOST.values(), ids=LOST)
def test_a_failed_write_is_not_repeated(
    method: str,
    case: tuple[dict[str, Any], type[DatadogError], bool],
    dd: Datadog,
    naps: list[float],
) -> None:
    """It is in doubt after a server error or a lost answer, and not when it certainly was not."""
    answer, kind, ambiguous = case
    dd.api.add(method, URL, **answer)
    error = failure(kind, lambda: dd.session.send(method, PATH, body={}))
    assert (error.ambiguous, error.status) == (ambiguous, answer.get("status"))
    assert ("which looks before it writes" in (error.hint or "")) is ambiguous
    assert dd.session.requests == {method: 1}
    assert len(dd.api.calls) == 1
    assert naps == []


WRITES: dict[str, Callable[[Session], object]] = {
    "commander": lambda session: Incidents(session).set_commander(INCIDENT, None),
    "field": lambda session: Incidents(session).set_field(INCIDENT, "a", "b", type_name="text"),
    "responder": lambda session: responders(session).add(INCIDENT, UserId(ADA)),
    "assignment": lambda session: responders(session).assign("r1", "role1"),
    "its end": lambda session: responders(session).unassign("a1"),
    "note": lambda session: notes(session).create(INCIDENT, {}),
    "its change": lambda session: notes(session).update(INCIDENT, "c1", {}),
    "its removal": lambda session: notes(session).delete(INCIDENT, "c1"),
}


@pytest.mark.parametrize("status", [500, 502])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_lost_write_of_a_resource_is_not_repeated(
    write: Callable[[Session], object], status: int, dd: Datadog
) -> None:
    """No resource answers a server error with a second request of any kind."""
    for method in METHODS:
        dd.api.add(method, re.compile(f"{BASE}/api/v2/incidents/.*"), status=status)
    assert failure(UnexpectedAnswer, lambda: write(dd.session)).ambiguous
    assert len(dd.api.calls) == 1


@pytest.mark.parametrize("reply", [DROP, HANG, answer(502), answer(200, b"{", announced=9)])
def test_the_server_sees_a_write_once(
    reply: bytes | None, connect: Callable[[str], Session]
) -> None:
    """Whatever goes wrong after the request, over real connections, it arrives once."""
    with Peer(reply) as peer:
        session = connect(peer.url)
        assert failure(DatadogError, lambda: session.post(PATH, {"data": 1}, bytes)).ambiguous
        assert peer.methods == ["POST"]


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Welcome</body></html>", b'{"data": {', b"[1]", b"\xff\xfe{"]
)
def test_an_illegible_success_is_ambiguous(body: bytes, dd: Datadog) -> None:
    """A 2xx that cannot be read is neither success nor failure; a reading changed nothing."""
    dd.api.patch(URL, body=body)
    dd.api.get(URL, body=body)
    error = failure(UnexpectedAnswer, lambda: dd.session.patch(PATH, {}, document))
    assert error.ambiguous
    assert "(writing " in str(error)
    assert not failure(UnexpectedAnswer, lambda: dd.session.get(PATH, document)).ambiguous
    assert dd.session.requests == {"PATCH": 1, "GET": 1}


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


@pytest.mark.parametrize(
    "answer",
    [
        *({"status": status} for status in (502, 503, 504)),
        *({"body": error} for error in (requests.ConnectionError("reset"), requests.ReadTimeout())),
        {"body": requests.ConnectTimeout()},
    ],
    ids=str,
)
def test_a_passing_failure_is_tried_again(
    answer: dict[str, Any], dd: Datadog, naps: list[float]
) -> None:
    """A reading that a gateway or a connection failed is sent again after a pause."""
    dd.api.get(URL, **answer)
    dd.api.get(URL, body=b"{}")
    assert read(dd.session) == b"{}"
    assert dd.session.requests == {"GET": 2}
    assert naps == [0.25]


def test_tries_are_bounded(dd: Datadog, naps: list[float]) -> None:
    """Datadog being down ends in an error after four tries, with growing pauses between."""
    dd.api.get(URL, status=503)
    error = failure(UnexpectedAnswer, lambda: read(dd.session))
    assert (error.status, error.ambiguous) == (503, False)
    assert dd.session.requests == {"GET": 4}
    assert naps == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422, 500, 501, 302])
def test_other_failures_are_not_repeated(status: int, dd: Datadog) -> None:
    """What the server means is not asked again."""
    dd.api.get(URL, status=status)
    failure(DatadogError, lambda: read(dd.session))
    assert dd.session.requests == {"GET": 1}


def test_a_rate_limit_is_waited_for(dd: Datadog, naps: list[float]) -> None:
    """The pause is what X-RateLimit-Reset says, longer when that did not help several times."""
    for seconds in ("3", "4", "1", "2", "1", "1"):
        dd.api.get(URL, status=429, headers={"X-RateLimit-Reset": seconds})
    dd.api.get(URL, body=b"{}")
    assert read(dd.session) == b"{}"
    assert naps == [3.0, 4.0, 1.0, 2.0, 4.0, 4.0]


def test_a_pause_beyond_the_cap_is_not_taken(dd: Datadog, naps: list[float]) -> None:
    """A rate limit longer than the run may wait ends it, and says how long it would have been."""
    dd.api.get(URL, status=429, headers={"X-RateLimit-Reset": "3600"})
    with pytest.raises(RateLimited, match=r"3600 s.*60 s"):
        read(dd.session)
    assert naps == []


def test_the_cap_is_on_all_pauses_together(dd: Datadog, naps: list[float]) -> None:
    """A storm of short rate limits ends too."""
    dd.api.get(URL, status=429, headers={"X-RateLimit-Reset": "25"})
    assert failure(RateLimited, lambda: read(dd.session)).stops_the_run
    assert naps == [25.0, 25.0]


def test_a_dropped_connection_is_unreachable(connect: Callable[[str], Session]) -> None:
    """A server that hangs up without a word is unreachable, and a reading is never ambiguous."""
    with Peer(DROP) as peer:
        error = failure(Unreachable, lambda: read(connect(peer.url)))
        assert "dropped" in str(error)
        assert not error.ambiguous
        assert peer.methods == ["GET"] * 4


@pytest.mark.parametrize("first", [HANG, answer(200, b'{"da', announced=50)])
def test_a_server_may_answer_the_next_time(
    first: bytes | None, connect: Callable[[str], Session]
) -> None:
    """Silence ends at the read timeout, and a body shorter than announced is no answer."""
    with Peer(first, answer(200, b'{"data":1}')) as peer:
        assert read(connect(peer.url)) == b'{"data":1}'


def test_nobody_listening_is_unreachable(connect: Callable[[str], Session]) -> None:
    """A closed port leaves no doubt about a write, and the sentence names host and setting."""
    with Peer(DROP) as peer:
        url = peer.url
    session = connect(url)
    for ask in (lambda: read(session), lambda: session.post(PATH, {}, bytes)):
        error = failure(Unreachable, ask)
        assert "Could not connect to 127.0.0.1" in str(error)
        assert "DD_SITE" in (error.hint or "")
        assert not error.ambiguous


def test_a_body_that_stays_cut_is_unexpected(connect: Callable[[str], Session]) -> None:
    """A body that never comes whole is an unexpected answer, not an empty one."""
    cut = answer(200, b'{"da', announced=50)
    with Peer(cut) as peer, pytest.raises(UnexpectedAnswer, match="cut short"):
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
    """The newest answer says how far its clock is ahead of ours; a gateway that fails does not."""
    then = datetime.now(UTC) + timedelta(minutes=minutes)
    headers = {"Date": format_datetime(then, usegmt=True)}
    for status in (502, 502, 502, 502, 200):
        dd.api.get(URL, body=b"{}", status=status, headers=headers)
    failure(DatadogError, lambda: read(dd.session))
    assert dd.session.clock_ahead == timedelta()
    read(dd.session)
    assert abs(dd.session.clock_ahead - timedelta(minutes=minutes)) < timedelta(minutes=1)


@pytest.mark.parametrize("shown", [None, "", "noon", "Thu, 26 Nov 2026 18:00:00 -0000"])
def test_a_server_that_does_not_tell_the_time(dd: Datadog, shown: str | None) -> None:
    """Without a date that can be read, our clock is taken for right."""
    dd.api.get(URL, body=b"{}", headers={} if shown is None else {"Date": shown})
    read(dd.session)
    assert dd.session.clock_ahead == timedelta()


def test_every_thread_counts(dd: Datadog) -> None:
    """No request is lost from the count, which nobody changes by changing what they were given."""
    dd.api.get(URL, body=b"{}")
    in_threads(lambda _: read(dd.session), range(100), at_most=4)
    dd.session.requests["GET"] = 99
    assert dd.session.requests == {"GET": 100}


NOW = 1_795_718_069.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": "3"}, 3.0),
        ({"Retry-After": "7"}, 7.0),
        ({"X-RateLimit-Reset": "3", "Retry-After": "7"}, 7.0),
        ({"X-RateLimit-Reset": "3", "Retry-After": "soon"}, 3.0),
        ({"X-RateLimit-Reset": "86400"}, 86_400.0),
        ({"X-RateLimit-Reset": f"{NOW + 20:.0f}"}, 20.0),
        ({"X-RateLimit-Reset": f"{NOW - 20:.0f}"}, 0.0),
        ({"X-RateLimit-Reset": f"{NOW + 20:.0f}", "Retry-After": "7"}, 7.0),
        ({"X-RateLimit-Reset": f"{NOW + 20:.0f}", "Date": formatdate(NOW + 5)}, 15.0),
        ({"Retry-After": formatdate(NOW + 30)}, 30.0),
        ({"Retry-After": formatdate(NOW + 30), "Date": formatdate(NOW + 10)}, 20.0),
        ({"Retry-After": formatdate(NOW - 30)}, 0.0),
        ({"X-RateLimit-Reset": "0"}, 0.0),
        ({"X-RateLimit-Reset": "-1"}, None),
        ({"X-RateLimit-Reset": "nan"}, None),
        ({"X-RateLimit-Reset": "inf"}, None),
        ({"Retry-After": "Wed, 99 Oct 2026 07:28:00 GMT"}, None),
        ({}, None),
    ],
)
def test_the_requested_pause_is_read(headers: dict[str, str], seconds: float | None) -> None:
    """Retry-After goes first; a number larger than a day, and a date, are moments."""
    assert requested_pause(headers, NOW) == seconds


UNREACHABLE = Unreachable("The connection was dropped.")


def answered(status: int, **headers: str) -> Answer:
    """An answer that is no success."""
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(method="GET", path="/", status=status, headers=shown, data=b"")


@pytest.mark.parametrize(
    ("outcome", "tried", "jitter", "seconds"),
    [
        # It doubles up to a limit, and half of it is random.
        *((UNREACHABLE, tried + 1, 1.0, pause) for tried, pause in enumerate((0.5, 1.0, 2.0))),
        (answered(503), 1, 0.0, 0.25),
        (answered(503), 1, 0.5, 0.375),
        # It is never longer than eight seconds, however often was tried.
        *((answered(429), tried, 1.0, 8.0) for tried in (5, 6, 5000)),
        # The random part is added to what is asked for, and no limit makes a tight loop.
        (answered(429, X_RateLimit_Reset="3"), 1, 1.0, 3.5),
        (answered(429, X_RateLimit_Reset="0"), 3, 0.0, 1.0),
        # Tries are bounded, and what a server means is not asked again.
        (UNREACHABLE, 4, 0.0, None),
        (answered(503), 4, 0.0, None),
        (answered(500), 1, 0.0, None),
    ],
)
def test_the_pause_before_another_try(
    outcome: Answer | DatadogError, tried: int, jitter: float, seconds: float | None
) -> None:
    """A pause doubles, is partly random, and is as long as Datadog asks, if there is one."""
    assert pause_before_retry(outcome, tried, jitter=lambda: jitter, now=NOW) == seconds
