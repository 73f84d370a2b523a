"""The adapter for GitHub against the sandbox: people, texts, pages, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.errors import PlaceError
from dd_incident_roles.issues.github import GithubTracker
from dd_incident_roles.issues.tracker import IssueRef, Tracker
from dd_incident_roles.model import EntryKey
from dd_incident_roles.patience import Patience
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.resources.github_site import GithubSite
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.transport import Access
from tests.product import Clock

REPOSITORY = "acme/ops"
ISSUE = "acme/ops#1"
REF = IssueRef(project=REPOSITORY, number="1", label=ISSUE)
KEY = EntryKey("gh:1")
TOKEN = "ghp_very-secret-0123456789"


def connect(running: RunningSandbox) -> GithubTracker:
    """The adapter, as the product makes it for a run."""
    patience = Patience(answer_seconds=10)
    return GithubTracker(Access(base_url=f"{running.url}/github", token=TOKEN, patience=patience))


@pytest.fixture
def github(sandbox: Sandbox) -> GithubSite:
    """A private repository with an issue that Ana opened; a stranger has an account too."""
    acts = sandbox.github
    acts.add_user("Ana", "Ana Diaz")
    acts.add_user("Bo")
    acts.add_user("stranger")
    acts.add_repository(REPOSITORY)
    acts.add_collaborator(REPOSITORY, "Ana")
    acts.add_collaborator(REPOSITORY, "Bo", role="read")
    acts.open_issue(REPOSITORY, "Outage", "It burns.\nA lot.", by="Ana")
    return acts


@pytest.fixture
def tracker(running: RunningSandbox, github: GithubSite) -> Tracker:
    """The adapter at that GitHub, below a path of its own."""
    return connect(running)


def test_an_assignee_is_set_and_cleared(tracker: Tracker, github: GithubSite) -> None:
    """Logins are found in any case, and one person takes the place of all others."""
    bo = tracker.find_account(REF, login="bO", email=None)
    assert bo is not None
    assert (bo.id, bo.login, bo.name, bo.is_person) == ("Bo", "Bo", None, True)
    github.assign(ISSUE, ["Ana", "stranger"])
    assert [each.login for each in tracker.issue(REF).assignees] == ["Ana", "stranger"]
    assert [each.id for each in tracker.assign(REF, bo).assignees] == ["Bo"]
    assert github.issue(ISSUE).assignees == ("Bo",)
    assert tracker.assign(REF, None).assignees == ()
    assert github.issue(ISSUE).assignees == ()
    assert tracker.find_account(REF, login="nobody", email="bo@corp.example") is None
    assert tracker.find_account(REF, login=None, email="bo@corp.example") is None


def test_who_cannot_be_assigned_is_asked_before(
    tracker: Tracker, github: GithubSite, sandbox: Sandbox
) -> None:
    """A stranger and an app are refused in words, and the assignee stays; nothing is written."""
    github.assign(ISSUE, ["Ana"])
    github.add_user("deploy[bot]", is_bot=True)
    for login, is_person in (("stranger", True), ("deploy[bot]", False)):
        account = tracker.find_account(REF, login=login, email=None)
        assert account is not None
        assert account.is_person is is_person
        with pytest.raises(PlaceError, match="cannot be assigned in acme/ops") as refused:
            tracker.assign(REF, account)
        assert refused.value.declines_write
        assert not refused.value.stops_the_run
    assert sandbox.requests.count("PATCH", "/issues/1") == 0
    assert github.issue(ISSUE).assignees == ("Ana",)


def test_an_assignee_is_dropped_without_a_word(tracker: Tracker, github: GithubSite) -> None:
    """Without push access GitHub answers 200 and keeps the old one, which is what is returned."""
    bo = tracker.find_account(REF, login="Bo", email=None)
    made = tracker.create(REPOSITORY, title="Ours", description="Text")
    github.add_collaborator(REPOSITORY, "incident-robot", role="read")
    assert tracker.assign(made.ref, bo).assignees == ()
    assert tracker.describe(made.ref, "Other").description == "Other"
    with pytest.raises(PlaceError, match="Must have admin rights") as theirs:
        tracker.assign(REF, bo)
    assert "Issues: read and write" in f"{theirs.value.hint}"
    assert theirs.value.declines_write


def test_who_leaves_between_the_question_and_the_write(
    tracker: Tracker, github: GithubSite, sandbox: Sandbox
) -> None:
    """GitHub refuses the write with the login, or drops the person; either is seen."""
    stranger = tracker.find_account(REF, login="stranger", email=None)
    sandbox.fault(FaultKind.STATUS_BEFORE, path="/assignees/", status=200, count=2)
    with pytest.raises(PlaceError, match=r"\(422\): .*assignees invalid stranger") as refused:
        tracker.assign(REF, stranger)
    assert refused.value.declines_write
    github.drops_strangers = True
    assert tracker.assign(REF, stranger).assignees == ()


def test_an_issue_is_read_and_described(tracker: Tracker, github: GithubSite) -> None:
    """A browser's line ends come as they are; ours are kept as they are."""
    issue = tracker.issue(REF)
    assert (issue.ref, issue.title, issue.description) == (REF, "Outage", "It burns.\r\nA lot.")
    assert issue.url.endswith("/github/acme/ops/issues/1")
    assert issue.modified.microsecond == 0
    assert tracker.describe(REF, "Still\nburns. ").description == "Still\nburns. "
    assert tracker.describe(REF, "").description == ""
    github.close(ISSUE)
    assert not tracker.issue(REF).is_open


@pytest.mark.parametrize(
    ("visibility", "is_public"), [("private", False), ("internal", False), ("public", True)]
)
def test_who_can_read_it(
    tracker: Tracker, github: GithubSite, visibility: str, is_public: bool
) -> None:
    """It is asked anew with every reading, since a repository can be opened at any time."""
    github.set_visibility(REPOSITORY, "private" if is_public else "public")
    assert tracker.issue(REF).is_public is not is_public
    github.set_visibility(REPOSITORY, visibility)
    assert tracker.issue(REF).is_public is is_public
    assert tracker.create(REPOSITORY, title="T", description="").is_public is is_public


def test_comments_are_read_whole(
    tracker: Tracker, github: GithubSite, sandbox: Sandbox, clock: Clock
) -> None:
    """Every page is asked for, by the links; what was deleted is missing, and what bots say not."""
    github.add_user("deploy[bot]", is_bot=True)
    ids = [github.comment(ISSUE, f"line {number}\nend", by="Ana") for number in range(204)]
    github.comment(ISSUE, "Deployed.", by="deploy[bot]")
    clock.move(minutes=1)
    github.edit_comment(ids[1], "other")
    github.delete_comment(ids[0])
    comments = tracker.comments(REF)
    assert [each.id for each in comments[:-1]] == ids[1:]
    assert sandbox.requests.count("GET", "/comments") == 3
    assert [each.text for each in comments[:2]] == ["other", "line 2\r\nend"]
    assert [each.author.is_person for each in comments[-2:] if each.author] == [True, False]
    assert comments[0].modified is not None
    assert comments[0].modified - comments[0].created >= timedelta(minutes=1)


@pytest.mark.parametrize("is_app", [False, True])
def test_our_comments_are_written_edited_and_deleted(
    tracker: Tracker, github: GithubSite, is_app: bool
) -> None:
    """As a user or as an app, who cannot ask for itself by REST; what is gone is no failure."""
    if is_app:
        github.become_app()
    assert tracker.me().is_person is not is_app
    written = tracker.add_comment(REF, "Hello.\nBye. ", key=KEY)
    assert (written.text, written.author) == ("Hello.\nBye. ", tracker.me())
    edited = tracker.edit_comment(REF, written.id, "Hi.", key=KEY)
    assert (edited.id, edited.text, edited.created) == (written.id, "Hi.", written.created)
    assert [each.text for each in tracker.comments(REF)] == ["Hi."]
    assert tracker.delete_comment(REF, written.id)
    assert not tracker.delete_comment(REF, written.id)
    with pytest.raises(PlaceError, match="does not show it") as gone:
        tracker.edit_comment(REF, written.id, "Hi.", key=KEY)
    assert gone.value.declines_write


@pytest.mark.parametrize("status", [403, 404])
def test_a_comment_is_not_gone_because_it_may_not_be_deleted(
    tracker: Tracker, github: GithubSite, status: int
) -> None:
    """A token that only reads can be answered as if there was nothing; then we look."""
    written = tracker.add_comment(REF, "Hello.", key=KEY)
    github.limit_token("read", status=status)
    with pytest.raises(PlaceError, match="deleting a comment") as refused:
        tracker.delete_comment(REF, written.id)
    assert (refused.value.status, refused.value.declines_write) == (status, True)
    said = f"{refused.value.hint}"
    assert ("issues=write" if status == 403 else "Issues: read and write") in said
    assert len(github.comments(ISSUE)) == 1


def test_what_is_too_long_is_refused_in_githubs_words(tracker: Tracker) -> None:
    """The longest text is taken; one character more is a refusal that is not tried again."""
    whole = "x" * tracker.longest_text
    assert tracker.describe(REF, whole).description == whole
    written = tracker.add_comment(REF, whole, key=KEY)
    for write in (
        lambda: tracker.describe(REF, f"{whole}x"),
        lambda: tracker.add_comment(REF, f"{whole}x", key=KEY),
        lambda: tracker.edit_comment(REF, written.id, f"{whole}x", key=KEY),
    ):
        with pytest.raises(PlaceError, match="maximum is 65536 characters") as refused:
            write()
        assert (refused.value.status, refused.value.declines_write) == (422, True)


def test_a_created_issue_is_found_again(tracker: Tracker, github: GithubSite, clock: Clock) -> None:
    """By our own account and the mark, open or not, on any page, though its clock is behind."""
    since = clock() + timedelta(minutes=4)
    github.open_issue(REPOSITORY, "A copy", "mark-1001", by="Ana")
    assert tracker.find_created(REPOSITORY, "mark-1001", since=since) is None
    for number in range(101):
        tracker.create(REPOSITORY, title=f"Other {number}", description="About.")
    made = tracker.create(REPOSITORY, title="T" * 300, description="About. mark-1001")
    assert (made.ref.label, len(made.title)) == ("acme/ops#104", 256)
    assert tracker.find_created(REPOSITORY, "mark-1001", since=since) == made
    github.close("acme/ops#104")
    found = tracker.find_created("ACME/Ops", "mark-1001", since=since)
    assert found is not None
    assert (found.url, found.is_open) == (made.url, False)
    assert tracker.find_created(REPOSITORY, "mark-1002", since=since) is None
    assert tracker.find_created(REPOSITORY, "mark-1001", since=since + timedelta(hours=1)) is None


def test_what_the_token_may_not(tracker: Tracker, github: GithubSite) -> None:
    """A repository that is not shown is not there; a token or limit ends the run with GitHub."""
    github.remove_collaborator(REPOSITORY, "incident-robot")
    with pytest.raises(PlaceError, match="does not show it") as hidden:
        tracker.issue(REF)
    assert (hidden.value.status, hidden.value.stops_the_run) == (404, False)
    github.add_collaborator(REPOSITORY, "incident-robot")
    github.exhaust(seconds=90)
    with pytest.raises(PlaceError, match=r"asks for a pause of (89|90|91) s") as limited:
        tracker.issue(REF)
    assert limited.value.stops_the_run
    github.exhaust("secondary")
    with pytest.raises(PlaceError, match="rate limit is reached") as limited:
        tracker.add_comment(REF, "Hello.", key=KEY)
    assert (limited.value.stops_the_run, limited.value.ambiguous) == (True, False)
    github.accept_token()
    github.limit_token("none")
    with pytest.raises(PlaceError, match="does not allow reading acme/ops#1") as forbidden:
        tracker.issue(REF)
    assert "issues=read" in f"{forbidden.value.hint}"
    github.refuse_token()
    with pytest.raises(PlaceError, match="does not accept the token") as wrong:
        tracker.me()
    assert wrong.value.stops_the_run
    assert TOKEN not in f"{wrong.value} {wrong.value.hint}"
