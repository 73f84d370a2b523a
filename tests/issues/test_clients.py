"""What each client of a tracker or a chat holds to, whatever the other side does."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dd_incident_roles.chat.slack import SlackChat
from dd_incident_roles.errors import ConfigurationError, PlaceError
from dd_incident_roles.issues.github import GithubTracker
from dd_incident_roles.issues.gitlab import GitlabTracker
from dd_incident_roles.issues.jira import JiraTracker
from dd_incident_roles.issues.tracker import IssueRef
from dd_incident_roles.model import EntryKey
from dd_incident_roles.patience import Patience
from dd_incident_roles.transport import Access
from tests.datadog.peer import DROP, HANG, Peer, answer

TOKEN = "token-very-secret-0123456789"
ROBOT = "robot@corp.example"
REF = IssueRef(project="ops", number="OPS-1", label="OPS-1")
KEY = EntryKey("k")
Call = Callable[[Any], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A client, its calls of one request by their method, and how it says who asks."""

    make: Callable[[Access], object]
    calls: dict[str, Call]
    header: str
    library: str | None = None

    def open(self, url: str, *, token: str = TOKEN, seconds: float = 5) -> object:
        """The client, as the product makes it, with so many seconds for an answer."""
        patience = Patience(answer_seconds=seconds)
        return self.make(Access(base_url=url, token=token, patience=patience))


def edit(tracker: Any) -> object:
    return tracker.edit_comment(REF, "1", "Hello", key=KEY)


WRITES: dict[str, Call] = {"POST": lambda tracker: tracker.add_comment(REF, "Hello", key=KEY)}
BASIC = b64encode(f"{ROBOT}:{TOKEN}".encode()).decode()
SYSTEMS = {
    "github": System(
        make=GithubTracker,
        calls={"GET": lambda tracker: tracker.comments(REF), **WRITES, "PATCH": edit},
        header=f"Authorization: token {TOKEN}",
        library="github",
    ),
    "gitlab": System(
        make=GitlabTracker,
        calls={"GET": lambda tracker: tracker.issue(REF), **WRITES, "PUT": edit},
        header=f"PRIVATE-TOKEN: {TOKEN}",
        library="gitlab",
    ),
    "jira": System(
        make=partial(JiraTracker, user=ROBOT),
        calls={"GET": lambda tracker: tracker.issue(REF), **WRITES, "PUT": edit},
        header=f"Authorization: Basic {BASIC}",
        library="atlassian.jira",
    ),
    "jira data center": System(
        make=JiraTracker,
        calls={"GET": lambda tracker: tracker.issue(REF), **WRITES, "PUT": edit},
        header=f"Authorization: Bearer {TOKEN}",
        library="atlassian.jira",
    ),
    "slack": System(
        make=SlackChat,
        calls={"GET": lambda chat: chat.me(), "POST": lambda chat: chat.set_topic("C1", "x")},
        header=f"Authorization: Bearer {TOKEN}",
    ),
}
CALLS = [(name, method) for name, system in SYSTEMS.items() for method in system.calls]

every_system = pytest.mark.parametrize("name", SYSTEMS)
every_call = pytest.mark.parametrize(("name", "method"), CALLS)


def failed(name: str, method: str, peer: Peer, *, seconds: float = 5) -> PlaceError:
    """The error that a call ends in, which is one request with the token and shows none."""
    system = SYSTEMS[name]
    with pytest.raises(PlaceError) as caught:
        system.calls[method](system.open(peer.url, seconds=seconds))
    assert peer.methods == [method]
    assert system.header.encode() in peer.received[0]
    error = caught.value
    for secret in (TOKEN, BASIC):
        assert secret not in f"{error!r} {error} {error.hint} {error.__context__}"
    return error


REPLIES = {
    "500": answer(500),
    "503": answer(503, headers=["Retry-After: 1"]),
    "429": answer(429, headers=["Retry-After: 1"]),
    "drop": DROP,
    "hang": HANG,
    "page": answer(200, b"<!doctype html><h1>Sign in</h1>", headers=["Content-Type: text/html"]),
    "empty object": answer(200, b"{}"),
    "null": answer(200, b"null"),
    "deep": answer(200, b"[" * 100_000),
}


@every_call
@pytest.mark.parametrize("reply", REPLIES)
def test_nothing_is_sent_twice(name: str, method: str, reply: str) -> None:
    """Every failure is one request, and a write without a clear answer may have landed."""
    with Peer(REPLIES[reply]) as peer:
        error = failed(name, method, peer, seconds=0.3 if reply == "hang" else 5)
    assert error.ambiguous is (method != "GET" and reply != "429")
    assert error.stops_the_run is (reply == "429")
    assert not error.declines_write


@every_call
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_carries_no_token_away(name: str, method: str, status: int) -> None:
    """Another host is never asked, and a redirect is no success."""
    with Peer(answer(200)) as other:
        away = f"Location: {other.url.replace('127.0.0.1', 'localhost')}/x"
        with Peer(answer(status, headers=[away])) as peer:
            error = failed(name, method, peer)
        assert other.received == []
    assert "redirect" in str(error)
    assert error.ambiguous is (method != "GET")


@every_system
def test_neither_netrc_nor_a_proxy_is_used(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The token is ours whatever ~/.netrc says, and goes to no proxy in clear text."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password other\n", "utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with Peer(answer(401)) as peer, Peer(answer(500)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert failed(name, "GET", peer).stops_the_run
    assert proxy.received == []
    assert TOKEN not in repr(SYSTEMS[name].open("https://x.example"))


@every_system
@pytest.mark.parametrize("token", ["", "a b", "secret\nb", "sécret"])
def test_a_token_that_no_header_holds_is_refused(name: str, token: str) -> None:
    """Nothing is sent, and the variable is named without the value."""
    setting = f"DD_INCIDENT_ROLES_{name.split(maxsplit=1)[0].upper()}_TOKEN"
    with pytest.raises(ConfigurationError, match=setting) as caught:
        SYSTEMS[name].open("https://x.example", token=token)
    assert "cret" not in str(caught.value).replace(setting, "")


@every_system
def test_an_address_that_would_give_the_token_away_is_refused(name: str) -> None:
    """In clear text it stays on this machine."""
    setting = f"DD_INCIDENT_ROLES_{name.split(maxsplit=1)[0].upper()}_URL"
    with pytest.raises(ConfigurationError, match=rf"{setting}.*unencrypted"):
        SYSTEMS[name].open("http://x.example")


@pytest.mark.parametrize("name", [name for name, system in SYSTEMS.items() if system.library])
def test_without_the_library(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, SYSTEMS[name].library or "", None)
    with pytest.raises(ConfigurationError) as missing:
        SYSTEMS[name].open("https://x.example")
    assert f"dd-incident-roles[{name.split(maxsplit=1)[0]}]" in str(missing.value.hint)
