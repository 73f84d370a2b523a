"""What GitHub's adapter sends, how often, where to, and what it makes of odd answers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import responses

from dd_incident_roles.errors import PlaceError
from dd_incident_roles.issues.github import GithubTracker
from dd_incident_roles.issues.tracker import IssueRef
from dd_incident_roles.model import EntryKey
from dd_incident_roles.patience import Patience
from dd_incident_roles.transport import Access
from tests.datadog.peer import Peer, answer

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


def tracker(base_url: str = API) -> GithubTracker:
    """The adapter."""
    patience = Patience(answer_seconds=5)
    return GithubTracker(Access(base_url=base_url, token=TOKEN, patience=patience))


def read(github: GithubTracker) -> object:
    """A reading of one request."""
    return github.comments(REF)


def write(github: GithubTracker) -> object:
    """A write of one request."""
    return github.add_comment(REF, "Hello", key=EntryKey("k"))


@pytest.mark.parametrize(
    "reply", [answer(200, b"{}", headers=["X-RateLimit-Reset: soon"]), answer(202)]
)
def test_what_pygithub_would_stumble_over(reply: bytes) -> None:
    """A header that is no number, and an answer that it would wait for, end in one request."""
    for call in (read, write):
        with Peer(reply) as peer, pytest.raises(PlaceError) as caught:
            call(tracker(peer.url))
        assert len(peer.received) == 1
        assert caught.value.ambiguous is (call is write)


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("call", [read, write])
def test_a_place_that_moved_is_not_followed(
    call: Callable[[GithubTracker], object], status: int
) -> None:
    """Where to is said, for the new one may be open to other people."""
    with (
        Peer(answer(status, headers=["Location: /repositories/9/issues/7"])) as peer,
        pytest.raises(PlaceError, match="moved to /repositories/9/issues/7") as caught,
    ):
        call(tracker(peer.url))
    assert len(peer.received) == 1
    assert (caught.value.ambiguous, caught.value.declines_write) == (False, call is write)


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
