"""The stand-in for GitLab: commands in texts, what it drops without a word, pages, tokens."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from dd_incident_roles.sandbox.resources.gitlab_site import take_commands
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.sandbox.client import Client

PROJECT = "ops/incidents"
ISSUE = "/projects/ops%2Fincidents/issues/1"


@pytest.fixture
def gitlab(running: RunningSandbox) -> requests.Session:
    """Somebody with a token, at an issue that Ana opened."""
    acts = running.sandbox.gitlab
    for name in ("ana", "bo", "stranger"):
        acts.add_user(name)
    acts.add_project(PROJECT)
    acts.set_member(PROJECT, "ana")
    acts.set_member(PROJECT, "bo")
    acts.open_issue(PROJECT, "Outage", "It burns.", by="ana")
    session = requests.Session()
    session.headers["PRIVATE-TOKEN"] = "token"
    return session


@pytest.fixture
def ask(running: RunningSandbox, gitlab: requests.Session) -> Any:
    """How one asks this GitLab."""

    def ask(method: str, path: str, **body: object) -> requests.Response:
        url = f"{running.url}/gitlab/api/v4{path}"
        return gitlab.request(method, url, json=body or None, timeout=10)

    return ask


@pytest.mark.parametrize(
    ("text", "left", "commands"),
    [
        ("/close", "", [("close", "")]),
        ("Hello\r\n/Assign @bo \nbye  \n", "Hello\nbye", [("assign", "@bo")]),
        ("<!--\n/close\n-->", "<!--\n-->", [("close", "")]),
        ("```\n/close\n", "```", [("close", "")]),
        ("/shrug well", "well \N{MACRON}\\\uff3f(\u30c4)\uff3f/\N{MACRON}", []),
        ("```\n/close\n```", None, []),
        ("```sh\n/close\n```", None, []),
        ("<details>\n/close\n</details>", None, []),
        (">>>\n/close\n>>>", None, []),
        ("`\n/close\n`", None, []),
        (" /close", None, []),
        ("`/close`", None, []),
        ("\\/close", None, []),
        ("/closed", None, []),
        ("/etc/passwd", None, []),
    ],
)
def test_quick_actions(text: str, left: str | None, commands: list[tuple[str, str]]) -> None:
    """Only a line that begins with a known command, outside of blocks, is one."""
    taken = take_commands(text)
    assert (taken.text, list(taken.commands)) == (text if left is None else left, commands)


def test_commands_act_wherever_text_is_kept(sandbox: Sandbox, ask: Any) -> None:
    """A note of nothing but commands is none, an edited one is deleted; descriptions act too."""
    answer = ask("POST", f"{ISSUE}/notes", body="/assign @bo\n/close")
    assert answer.status_code == 202
    assert "id" not in answer.json()
    assert sandbox.gitlab.assignees(PROJECT, 1) == ["bo"]
    assert not sandbox.gitlab.issue(PROJECT, 1).is_open
    assert [note.body for note in sandbox.gitlab.notes(PROJECT, 1)] == ["assigned to @bo"]

    kept = ask("POST", f"{ISSUE}/notes", body="Hello\n/reopen").json()
    assert kept["body"] == "Hello"
    assert sandbox.gitlab.issue(PROJECT, 1).is_open
    assert ask("PUT", f"{ISSUE}/notes/{kept['id']}", body="/unassign").status_code == 202
    assert ask("DELETE", f"{ISSUE}/notes/{kept['id']}").status_code == 404

    described = ask("PUT", ISSUE, description="It burns.\r\n/assign me\n").json()
    assert (described["description"], len(described["assignees"])) == ("It burns.", 1)
    assert ask("POST", f"{ISSUE}/notes", body="/assign @nobody").status_code == 400


def test_assignees_are_dropped_without_a_word(sandbox: Sandbox, ask: Any) -> None:
    """Who cannot read, who comes second, and all of a guest's: 200, and not there."""
    acts = sandbox.gitlab
    ana, bo, stranger = (int(acts.user(name).id) for name in ("ana", "bo", "stranger"))

    def assign(*ids: int) -> list[str]:
        answer = ask("PUT", ISSUE, assignee_ids=ids)
        assert answer.status_code == 200
        return [each["username"] for each in answer.json()["assignees"]]

    assert assign(ana, bo) == ["ana"]
    assert assign(stranger) == ["ana"]
    assert assign(stranger, bo) == ["bo"]
    assert assign(0) == []
    acts.set_member(PROJECT, access="guest")
    acts.open_issue(PROJECT, "Ours", by="group_7_bot_5b2e")
    answer = ask("PUT", ISSUE.replace("/1", "/2"), assignee_ids=[bo])
    assert (answer.status_code, answer.json()["assignees"]) == (200, [])
    assert ask("PUT", ISSUE, assignee_ids=[bo]).status_code == 403


def test_pages_are_short_and_link_elsewhere(sandbox: Sandbox, ask: Any) -> None:
    """What a guest may not read is missing from its page, after which others follow."""
    for number in range(3):
        sandbox.gitlab.comment(PROJECT, 1, f"note {number}", by="ana", internal=number < 2)
    sandbox.gitlab.set_member(PROJECT, access="guest")
    first = ask("GET", f"{ISSUE}/notes?sort=asc&per_page=2")
    assert (first.json(), first.headers["X-Next-Page"]) == ([], "2")
    assert first.links["next"]["url"].startswith("https://gitlab.sandbox.example/")
    last = ask("GET", f"{ISSUE}/notes?sort=asc&per_page=2&page=2")
    assert [each["body"] for each in last.json()] == ["note 2"]
    assert (last.headers["X-Next-Page"], "next" in last.links) == ("", False)


def test_what_is_not_found_and_not_allowed(sandbox: Sandbox, ask: Any) -> None:
    """Paths must be encoded, others' notes are theirs, and tokens have scopes."""
    other = sandbox.gitlab.comment(PROJECT, 1, "Mine.", by="ana")
    assert ask("GET", "/projects/ops/incidents/issues/1").status_code == 404
    assert ask("GET", ISSUE.replace("/1", "/9")).json() == {"message": "404 Issue Not Found"}
    assert ask("PUT", f"{ISSUE}/notes/{other}", body="Ours.").status_code == 403
    sandbox.gitlab.set_member(PROJECT, access="none")
    assert ask("GET", ISSUE).json() == {"message": "404 Project Not Found"}
    sandbox.gitlab.set_member(PROJECT)
    sandbox.gitlab.limit_token("read_api")
    assert ask("POST", f"{ISSUE}/notes", body="Hello.").json()["error"] == "insufficient_scope"
    sandbox.gitlab.refuse_token()
    assert ask("GET", ISSUE).json()["error"] == "invalid_token"


def test_other_processes_do_acts_too(client: Client, gitlab: requests.Session) -> None:
    """The control API reaches what people do, and shows what came of it."""
    control = f"{client.url}/_sandbox"
    body = {"act": "gitlab.comment", "project": PROJECT, "iid": 1, "text": "Hi.", "by": "bo"}
    assert requests.post(f"{control}/acts", json=body, timeout=10).status_code == 200
    state = requests.get(f"{control}/state", timeout=10).json()
    assert [note["body"] for note in state["gitlab"][f"{PROJECT}#1"]["notes"]] == ["Hi."]
