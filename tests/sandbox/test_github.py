"""The stand-in for GitHub: what the adapter never does or sees, and what other processes do."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox

ISSUE = "/repos/acme/ops/issues/1"


@pytest.fixture
def ask(running: RunningSandbox) -> Any:
    """How one asks this GitHub, in which Ana opened an issue; made through the control API."""
    for act in (
        {"act": "github.add_user", "login": "Ana"},
        {"act": "github.add_repository", "repository": "acme/ops"},
        {"act": "github.add_collaborator", "repository": "acme/ops", "user": "ana"},
        {"act": "github.open_issue", "repository": "acme/ops", "title": "Down", "by": "ana"},
        {"act": "github.assign", "issue": "ACME/ops#1", "assignees": ["ANA"]},
        {"act": "github.comment", "issue": "acme/ops#1", "text": "Hi\nall", "by": "ana"},
    ):
        done = requests.post(f"{running.url}/_sandbox/acts", json=act, timeout=10)
        assert done.status_code == 200, done.text

    def ask(method: str, path: str, scheme: str = "Bearer", **body: object) -> requests.Response:
        return requests.request(
            method,
            f"{running.url}/github{path}",
            headers={"Authorization": f"{scheme} x"},
            json=body or None,
            timeout=10,
        )

    return ask


def test_acts_show_in_the_state(ask: Any, running: RunningSandbox) -> None:
    """Each issue with who is assigned and what is written, as a browser sends it."""
    state = requests.get(f"{running.url}/_sandbox/state", timeout=10).json()["github"]
    comments = state["acme/ops#1"].pop("comments")
    assert state == {
        "acme/ops#1": {"title": "Down", "body": None, "is_open": True, "assignees": ["Ana"]}
    }
    assert [(each["author"], each["body"]) for each in comments] == [("Ana", "Hi\r\nall")]


@pytest.mark.parametrize("act", ["github.issue", "github.users", "github._put"])
def test_no_other_act_is_reached(act: str, running: RunningSandbox) -> None:
    """The refusal lists what there is."""
    answer = requests.post(f"{running.url}/_sandbox/acts", json={"act": act}, timeout=10)
    assert answer.status_code == 400
    assert "github.assign" in answer.json()["error"]


def test_pages_are_cut_and_linked(ask: Any, sandbox: Sandbox) -> None:
    """30 on a page and 100 at most; the links name the repository by its number."""
    for number in range(30):
        sandbox.github.comment("acme/ops#1", f"{number}", by="Ana")
    first = ask("GET", f"{ISSUE}/comments")
    assert (len(first.json()), set(first.links)) == (30, {"next", "last"})
    assert "/github/repositories/" in first.links["next"]["url"]
    path = first.links["next"]["url"].partition("/github")[2]
    second = ask("GET", path)
    assert (len(second.json()), set(second.links)) == (1, {"prev", "first"})
    assert "Link" not in ask("GET", f"{ISSUE}/comments?per_page=500").headers


def test_refusals_have_githubs_shape(ask: Any, sandbox: Sandbox) -> None:
    """The status is said in the body too, and each wrong field with a code."""
    assert ask("GET", "/user", scheme="Basic").json()["message"] == "Requires authentication"
    missing = ask("GET", "/repos/acme/other")
    assert (missing.status_code, missing.json()["status"]) == (404, "404")
    nobody = ask("PATCH", ISSUE, assignees=["ana", "nobody"], body="x")
    assert nobody.status_code == 422
    assert nobody.json()["errors"] == [
        {"value": "nobody", "resource": "Issue", "field": "assignees", "code": "invalid"}
    ]
    assert sandbox.github.issue("acme/ops#1").body is None
    assert ask("POST", f"{ISSUE}/comments", body=" ").status_code == 422
    assert ask("POST", "/repos/acme/ops/issues", title="").status_code == 422


def test_an_app_is_a_bot_that_may_not_ask_who_it_is(ask: Any, sandbox: Sandbox) -> None:
    """It keeps the roles of the user; editing others' comments takes the right to push."""
    sandbox.github.become_app()
    assert ask("GET", "/user").json()["message"] == "Resource not accessible by integration"
    written = ask("POST", f"{ISSUE}/comments", body="Hello").json()
    assert written["user"]["type"] == "Bot"
    other = sandbox.github.comments("acme/ops#1")[0].id
    comment = f"/repos/acme/ops/issues/comments/{other}"
    assert ask("PATCH", comment, body="Ours").status_code == 200
    sandbox.github.add_collaborator("acme/ops", "incident-roles[bot]", role="triage")
    assert ask("DELETE", comment).json()["message"] == "Must have admin rights to Repository."
    assert ask("PATCH", ISSUE, assignees=[]).json()["assignees"] == []
