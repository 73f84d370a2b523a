"""The adapter for GitLab: against the sandbox, against broken servers, and against odd answers."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import responses

from dd_incident_roles.errors import PlaceError
from dd_incident_roles.issues.gitlab import GitlabTracker
from dd_incident_roles.issues.tracker import IssueRef, Tracker
from dd_incident_roles.model import EntryKey
from dd_incident_roles.patience import Patience
from dd_incident_roles.sandbox.resources.gitlab_site import GitlabSite
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.transport import Access
from tests.product import Clock

TOKEN = "glpat-very-secret"
PROJECT = "ops/incidents"
REF = IssueRef(project=PROJECT, number="1", label="ops/incidents#1")
KEY = EntryKey("gl:1")
HOST = "https://gitlab.corp.example"
API = f"{HOST}/api/v4"
ISSUE = f"{API}/projects/ops%2Fincidents/issues/1"
USER = {"id": 5, "username": "ana", "name": "Ana"}
SHOWN = {
    "iid": 1,
    "title": "Outage",
    "description": None,
    "state": "opened",
    "assignees": [USER],
    "web_url": f"{HOST}/ops/incidents/-/issues/1",
    "updated_at": "2026-01-31T09:30:00.123Z",
    "confidential": True,
}
FIRST = f'<{API}/x?page=1>; rel="first"'


def connect(base_url: str, *, seconds: float = 10) -> GitlabTracker:
    """The adapter, as the product makes it."""
    patience = Patience(answer_seconds=seconds)
    return GitlabTracker(Access(base_url=base_url, token=TOKEN, patience=patience))


@pytest.fixture
def gitlab(sandbox: Sandbox) -> GitlabSite:
    """A project with an issue that Ana opened; she shows her e-mail, Bo does not."""
    acts = sandbox.gitlab
    acts.add_user("ana", "Ana", email="ana@corp.example")
    acts.add_user("bo", "Bo")
    acts.add_user("stranger")
    acts.add_project(PROJECT)
    acts.set_member(PROJECT, "ana")
    acts.set_member(PROJECT, "bo")
    acts.open_issue(PROJECT, "Outage", "It burns.", by="ana")
    return acts


@pytest.fixture
def tracker(running: RunningSandbox, gitlab: GitlabSite) -> Tracker:
    """The adapter at that GitLab, below a path of its own."""
    return connect(f"{running.url}/gitlab/")


def logins(tracker: Tracker) -> list[str]:
    """Who the issue is assigned to, as the adapter reads it."""
    return [each.login for each in tracker.issue(REF).assignees]


def test_an_assignee_is_set_and_cleared(tracker: Tracker, gitlab: GitlabSite) -> None:
    """What is returned is what GitLab shows, also where it dropped the person without a word."""
    bo = tracker.find_account(REF, login="BO", email=None)
    assert bo is not None
    assert (bo.login, bo.name, bo.email, bo.is_person) == ("bo", "Bo", None, True)
    assert [each.id for each in tracker.assign(REF, bo).assignees] == [bo.id]
    assert (logins(tracker), gitlab.assignees(PROJECT, 1)) == (["bo"], ["bo"])
    stranger = tracker.find_account(REF, login="stranger", email=None)
    assert [each.login for each in tracker.assign(REF, stranger).assignees] == ["bo"]
    assert tracker.assign(REF, None).assignees == ()
    assert gitlab.assignees(PROJECT, 1) == []


def test_an_issue_is_read_and_described(tracker: Tracker, gitlab: GitlabSite) -> None:
    """The text comes as it is; GitLab drops line ends of another kind and space at the end."""
    issue = tracker.issue(REF)
    assert (issue.ref, issue.title, issue.description) == (REF, "Outage", "It burns.")
    assert issue.url.endswith("/ops/incidents/-/issues/1")
    assert tracker.describe(REF, "It still\r\nburns. \n").description == "It still\nburns."
    gitlab.close(PROJECT, 1)
    assert not tracker.issue(REF).is_open
    with pytest.raises(PlaceError, match="does not show it") as missing:
        tracker.issue(IssueRef(project=PROJECT, number="9", label="ops/incidents#9"))
    assert (missing.value.status, missing.value.stops_the_run) == (404, False)


@pytest.mark.parametrize(
    ("visibility", "confidential", "is_public"),
    [
        ("private", False, False),
        ("internal", False, False),
        ("public", True, False),
        ("public", False, True),
    ],
)
def test_who_can_read_it(
    running: RunningSandbox,
    gitlab: GitlabSite,
    visibility: str,
    confidential: bool,
    is_public: bool,
) -> None:
    """Only an issue that needs no account to be read is public."""
    gitlab.set_visibility(PROJECT, visibility)
    iid = gitlab.open_issue(PROJECT, "Another", by="ana", confidential=confidential)
    ref = IssueRef(project=PROJECT, number=str(iid), label=f"{PROJECT}#{iid}")
    tracker = connect(f"{running.url}/gitlab")
    assert tracker.issue(ref).is_public is is_public
    assert tracker.assign(ref, None).is_public is is_public


def test_comments_are_read_whole(
    tracker: Tracker, gitlab: GitlabSite, sandbox: Sandbox, clock: Clock
) -> None:
    """Every page is asked for, however short; internal notes are never among the comments."""
    for number in range(205):
        gitlab.comment(PROJECT, 1, f"note {number}", by="ana", internal=number < 150)
    # For a guest the first page is empty, and the second short.
    gitlab.set_member(PROJECT, access="guest")
    comments = tracker.comments(REF)
    assert [each.text for each in comments] == [f"note {n}" for n in range(150, 205)]
    assert {each.author.login for each in comments if each.author} == {"ana"}
    times = [each.created for each in comments]
    assert times == sorted(times)
    assert timedelta() <= clock() - times[0] < timedelta(minutes=1)
    assert sandbox.requests.count("GET", "/notes") == 3
    gitlab.set_member(PROJECT)
    assert tracker.comments(REF) == comments


def test_system_notes_of_an_old_server(tracker: Tracker, gitlab: GitlabSite) -> None:
    """A server that does not know the filter gives system notes too; they are marked."""
    gitlab.assign(PROJECT, 1, "bo", by="ana")
    gitlab.comment(PROJECT, 1, "Hello.", by="ana")
    assert [each.text for each in tracker.comments(REF)] == ["Hello."]
    gitlab.knows_filters = False
    shown = [(each.text, each.is_system) for each in tracker.comments(REF)]
    assert shown == [("assigned to @bo", True), ("Hello.", False)]


def test_our_comments_are_written_edited_and_deleted(
    tracker: Tracker, gitlab: GitlabSite, clock: Clock
) -> None:
    """Each answer is what GitLab keeps; what is gone already is deleted with False."""
    written = tracker.add_comment(REF, "Hello.\r\nBye. ", key=KEY)
    assert (written.text, written.author) == ("Hello.\nBye.", tracker.me())
    assert not tracker.me().is_person
    clock.move(minutes=1)
    edited = tracker.edit_comment(REF, written.id, "Hi.", key=KEY)
    assert (edited.id, edited.text) == (written.id, "Hi.")
    assert edited.modified is not None
    assert edited.modified - edited.created >= timedelta(minutes=1)
    assert tracker.delete_comment(REF, written.id)
    assert not tracker.delete_comment(REF, written.id)
    with pytest.raises(PlaceError) as gone:
        tracker.edit_comment(REF, written.id, "Hi.", key=KEY)
    assert gone.value.declines_write
    other = gitlab.comment(PROJECT, 1, "Mine.", by="ana")
    with pytest.raises(PlaceError, match="does not allow") as theirs:
        tracker.delete_comment(REF, other or "")
    assert theirs.value.declines_write
    gitlab.set_member(PROJECT, access="none")
    with pytest.raises(PlaceError, match="reading ops/incidents#1"):
        tracker.delete_comment(REF, written.id)


def test_a_text_of_quick_actions_is_no_comment(tracker: Tracker, gitlab: GitlabSite) -> None:
    """GitLab carries it out and keeps nothing: so texts must be made harmless before."""
    with pytest.raises(PlaceError, match="quick actions") as nothing:
        tracker.add_comment(REF, "/assign @bo\n/close", key=KEY)
    assert (nothing.value.declines_write, nothing.value.ambiguous) == (True, False)
    assert (logins(tracker), tracker.issue(REF).is_open) == (["bo"], False)
    assert tracker.add_comment(REF, "Hello.\n/reopen", key=KEY).text == "Hello."
    assert tracker.describe(REF, "Text.\n/unassign").assignees == ()


def test_a_created_issue_is_found_again(tracker: Tracker, gitlab: GitlabSite, clock: Clock) -> None:
    """By our own account and the mark, though GitLab's clock is behind."""
    since = clock() + timedelta(minutes=5)
    gitlab.open_issue(PROJECT, "A copy", "mark-1001", by="ana")
    assert tracker.find_created(PROJECT, "mark-1001", since=since) is None
    made = tracker.create(PROJECT, title="T" * 300, description="About. mark-1001")
    assert (made.ref.number, made.ref.label, len(made.title)) == ("3", f"{PROJECT}#3", 255)
    assert tracker.find_created(PROJECT, "mark-1001", since=since) == made
    assert tracker.find_created(PROJECT, "mark-1002", since=since) is None


@pytest.mark.parametrize(
    ("login", "email", "found"),
    [
        ("nobody", None, None),
        ("nobody", "ANA@corp.example", "ana"),
        (None, "bo@corp.example", None),
        (None, "na", None),
        (None, "team@corp.example", None),
        (None, None, None),
        ("robot", None, "robot"),
    ],
)
def test_who_has_an_account(
    tracker: Tracker, gitlab: GitlabSite, login: str | None, email: str | None, found: str | None
) -> None:
    """By the exact login, else by the exact public e-mail; never by what is only alike."""
    gitlab.add_user("one", email="team@corp.example")
    gitlab.add_user("two", email="team@corp.example")
    gitlab.add_user("robot", is_bot=True)
    account = tracker.find_account(REF, login=login, email=email)
    assert (account and account.login) == found
    assert account is None or account.is_person is (found != "robot")


REFUSALS = (
    (401, {"error": "invalid_token", "error_description": "Token is expired."}, "Token is expired"),
    (403, {"error": "insufficient_scope", "scope": "api read_api"}, "the scope api or read_api"),
    (403, {"message": "403 Forbidden"}, "at least the role Reporter"),
    (429, "Retry later\n", "Retry later. It asks for a pause of 30 s"),
    (400, {"message": {"title": ["is too long", "is bad"]}}, "title is too long, is bad"),
    (502, "<html>nginx</html>", "answered .* with 502."),
    (400, {"message": f"Bad {TOKEN}"}, "Bad \\*\\*\\*"),
)


@responses.activate
@pytest.mark.parametrize(("status", "body", "said"), REFUSALS)
def test_what_a_refusal_says(status: int, body: str | dict[str, object], said: str) -> None:
    """GitLab's own words, what the token lacks, and how long it asks to wait."""
    text = body if isinstance(body, str) else json.dumps(body)
    responses.put(
        ISSUE,
        status=status,
        headers={"Retry-After": "30"},
        content_type="text/plain" if status == 429 else None,
        body=text,
    )
    with pytest.raises(PlaceError) as refusal:
        connect(HOST).describe(REF, "Text.")
    assert re.search(said, f"{refusal.value.message} {refusal.value.hint}")
    assert refusal.value.status == status
    assert refusal.value.stops_the_run is (status in {401, 429})


@responses.activate
def test_an_answer_that_is_not_gitlabs() -> None:
    """The error says which part of it, and what is wrong there."""
    responses.get(ISSUE, json={**SHOWN, "title": None})
    with pytest.raises(PlaceError, match=r"is not what GitLab gives \(title: ") as misread:
        connect(HOST).issue(REF)
    assert not misread.value.ambiguous


@responses.activate
@pytest.mark.parametrize(
    ("pages", "problem"),
    [
        ([{}], "does not say whether more follows"),
        ([{"Link": f'<{API}/x?page=2>; rel="next"'}] * 2, "leads to itself"),
        (
            [
                {"Link": f'<{API}/x?page=2>; rel="next"', "X-Total": "101"},
                {"Link": FIRST, "X-Total": "100"},
            ],
            "changed while it was read",
        ),
    ],
)
def test_a_listing_that_is_not_whole(pages: list[dict[str, str]], problem: str) -> None:
    """A part of the comments is none: what is missing would count as deleted."""
    for headers in pages:
        responses.get(f"{ISSUE}/notes", json=[], headers=headers)
    with pytest.raises(PlaceError, match=problem):
        connect(HOST).comments(REF)


@responses.activate
def test_bots_are_known_by_their_names() -> None:
    """Inside an issue GitLab does not say who is a bot, but their names follow a rule."""
    names = ("ana", "project_12_bot", "group_7_bot_5b2e", "service_account_group_1_2", "a_bot")
    people = [{**USER, "username": name} for name in names]
    responses.get(ISSUE, json={**SHOWN, "assignees": people})
    shown = connect(HOST).issue(REF)
    assert [each.login for each in shown.assignees if each.is_person] == ["ana", "a_bot"]
    assert (shown.description, shown.is_public) == ("", False)
