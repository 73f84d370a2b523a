"""What GitHub's adapter sends, how often, where to, and what it makes of odd answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import responses

from dd_incident_roles.errors import ConfigurationError, PlaceError
from dd_incident_roles.issues.github import GithubTracker
from dd_incident_roles.issues.tracker import IssueRef
from dd_incident_roles.model import EntryKey
from dd_incident_roles.patience import Patience
from tests.datadog.peer import DROP, HANG, Peer, answer

TOKEN = "ghp_very-secret-0123456789"
API = "https://ghe.corp.example/api/v3"
ASKED = "https://ghe.corp.example:443/api/v3"  # PyGithub names the port
REF = IssueRef(project="acme/ops", number="7", label="acme/ops#7")
USER = {"login": "Bo", "type": "User"}
ISSUE = {
    "number": 7,
    "html_url": "https://ghe.corp.example/acme/ops/issues/7",
    "title": "Down",
    "body": None,
    "assignees": [USER],
    "state": "open",
    "updated_at": "2026-01-31T09:30:00Z",
    "user": USER,
}


def tracker(base_url: str = API, seconds: float = 5) -> GithubTracker:
    """The adapter, with so many seconds for an answer."""
    patience = Patience(answer_seconds=seconds)
    return GithubTracker(base_url=base_url, token=TOKEN, patience=patience)


def read(github: GithubTracker) -> object:
    """A reading of one request."""
    return github.comments(REF)


def write(github: GithubTracker) -> object:
    """A write of one request."""
    return github.add_comment(REF, "Hello", key=EntryKey("k"))


# the answer, and what of the write is then unsure
SILENT: list[tuple[bytes | None, bool]] = [
    (answer(500), True),
    (answer(429, headers=["Retry-After: 1"]), False),
    (DROP, True),
    (HANG, True),
    (answer(200, b"<html>Sign in</html>"), True),
    (answer(200, b"{}", headers=["X-RateLimit-Reset: soon"]), True),
    (answer(202), True),
]


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize(("reply", "is_unsure"), SILENT)
def test_nothing_is_sent_twice(
    call: Callable[[GithubTracker], object], reply: bytes | None, is_unsure: bool
) -> None:
    """Every failure is one request, and only a write without an answer is in doubt."""
    with Peer(reply) as peer, pytest.raises(PlaceError) as caught:
        call(tracker(peer.url, seconds=0.3 if reply is HANG else 5))
    assert len(peer.received) == 1
    assert caught.value.ambiguous == (is_unsure and call is write)
    assert TOKEN not in f"{caught.value} {caught.value.hint} {caught.value.__context__}"


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("call", [read, write])
def test_a_redirect_carries_no_token_away(
    call: Callable[[GithubTracker], object], status: int
) -> None:
    """Another host is never asked; a place that moved on the same one is said to have moved."""
    with Peer(answer(200, b"[]")) as other:
        away = f"Location: {other.url.replace('127.0.0.1', 'localhost')}/x"
        with Peer(answer(status, headers=[away])) as peer, pytest.raises(PlaceError) as caught:
            call(tracker(peer.url))
        assert (len(peer.received), other.received) == (1, [])
        assert "redirect" in str(caught.value)
    with (
        Peer(answer(status, headers=["Location: /repositories/9/issues/7"])) as peer,
        pytest.raises(PlaceError, match="moved to /repositories/9/issues/7") as caught,
    ):
        call(tracker(peer.url))
    assert len(peer.received) == 1
    assert (caught.value.ambiguous, caught.value.declines_write) == (False, call is write)


def test_neither_netrc_nor_a_proxy_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The token is ours whatever ~/.netrc says, and goes to no proxy in clear text."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with Peer(answer(200, b"[]")) as peer, Peer(answer(500)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        github = tracker(peer.url)
        assert github.comments(REF) == []
        assert (len(peer.received), proxy.received) == (1, [])
        assert f"Authorization: token {TOKEN}".encode() in peer.received[0]
    assert TOKEN not in repr(github)


def limited(
    *, status: int = 403, said: str = "", **headers: str
) -> tuple[int, dict[str, str], dict[str, str]]:
    """An answer to the first request."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"message": said}, names


# the answer to a reading, and what the error says
LIMITS: list[tuple[tuple[int, dict[str, str], dict[str, str]], str]] = [
    (limited(said="You have exceeded a secondary rate limit."), "rate limit is reached"),
    (limited(said="No.", retry_after="60"), "asks for a pause of 60 s"),
    (
        limited(
            said="No.",
            x_ratelimit_remaining="0",
            x_ratelimit_reset="1769851890",
            date="Sat, 31 Jan 2026 09:30:00 GMT",
        ),
        "asks for a pause of 90 s",
    ),
    (limited(status=429), "rate limit is reached"),
    (limited(said="Not you."), "does not allow reading the comments of acme/ops#7"),
]


@pytest.mark.parametrize(("reply", "message"), LIMITS)
def test_a_limit_is_known_by_a_header_or_by_words(
    reply: tuple[int, dict[str, str], dict[str, str]], message: str
) -> None:
    """A 403 is a limit or a missing permission; either ends the run with GitHub."""
    with responses.RequestsMock() as mock:
        status, body, headers = reply
        path = "/repos/acme/ops/issues/7/comments"
        mock.add("GET", f"{ASKED}{path}", status=status, json=body, headers=headers)
        with pytest.raises(PlaceError, match=message) as caught:
            tracker().comments(REF)
    assert caught.value.stops_the_run


# what is left out of an issue or wrong in it
ODD = [{"assignees": None}, {"title": None}, {"updated_at": "yesterday"}, {"number": None}]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_issue_is_no_issue(odd: dict[str, object]) -> None:
    """A write whose answer does not show what is asked for is in doubt."""
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{ASKED}/repos/acme/ops", json={"private": True})
        mock.add("PATCH", f"{ASKED}/repos/acme/ops/issues/7", json={**ISSUE, **odd})
        with pytest.raises(PlaceError, match=f"is not what GitHub gives .{next(iter(odd))}"):
            tracker().describe(REF, "Text")


VISIBLE: list[tuple[dict[str, object], bool]] = [
    ({"private": False, "visibility": "public"}, True),
    ({"private": False}, True),
    ({}, True),
    ({"private": True}, False),
    ({"private": True, "visibility": "internal"}, False),
    ({"private": False, "visibility": "internal"}, False),
]


@pytest.mark.parametrize(("repository", "is_public"), VISIBLE)
def test_internal_is_not_public(repository: dict[str, object], is_public: bool) -> None:
    """What GitHub does not tell is taken for public, so that nothing leaks."""
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{ASKED}/repos/acme/ops", json=repository)
        mock.add("GET", f"{ASKED}/repos/acme/ops/issues/7", json=ISSUE)
        issue = tracker().issue(REF)
    assert (issue.is_public, issue.description, issue.assignees[0].id) == (is_public, "", "Bo")


@pytest.mark.parametrize("following", ["https://evil.example/x", f"{API}/repos/acme/ops/more"])
def test_pages_end_only_where_github_says_so(following: str) -> None:
    """A next page on another host, or one that comes for ever, leaves no listing."""
    link = {"Link": f'<{following}>; rel="next"'}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add("GET", f"{ASKED}/repos/acme/ops/issues/7/comments", json=[], headers=link)
        mock.add("GET", f"{ASKED}/repos/acme/ops/more", json=[], headers=link)
        with pytest.raises(PlaceError, match="names a next page that cannot be right"):
            tracker().comments(REF)
        assert "evil" not in json.dumps([call.request.url for call in mock.calls])


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "ü"])
def test_a_token_that_no_header_holds_is_refused(token: str) -> None:
    """Nothing is sent, and the variable is named without the value."""
    with pytest.raises(ConfigurationError, match="DD_INCIDENT_ROLES_GITHUB_TOKEN"):
        GithubTracker(token=token, patience=Patience(answer_seconds=1))
