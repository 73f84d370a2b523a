"""What the client of Jira sends, and what it makes of answers that no Jira should give."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import responses

from dd_incident_roles.errors import ConfigurationError, PlaceError
from dd_incident_roles.issues.jira import JiraTracker
from dd_incident_roles.issues.tracker import IssueRef
from dd_incident_roles.model import EntryKey
from dd_incident_roles.patience import Patience
from dd_incident_roles.transport import Access
from tests.datadog.peer import Peer, answer

OPS = IssueRef(project="OPS", number="OPS-1", label="OPS-1")
KEY = EntryKey("k1")
Ask = Callable[[JiraTracker], object]
HTML = answer(200, b"<!doctype html><h1>Sign in</h1>", headers=["Content-Type: text/html"])
FIELDS: dict[str, object] = {
    "summary": "Down",
    "description": None,
    "assignee": None,
    "status": {"statusCategory": {"key": "new"}},
    "project": {"key": "OPS", "projectTypeKey": "service_desk"},
    "created": "2026-01-31T09:30:00.000+0000",
    "updated": "2026-01-31T10:30:00.000+0100",
}


def issue_answer(*headers: str, without: str = "", **fields: object) -> bytes:
    shown = {name: value for name, value in {**FIELDS, **fields}.items() if name != without}
    return answer(200, json.dumps({"key": "OPS-1", "fields": shown}).encode(), headers=headers)


def tracker(url: str, *, user: str | None = "ana@corp.example") -> JiraTracker:
    patience = Patience(answer_seconds=0.4)
    return JiraTracker(Access(base_url=url, token="s3cret", patience=patience), user=user)


def reading(jira: JiraTracker) -> object:
    return jira.issue(OPS)


def writing(jira: JiraTracker) -> object:
    return jira.add_comment(OPS, "Hello", key=KEY)


def assigning(jira: JiraTracker) -> object:
    return jira.assign(OPS, None)


def deleting(jira: JiraTracker) -> object:
    return jira.delete_comment(OPS, "1")


@pytest.mark.parametrize("user", ["ana@corp.example", None])
def test_a_stranger_gets_no_token(
    user: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may read it without one is asked without ours, and without one from a file."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password stolen\n")
    monkeypatch.setenv("NETRC", str(netrc))
    public = {"key": "OPS", "projectTypeKey": "software"}
    with Peer(issue_answer(project=public)) as peer:
        assert tracker(peer.url, user=user).issue(OPS).is_public
    ours, stranger = peer.received
    assert b"Authorization: " in ours
    assert b"authorization" not in stranger.lower()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (answer(401, b"no"), "does not accept the token"),
        (
            issue_answer("X-Seraph-LoginReason: AUTHENTICATED_FAILED"),
            "does not accept the token",
        ),
        (
            answer(404, headers=["X-Seraph-LoginReason: AUTHENTICATED_FAILED"]),
            "does not accept the token",
        ),
        (
            answer(403, headers=["X-Authentication-Denied-Reason: CAPTCHA_CHALLENGE; login-url=x"]),
            "CAPTCHA_CHALLENGE",
        ),
    ],
    ids=["401", "a stranger's answer", "a stranger's 404", "captcha"],
)
@pytest.mark.parametrize("ask", [reading, assigning], ids=["read", "write"])
def test_a_token_that_counts_for_nothing_stops_the_run(ask: Ask, reply: bytes, said: str) -> None:
    """Jira answers an expired token as it answers a stranger: the issue would look gone."""
    with Peer(reply) as peer, pytest.raises(PlaceError, match=said) as error:
        ask(tracker(peer.url))
    assert error.value.stops_the_run
    assert not error.value.declines_write


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (issue_answer(without="assignee"), "fields.assignee"),
        (issue_answer(updated="yesterday"), "fields.updated"),
        (issue_answer(status=None), "fields.status"),
        (issue_answer(assignee={"displayName": "Ana"}), "without accountId"),
    ],
)
def test_an_answer_of_another_shape_is_not_taken_for_an_issue(reply: bytes, problem: str) -> None:
    """Least of all a field that is missing for one that is empty."""
    with Peer(reply) as peer, pytest.raises(PlaceError, match=problem):
        tracker(peer.url).issue(OPS)


def test_a_page_is_no_proof_that_a_comment_is_gone() -> None:
    """A deletion has an empty answer."""
    with Peer(HTML) as peer, pytest.raises(PlaceError) as error:
        deleting(tracker(peer.url))
    assert error.value.ambiguous


def test_the_wrong_kind_of_jira_is_said() -> None:
    """An e-mail that is set for Data Center asks for a version that it does not have."""
    with Peer(answer(404)) as peer, pytest.raises(PlaceError, match="no Jira Cloud") as error:
        tracker(peer.url).me()
    assert error.value.stops_the_run
    assert "DD_INCIDENT_ROLES_JIRA_USER" in str(error.value.hint)


def test_the_cloud_needs_a_user() -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigurationError, match="DD_INCIDENT_ROLES_JIRA_USER"):
        tracker("https://corp.atlassian.net", user=" ")


@responses.activate
def test_a_token_with_scopes_is_taken_at_another_address_than_people_open() -> None:
    """The link leads to the site, and only there a stranger can be told from us."""
    gateway = "https://api.atlassian.com/ex/jira/c-1/rest/api/3"
    shown = {"key": "OPS-1", "fields": {**FIELDS, "project": {"key": "OPS"}}}
    responses.get(f"{gateway}/issue/OPS-1", json=shown)
    server = responses.get(f"{gateway}/serverInfo", json={"baseUrl": "https://x.atlassian.net"})
    stranger = responses.get("https://x.atlassian.net/rest/api/3/issue/OPS-1", json=shown)
    jira = tracker("https://api.atlassian.com/ex/jira/c-1")
    issue = jira.issue(OPS)
    assert jira.issue(OPS) == issue
    assert issue.url == "https://x.atlassian.net/browse/OPS-1"
    assert issue.is_public
    assert (server.call_count, stranger.call_count) == (1, 1)
    assert "Authorization" not in stranger.calls[0].request.headers
