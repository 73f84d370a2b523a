"""Jira in the sandbox: what the adapter never does, and what other processes do there."""

from __future__ import annotations

import pytest
import requests

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox

ROBOT = ("robot@corp.example", "token")


@pytest.fixture
def issue(running: RunningSandbox) -> str:
    """An issue that Ana is assigned to, made through the control API."""
    for act in (
        {"act": "jira.add_project", "key": "OPS"},
        {"act": "jira.add_person", "person": "5b10-ana", "name": "Ana", "email": "ana@x.example"},
        {"act": "jira.add_issue", "project": "OPS", "title": "Down", "text": "It is"},
        {"act": "jira.assign", "issue": "OPS-1", "person": "5b10-ana"},
        {"act": "jira.comment", "issue": "OPS-1", "by": "5b10-ana", "text": "Looking"},
    ):
        answer = requests.post(f"{running.url}/_sandbox/acts", json=act, timeout=10)
        assert answer.status_code == 200, answer.text
    return f"{running.url}/jira/rest/api/3/issue/OPS-1"


def test_acts_show_in_the_state(issue: str, running: RunningSandbox) -> None:
    """Of each Jira its issues, with who is assigned and what is written."""
    state = requests.get(f"{running.url}/_sandbox/state", timeout=10).json()
    assert state["jira_dc"] == []
    assert state["jira"] == [
        {
            "id": "OPS-1",
            "summary": "Down",
            "assignee": "5b10-ana",
            "description": "It is",
            "comments": ["Looking"],
        }
    ]


@pytest.mark.parametrize("act", ["jira.turn", "jira.nothing", "world.comment", "jira.__init__"])
def test_no_other_act_is_reached(act: str, running: RunningSandbox) -> None:
    """The refusal lists what there is."""
    answer = requests.post(f"{running.url}/_sandbox/acts", json={"act": act}, timeout=10)
    assert answer.status_code == 400
    assert "jira.assign" in answer.json()["error"]


def test_an_edit_passes_over_the_assignee(issue: str, sandbox: Sandbox) -> None:
    """It is answered as if it were done."""
    body = {"fields": {"assignee": {"accountId": None}}}
    assert requests.put(issue, json=body, auth=ROBOT, timeout=10).status_code == 204
    assert sandbox.jira.issue("OPS-1").assignee == "5b10-ana"


@pytest.mark.parametrize(
    ("path", "body", "about"),
    [
        ("/assignee", {"name": "5b10-ana"}, "assignee"),
        ("/comment", {"body": "text"}, "comment"),
        (
            "/comment",
            {"body": {"type": "doc", "content": [{"type": "text", "text": ""}]}},
            "comment",
        ),
    ],
)
def test_what_is_not_for_cloud_is_refused(
    issue: str, path: str, body: dict[str, object], about: str
) -> None:
    """A sentence for the field that is wrong."""
    method = "PUT" if about == "assignee" else "POST"
    answer = requests.request(method, issue + path, json=body, auth=ROBOT, timeout=10)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [about])


def test_a_stranger_sees_only_what_is_public(issue: str, sandbox: Sandbox) -> None:
    """Nothing at first, and never the comments or a write."""
    assert requests.get(issue, timeout=10).status_code == 404
    sandbox.jira.add_project("OPS", is_public=True)
    assert requests.get(issue, timeout=10).status_code == 200
    assert requests.put(issue, json={"fields": {}}, timeout=10).status_code == 401
    # Cloud does not take a personal token.
    bearer = {"Authorization": "Bearer token"}
    assert requests.get(issue, headers=bearer, timeout=10).status_code == 401


def test_nobody_changes_the_comment_of_another(issue: str, sandbox: Sandbox) -> None:
    """Nor deletes it."""
    (comment,) = sandbox.jira.comments("OPS-1")
    url = f"{issue}/comment/{comment.id}"
    assert requests.delete(url, auth=ROBOT, timeout=10).status_code == 403
    sandbox.jira.edit_comment(comment.id, "Found")
    sandbox.jira.delete_comment(comment.id)
    assert requests.delete(url, auth=ROBOT, timeout=10).status_code == 404
