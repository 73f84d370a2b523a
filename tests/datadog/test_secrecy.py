"""The keys go to Datadog's host and nowhere else."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from dd_incident_roles.datadog.http import Credentials, Session
from dd_incident_roles.errors import ConfigurationError, DatadogError, RedirectRefused, Unreachable
from dd_incident_roles.transport import Header, open_transport, parse_address
from tests.datadog.conftest import API_KEY, APP_KEY, BASE, Datadog, failure
from tests.datadog.peer import DROP, Peer, answer

URL = f"{BASE}/api/v2/x"


def keys_in(text: str) -> list[str]:
    """Which of the keys a text shows."""
    return [key for key in (API_KEY, APP_KEY) if key in text]


def test_both_keys_are_sent(dd: Datadog) -> None:
    """Every request carries both keys in Datadog's headers."""
    dd.api.get(URL, body=b"{}")
    dd.session.get("/api/v2/x", bytes)
    sent = dd.api.calls[0].request.headers
    assert (sent["DD-API-KEY"], sent["DD-APPLICATION-KEY"]) == (API_KEY, APP_KEY)


def test_representations_show_no_key(session: Session) -> None:
    """Neither the session nor its credentials show a key when printed."""
    texts = [repr(session), str(session), repr(session.credentials), f"{session.credentials}"]
    assert keys_in(" ".join(texts)) == []


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 429, 500])
def test_no_error_shows_a_key(status: int, dd: Datadog, caplog: pytest.LogCaptureFixture) -> None:
    """Text, hint, representation, traceback and log of an error are free of keys."""
    echo = f'{{"errors":["{API_KEY} {APP_KEY}"]}}'.encode()
    dd.api.post(URL, status=status, body=echo, headers={"Location": f"https://{API_KEY}.example/"})
    with caplog.at_level(logging.DEBUG):
        error = failure(DatadogError, lambda: dd.session.post("/api/v2/x", {}, bytes))
    shown = "".join(traceback.format_exception(error))
    assert keys_in(f"{error!r} {error.hint} {shown} {caplog.text}") == []


def test_a_broken_connection_takes_no_key_along(dd: Datadog) -> None:
    """The error of requests, which holds the request with its headers, is not chained to ours."""
    dd.api.post(URL, body=requests.ConnectionError(f"lost {API_KEY}"))
    error = failure(Unreachable, lambda: dd.session.post("/api/v2/x", {}, bytes))
    assert (error.__cause__, error.__context__) == (None, None)
    assert keys_in("".join(traceback.format_exception(error))) == []


@pytest.mark.parametrize("key", ["", "  ", "line\nbreak", "with blank", "ünicode", "nul\x00"])
def test_a_key_that_cannot_be_a_key_is_refused_unseen(key: str) -> None:
    """A broken key is a configuration error that names the variable and not the value."""
    said = str(failure(ConfigurationError, lambda: Credentials(api_key=APP_KEY, app_key=key)))
    assert "DD_APP_KEY" in said
    assert not key.strip() or key.strip() not in said


def test_a_line_end_from_a_file_is_forgiven() -> None:
    """A key that was read from a file with its line end works."""
    request = requests.Request("GET", URL).prepare()
    Credentials(api_key=f"{API_KEY}\n", app_key=APP_KEY)(request)
    assert request.headers["DD-API-KEY"] == API_KEY


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int, connect: Callable[[str], Session]) -> None:
    """The other host never hears from us, and only its name is in the error."""
    with Peer(answer(200)) as other:
        where = f"Location: {other.url.replace('127.0.0.1', 'localhost')}/secret/path?token=1"
        with Peer(answer(status, headers=[where])) as peer:
            session = connect(peer.url)
            error = failure(RedirectRefused, lambda: session.get("/api/v2/x", bytes))
            assert "redirect to localhost," in str(error)
            assert not any(word in f"{error}{error.hint}" for word in ("token", "secret"))
            assert len(peer.received) == 1
        assert other.received == []


def test_no_library_over_our_transport_follows_a_redirect() -> None:
    """Those of the trackers ask requests in their own way, which follows it as a rule."""
    with Peer(answer(200)) as other, Peer(answer(302, headers=[f"Location: {other.url}"])) as peer:
        transport = open_transport(Header(), parse_address(peer.url), 1)
        assert transport.get(f"{peer.url}/x").status_code == 302
        assert len(peer.received) == 1
        assert other.received == []


@pytest.mark.parametrize("location", ["", "/elsewhere", "https://[::1", "//\x7f"])
def test_an_odd_redirect_is_refused_all_the_same(location: str, dd: Datadog) -> None:
    """A redirect that leads nowhere legible is refused and does not crash."""
    dd.api.get(URL, status=302, headers={"Location": location})
    with pytest.raises(RedirectRefused):
        dd.session.get("/api/v2/x", bytes)


def test_netrc_adds_nothing(dd: Datadog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A password for the host in ~/.netrc is not sent along."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.datadoghq.example login me password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    dd.api.get(URL, body=b"{}")
    dd.session.get("/api/v2/x", bytes)
    assert "Authorization" not in dd.api.calls[0].request.headers


def test_a_proxy_never_sees_requests_to_this_machine(
    connect: Callable[[str], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain http stays on this machine whatever proxy the environment names."""
    with Peer(answer(200)) as proxy, Peer(answer(200)) as peer:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        connect(peer.url).get("/api/v2/x", bytes)
        assert (len(proxy.received), len(peer.received)) == (0, 1)


def test_a_proxy_is_used_for_https_and_sees_no_key(
    connect: Callable[[str], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """https goes through the proxy of the environment, which is told the host alone."""
    with Peer(answer(407)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        session = connect(BASE)
        assert not failure(Unreachable, lambda: session.post("/api/v2/x", {}, bytes)).ambiguous
        assert proxy.received[0].startswith(b"CONNECT api.datadoghq.example:443")
        assert keys_in(proxy.received[0].decode()) == []


def test_cookies_are_not_kept(dd: Datadog) -> None:
    """What a server wants remembered is not sent back."""
    dd.api.get(URL, body=b"{}", headers={"Set-Cookie": "session=1; Path=/"})
    dd.session.get("/api/v2/x", bytes)
    dd.session.get("/api/v2/x", bytes)
    assert "Cookie" not in dd.api.calls[1].request.headers


def test_a_dropped_connection_logs_no_key(
    connect: Callable[[str], Session], caplog: pytest.LogCaptureFixture
) -> None:
    """Over a real connection every library's log together shows no key."""
    with Peer(DROP) as peer, caplog.at_level(logging.DEBUG), pytest.raises(Unreachable):
        connect(peer.url).post("/api/v2/x", {}, bytes)
    assert "POST /api/v2/x: Unreachable" in caplog.text
    assert keys_in(caplog.text) == []


@pytest.mark.parametrize(
    ("given", "url"),
    [
        *((f"https://{host}", f"https://{host}") for host in ("api.datadoghq.com", "[::1]:8126")),
        ("https://api.datadoghq.eu/", "https://api.datadoghq.eu"),
        ("https://gate.example/dd/", "https://gate.example/dd"),
        *((f"http://{host}", f"http://{host}") for host in ("127.0.0.1:8126", "127.8.9.10")),
        *((f"http://{host}", f"http://{host}") for host in ("[::1]:8126", "localhost:1")),
    ],
)
def test_https_and_loopback_are_accepted(given: str, url: str) -> None:
    """https goes anywhere, plain http to this machine; the host is named as it is asked."""
    address = parse_address(given)
    assert (address.url, address.host) == (url, url.split("/")[2])


@pytest.mark.parametrize(
    "given",
    [
        *("http://api.datadoghq.com", "http://127.0.0.1.evil.example", "http://10.0.0.1"),
        *("http://localhost.evil.example", "http://0.0.0.0", "ftp://api.datadoghq.com"),
        *("api.datadoghq.com", "https://", "", "https://[::1", "https://api.datadoghq.com:port"),
        *("https://api.datadoghq.com?x=1", "https://someone:hunter2@api.datadoghq.com"),
    ],
)
def test_everything_else_is_refused(given: str) -> None:
    """Keys are not sent in clear text to another machine, and a password is not even shown."""
    error = failure(ConfigurationError, lambda: parse_address(given))
    assert "DD_INCIDENT_ROLES_API_URL" in str(error)
    assert error.exit_code == 2
    assert "hunter2" not in f"{error}{error.hint}{error.value}"
