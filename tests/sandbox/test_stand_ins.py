"""The stand-ins for other systems: what the adapters never do or see, and what processes do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from dd_incident_roles.sandbox.resources.gitlab_site import take_commands
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox

Ask = Callable[..., requests.Response]
ROBOT = ("robot@corp.example", "token")
PROJECT = "ops/incidents"
OUTAGE = "/projects/ops%2Fincidents/issues/1"
ACME = "/repos/acme/ops/issues/1"


def act(running: RunningSandbox, *acts: dict[str, object]) -> None:
    """Have people do this, through the control API."""
    for each in acts:
        done = requests.post(f"{running.url}/_sandbox/acts", json=each, timeout=10)
        assert done.status_code == 200, done.text


def state(running: RunningSandbox) -> Any:
    """What the control API shows."""
    return requests.get(f"{running.url}/_sandbox/state", timeout=10).json()


def sends(
    url: str, method: str, path: str, headers: dict[str, str], **body: object
) -> requests.Response:
    """Make a request with a body of JSON."""
    return requests.request(method, url + path, headers=headers, json=body or None, timeout=10)


@pytest.mark.parametrize(
    "name",
    [
        *("github.issue", "github.users", "github._put", "jira.turn", "jira.nothing"),
        *("jira.__init__", "world.comment", ".set_commander"),
    ],
)
def test_no_other_act_is_reached(name: str, running: RunningSandbox) -> None:
    """The refusal lists what there is."""
    answer = requests.post(f"{running.url}/_sandbox/acts", json={"act": name}, timeout=10)
    assert answer.status_code == 400
    assert {"github.assign", "jira.assign"} <= set(answer.json()["error"].replace(",", "").split())


@pytest.fixture
def github(running: RunningSandbox) -> Ask:
    """How one asks a GitHub in which Ana opened an issue."""
    act(
        running,
        {"act": "github.add_user", "login": "Ana"},
        {"act": "github.add_repository", "repository": "acme/ops"},
        {"act": "github.add_collaborator", "repository": "acme/ops", "user": "ana"},
        {"act": "github.open_issue", "repository": "acme/ops", "title": "Down", "by": "ana"},
        {"act": "github.assign", "issue": "ACME/ops#1", "assignees": ["ANA"]},
        {"act": "github.comment", "issue": "acme/ops#1", "text": "Hi\nall", "by": "ana"},
    )

    def ask(method: str, path: str, scheme: str = "Bearer", **body: object) -> requests.Response:
        headers = {"Authorization": f"{scheme} x"}
        return sends(f"{running.url}/github", method, path, headers, **body)

    return ask


def test_what_people_do_in_github_shows_in_the_state(github: Ask, running: RunningSandbox) -> None:
    """Each issue with who is assigned and what is written, as a browser sends it."""
    shown = state(running)["github"]
    comments = shown["acme/ops#1"].pop("comments")
    assert shown == {
        "acme/ops#1": {"title": "Down", "description": "", "is_open": True, "assignees": ["Ana"]}
    }
    assert [(each["author"], each["text"]) for each in comments] == [("Ana", "Hi\r\nall")]


def test_pages_of_github_are_cut_and_linked(github: Ask, sandbox: Sandbox) -> None:
    """30 on a page and 100 at most; the links name the repository by its number."""
    for number in range(30):
        sandbox.github.comment("acme/ops#1", f"{number}", by="Ana")
    first = github("GET", f"{ACME}/comments")
    assert (len(first.json()), set(first.links)) == (30, {"next", "last"})
    assert "/github/repositories/" in first.links["next"]["url"]
    path = first.links["next"]["url"].partition("/github")[2]
    second = github("GET", path)
    assert (len(second.json()), set(second.links)) == (1, {"prev", "first"})
    assert "Link" not in github("GET", f"{ACME}/comments?per_page=500").headers


def test_refusals_have_githubs_shape(github: Ask, sandbox: Sandbox) -> None:
    """The status is said in the body too, and each wrong field with a code."""
    assert github("GET", "/user", scheme="Basic").json()["message"] == "Requires authentication"
    missing = github("GET", "/repos/acme/other")
    assert (missing.status_code, missing.json()["status"]) == (404, "404")
    nobody = github("PATCH", ACME, assignees=["ana", "nobody"], body="x")
    assert nobody.status_code == 422
    assert nobody.json()["errors"] == [
        {"value": "nobody", "resource": "Issue", "field": "assignees", "code": "invalid"}
    ]
    assert sandbox.github.issue("acme/ops#1").body is None
    assert github("POST", f"{ACME}/comments", body=" ").status_code == 422
    assert github("POST", "/repos/acme/ops/issues", title="").status_code == 422


def test_an_app_is_a_bot_that_may_not_ask_who_it_is(github: Ask, sandbox: Sandbox) -> None:
    """It keeps the roles of the user; editing others' comments takes the right to push."""
    sandbox.github.become_app()
    assert github("GET", "/user").json()["message"] == "Resource not accessible by integration"
    written = github("POST", f"{ACME}/comments", body="Hello").json()
    assert written["user"]["type"] == "Bot"
    other = sandbox.github.comments("acme/ops#1")[0].id
    comment = f"/repos/acme/ops/issues/comments/{other}"
    assert github("PATCH", comment, body="Ours").status_code == 200
    sandbox.github.add_collaborator("acme/ops", "incident-roles[bot]", role="triage")
    assert github("DELETE", comment).json()["message"] == "Must have admin rights to Repository."
    assert github("PATCH", ACME, assignees=[]).json()["assignees"] == []


@pytest.fixture
def gitlab(running: RunningSandbox) -> Ask:
    """How one asks a GitLab in which Ana opened an issue."""
    acts = running.sandbox.gitlab
    for name in ("ana", "bo", "stranger"):
        acts.add_user(name)
    acts.add_project(PROJECT)
    acts.set_member(PROJECT, "ana")
    acts.set_member(PROJECT, "bo")
    acts.open_issue(PROJECT, "Outage", "It burns.", by="ana")
    url = f"{running.url}/gitlab/api/v4"
    return lambda how, path, **body: sends(url, how, path, {"PRIVATE-TOKEN": "token"}, **body)


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


def test_commands_act_wherever_text_is_kept(sandbox: Sandbox, gitlab: Ask) -> None:
    """A note of nothing but commands is none, an edited one is deleted; descriptions act too."""
    answer = gitlab("POST", f"{OUTAGE}/notes", body="/assign @bo\n/close")
    assert answer.status_code == 202
    assert "id" not in answer.json()
    assert sandbox.gitlab.assignees(PROJECT, 1) == ["bo"]
    assert not sandbox.gitlab.issue(PROJECT, 1).is_open
    assert [note.body for note in sandbox.gitlab.notes(PROJECT, 1)] == ["assigned to @bo"]

    kept = gitlab("POST", f"{OUTAGE}/notes", body="Hello\n/reopen").json()
    assert kept["body"] == "Hello"
    assert sandbox.gitlab.issue(PROJECT, 1).is_open
    assert gitlab("PUT", f"{OUTAGE}/notes/{kept['id']}", body="/unassign").status_code == 202
    assert gitlab("DELETE", f"{OUTAGE}/notes/{kept['id']}").status_code == 404

    described = gitlab("PUT", OUTAGE, description="It burns.\r\n/assign me\n").json()
    assert (described["description"], len(described["assignees"])) == ("It burns.", 1)
    assert gitlab("POST", f"{OUTAGE}/notes", body="/assign @nobody").status_code == 400


def test_assignees_are_dropped_without_a_word(sandbox: Sandbox, gitlab: Ask) -> None:
    """Who cannot read, who comes second, and all of a guest's: 200, and not there."""
    acts = sandbox.gitlab
    ana, bo, stranger = (int(acts.user(name).id) for name in ("ana", "bo", "stranger"))

    def assign(*ids: int) -> list[str]:
        answer = gitlab("PUT", OUTAGE, assignee_ids=ids)
        assert answer.status_code == 200
        return [each["username"] for each in answer.json()["assignees"]]

    assert assign(ana, bo) == ["ana"]
    assert assign(stranger) == ["ana"]
    assert assign(stranger, bo) == ["bo"]
    assert assign(0) == []
    acts.set_member(PROJECT, access="guest")
    acts.open_issue(PROJECT, "Ours", by="group_7_bot_5b2e")
    answer = gitlab("PUT", OUTAGE.replace("/1", "/2"), assignee_ids=[bo])
    assert (answer.status_code, answer.json()["assignees"]) == (200, [])
    assert gitlab("PUT", OUTAGE, assignee_ids=[bo]).status_code == 403


def test_pages_of_gitlab_are_short_and_link_elsewhere(sandbox: Sandbox, gitlab: Ask) -> None:
    """What a guest may not read is missing from its page, after which others follow."""
    for number in range(3):
        sandbox.gitlab.comment(PROJECT, 1, f"note {number}", by="ana", internal=number < 2)
    sandbox.gitlab.set_member(PROJECT, access="guest")
    first = gitlab("GET", f"{OUTAGE}/notes?sort=asc&per_page=2")
    assert (first.json(), first.headers["X-Next-Page"]) == ([], "2")
    assert first.links["next"]["url"].startswith("https://gitlab.sandbox.example/")
    last = gitlab("GET", f"{OUTAGE}/notes?sort=asc&per_page=2&page=2")
    assert [each["body"] for each in last.json()] == ["note 2"]
    assert (last.headers["X-Next-Page"], "next" in last.links) == ("", False)


def test_what_gitlab_does_not_find_or_allow(sandbox: Sandbox, gitlab: Ask) -> None:
    """Paths must be encoded, others' notes are theirs, and tokens have scopes."""
    other = sandbox.gitlab.comment(PROJECT, 1, "Mine.", by="ana")
    assert gitlab("GET", "/projects/ops/incidents/issues/1").status_code == 404
    assert gitlab("GET", OUTAGE.replace("/1", "/9")).json() == {"message": "404 Issue Not Found"}
    assert gitlab("PUT", f"{OUTAGE}/notes/{other}", body="Ours.").status_code == 403
    sandbox.gitlab.set_member(PROJECT, access="none")
    assert gitlab("GET", OUTAGE).json() == {"message": "404 Project Not Found"}
    sandbox.gitlab.set_member(PROJECT)
    sandbox.gitlab.limit_token("read_api")
    assert gitlab("POST", f"{OUTAGE}/notes", body="Hello.").json()["error"] == "insufficient_scope"
    sandbox.gitlab.refuse_token()
    assert gitlab("GET", OUTAGE).json()["error"] == "invalid_token"


def test_what_people_do_in_gitlab_shows_in_the_state(gitlab: Ask, running: RunningSandbox) -> None:
    """The control API reaches what people do, and shows what came of it."""
    assert gitlab("GET", OUTAGE).status_code == 200
    who = {"project": PROJECT, "iid": 1, "by": "bo"}
    act(running, {"act": "gitlab.comment", "text": "Hi.", **who})
    comments = state(running)["gitlab"][f"{PROJECT}#1"]["comments"]
    assert [(each["author"], each["text"]) for each in comments] == [("bo", "Hi.")]


@pytest.fixture
def jira(running: RunningSandbox) -> str:
    """The address of an issue that Ana is assigned to."""
    act(
        running,
        {"act": "jira.add_project", "key": "OPS"},
        {"act": "jira.add_person", "person": "5b10-ana", "name": "Ana", "email": "ana@x.example"},
        {"act": "jira.add_issue", "project": "OPS", "title": "Down", "text": "It is"},
        {"act": "jira.assign", "issue": "OPS-1", "person": "5b10-ana"},
        {"act": "jira.comment", "issue": "OPS-1", "by": "5b10-ana", "text": "Looking"},
    )
    return f"{running.url}/jira/rest/api/3/issue/OPS-1"


def test_what_people_do_in_jira_shows_in_the_state(jira: str, running: RunningSandbox) -> None:
    """Of each Jira its issues, with who is assigned and what is written."""
    assert jira.startswith(running.url)
    shown = state(running)
    assert shown["jira_dc"] == {}
    comments = shown["jira"]["OPS-1"].pop("comments")
    assert shown["jira"]["OPS-1"] == {
        "title": "Down",
        "description": "It is",
        "is_open": True,
        "assignees": ["5b10-ana"],
    }
    assert [(each["author"], each["text"]) for each in comments] == [("5b10-ana", "Looking")]


def test_an_edit_passes_over_the_assignee(jira: str, sandbox: Sandbox) -> None:
    """It is answered as if it were done."""
    body = {"fields": {"assignee": {"accountId": None}}}
    assert requests.put(jira, json=body, auth=ROBOT, timeout=10).status_code == 204
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
    jira: str, path: str, body: dict[str, object], about: str
) -> None:
    """A sentence for the field that is wrong."""
    method = "PUT" if about == "assignee" else "POST"
    answer = requests.request(method, jira + path, json=body, auth=ROBOT, timeout=10)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [about])


def test_a_stranger_sees_only_what_is_public(jira: str, sandbox: Sandbox) -> None:
    """Nothing at first, and never the comments or a write."""
    assert requests.get(jira, timeout=10).status_code == 404
    sandbox.jira.add_project("OPS", is_public=True)
    assert requests.get(jira, timeout=10).status_code == 200
    assert requests.put(jira, json={"fields": {}}, timeout=10).status_code == 401
    # Cloud does not take a personal token.
    bearer = {"Authorization": "Bearer token"}
    assert requests.get(jira, headers=bearer, timeout=10).status_code == 401


def test_nobody_changes_the_comment_of_another(jira: str, sandbox: Sandbox) -> None:
    """Nor deletes it."""
    (comment,) = sandbox.jira.comments("OPS-1")
    url = f"{jira}/comment/{comment.id}"
    assert requests.delete(url, auth=ROBOT, timeout=10).status_code == 403
    sandbox.jira.edit_comment(comment.id, "Found")
    sandbox.jira.delete_comment(comment.id)
    assert requests.delete(url, auth=ROBOT, timeout=10).status_code == 404


def test_slack_changes_what_it_is_given(running: RunningSandbox, sandbox: Sandbox) -> None:
    """Entities, links of addresses, a mention as its characters, a message for each write."""

    def write(topic: str) -> Any:
        answer = requests.post(
            f"{running.url}/slack/api/conversations.setTopic",
            data={"channel": "C1", "topic": topic},
            headers={"Authorization": "Bearer x"},
            timeout=10,
        )
        return answer.json()

    act(running, {"act": "slack.add_channel", "name": "incident-1001", "channel_id": "C1"})
    for _ in range(2):
        assert write("<@U1> & a@b.cd")["channel"]["topic"]["value"] == (
            "&lt;@U1&gt; &amp; <mailto:a@b.cd|a@b.cd>"
        )
    assert len(sandbox.slack.messages("C1")) == 2
    assert write("x" * 251) == {"ok": False, "error": "too_long"}
    act(running, {"act": "slack.archive", "channel": "C1"})
    assert write("x") == {"ok": False, "error": "is_archived"}
    assert state(running)["slack"]["channels"][0]["is_archived"]
