"""Jira Cloud and Data Center as the sandbox plays them, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from dd_incident_roles.errors import PlaceError
from dd_incident_roles.issues.jira import JiraTracker
from dd_incident_roles.issues.tracker import IssueRef
from dd_incident_roles.model import EntryKey
from dd_incident_roles.patience import Patience
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.resources.jira_site import JiraSite, document, plain
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.transport import Access
from tests.product import Clock

KEY = EntryKey("k7f3")
OPS = IssueRef(project="OPS", number="OPS-1", label="OPS-1")


@dataclass(frozen=True)
class Jira:
    """One of the two, with what people do there and what we ask of it."""

    acts: JiraSite
    tracker: JiraTracker
    is_cloud: bool


def made(running: RunningSandbox, *, is_cloud: bool) -> Jira:
    acts = running.sandbox.jira if is_cloud else running.sandbox.jira_dc
    access = Access(
        base_url=f"{running.url}/{'jira' if is_cloud else 'jira-dc'}",
        token="secret-token",
        patience=Patience(answer_seconds=5),
    )
    tracker = JiraTracker(access, user="robot@corp.example" if is_cloud else None)
    acts.add_person("5b10-ana", "Ana Silva", "ana@corp.example")
    acts.add_person("5b10-bo", "Bo Lind", "bo@corp.example")
    acts.add_project("OPS")
    acts.add_issue("OPS", "Checkout is down", "First line\nSecond line")
    return Jira(acts=acts, tracker=tracker, is_cloud=is_cloud)


@pytest.fixture(params=["cloud", "data center"])
def jira(running: RunningSandbox, request: pytest.FixtureRequest) -> Jira:
    """An issue in each of the two."""
    return made(running, is_cloud=request.param == "cloud")


@pytest.fixture
def cloud(running: RunningSandbox) -> Jira:
    """An issue in Jira Cloud."""
    return made(running, is_cloud=True)


@pytest.fixture
def data_center(running: RunningSandbox) -> Jira:
    """An issue in Jira Data Center."""
    return made(running, is_cloud=False)


def refused(error: pytest.ExceptionInfo[PlaceError]) -> tuple[bool, str]:
    return error.value.declines_write, str(error.value)


def test_an_issue_is_read(jira: Jira, running: RunningSandbox) -> None:
    """Everything that the seam asks for, with a link for people."""
    jira.acts.assign("OPS-1", "5b10-ana")
    issue = jira.tracker.issue(OPS)
    (ana,) = issue.assignees
    assert (ana.id, ana.name, ana.email) == ("5b10-ana", "Ana Silva", "ana@corp.example")
    assert (issue.ref, issue.title) == (OPS, "Checkout is down")
    assert issue.url.startswith(running.url)
    assert issue.url.endswith("/browse/OPS-1")
    assert issue.description == "First line\nSecond line"
    assert issue.is_open
    assert not issue.is_public
    jira.acts.close("OPS-1")
    assert not jira.tracker.issue(OPS).is_open


@pytest.mark.parametrize(
    ("kind", "is_public", "expected"),
    [("software", True, True), ("software", False, False), ("service_desk", False, True)],
)
def test_an_issue_is_public(jira: Jira, kind: str, is_public: bool, expected: bool) -> None:
    """What a stranger can read, and what customers of a service project can."""
    jira.acts.add_project("OPS", kind=kind, is_public=is_public)
    assert jira.tracker.issue(OPS).is_public is expected
    assert jira.tracker.is_public("OPS") is expected


def test_a_stranger_that_gets_no_clear_answer_makes_it_public(
    cloud: Jira, sandbox: Sandbox
) -> None:
    """Where Jira does not tell, the issue counts as public."""
    sandbox.fault(FaultKind.STATUS_BEFORE, path="fields=summary$", status=500)
    assert cloud.tracker.issue(OPS).is_public
    assert not cloud.tracker.issue(OPS).is_public


def test_the_assignee_is_written_and_read_back(jira: Jira) -> None:
    """One person, then nobody; what is shown afterwards is what counts."""
    bo = jira.tracker.find_account(OPS, login="5b10-BO", email=None)
    assert bo is not None
    assert jira.tracker.assign(OPS, bo).assignees == (bo,)
    assert jira.tracker.assign(OPS, None).assignees == ()
    jira.acts.turn(drops_assignee=True)
    assert jira.tracker.assign(OPS, bo).assignees == ()


def test_an_assignee_that_jira_refuses_is_declined_in_its_words(jira: Jira) -> None:
    """The sentence says why; the assignee stays."""
    jira.acts.add_project("OPS", must_be_assigned=True)
    jira.acts.add_person("5b10-cy", "Cy", "cy@corp.example", can_be_assigned=False)
    cy = jira.tracker.find_account(OPS, login="5b10-cy", email=None)
    assert cy is not None
    with pytest.raises(PlaceError) as error:
        jira.tracker.assign(OPS, cy)
    declined, message = refused(error)
    assert declined
    assert "User '5b10-cy' cannot be assigned issues." in message
    with pytest.raises(PlaceError) as error:
        jira.tracker.assign(OPS, None)
    declined, message = refused(error)
    assert declined
    assert "Issues must be assigned." in message


def test_a_person_is_found_for_certain_or_not_at_all(jira: Jira) -> None:
    """By exactly this e-mail; never by a name that begins alike, nor where it is hidden."""
    jira.acts.add_person("5b10-ann", "Ana Ray", "ana@corp.example.org")
    jira.acts.add_person("5b10-di", "Di", "di@corp.example", hides_email=True)
    jira.acts.add_person("app-1", "Builder", "builder@corp.example", is_app=True)

    def found(email: str | None, login: str | None = None) -> str | None:
        account = jira.tracker.find_account(OPS, login=login, email=email)
        return None if account is None else account.id

    assert found("Ana@Corp.Example") == "5b10-ana"
    assert found("ana") is None
    assert found("di@corp.example") is None
    assert found("di@corp.example", login="5b10-di") == "5b10-di"
    assert found(None, login="nobody") is None
    assert found(None, login="5b10-an") is None
    jira.acts.add_person("5b10-an2", "Ana Silva", "ana@corp.example")
    assert found("ana@corp.example") is None
    builder = jira.tracker.find_account(OPS, login="app-1", email=None)
    assert builder is not None
    assert builder.is_person is not jira.is_cloud


def test_a_comment_carries_its_key_and_its_text_to_the_letter(jira: Jira) -> None:
    """In the same request; markup, mentions and macros of Jira stay asleep."""
    text = "Cause: {code} [~ana] \\{panel}\n\n!https://evil.example/x.png! @channel /close <b>"
    written = jira.tracker.add_comment(OPS, text, key=KEY)
    assert (written.text, written.key) == (text, KEY)
    assert written.author == jira.tracker.me()
    (stored,) = jira.acts.comments("OPS-1")
    assert jira.is_cloud or "[~" not in plain(stored.body)
    again = jira.tracker.edit_comment(OPS, written.id, "Better", key=KEY)
    assert jira.tracker.comments(OPS) == [again]
    assert (again.id, again.text, again.key) == (written.id, "Better", KEY)
    assert jira.acts.comments("OPS-1")[0].properties["sd.public.comment"] == {"internal": True}
    assert jira.tracker.delete_comment(OPS, written.id)
    assert not jira.tracker.delete_comment(OPS, written.id)


def test_the_key_is_asked_for_where_the_listing_leaves_it_out(jira: Jira, sandbox: Sandbox) -> None:
    """Only of comments of our own, and all at once where Jira can do that."""
    jira.acts.turn(shows_properties=False)
    jira.acts.comment("OPS-1", "Looking", by="5b10-ana")
    jira.acts.comment("OPS-1", "By hand", by="robot")
    jira.tracker.me()
    for number in range(101):
        jira.tracker.add_comment(OPS, f"Ours {number}", key=EntryKey(f"k{number}"))
    sandbox.forget_requests()
    keys = [each.key for each in jira.tracker.comments(OPS)]
    assert keys == [None, None, *(f"k{number}" for number in range(101))]
    # Two pages of the listing, and the keys of 102 comments.
    assert len(sandbox.requests.entries) == 2 + (2 if jira.is_cloud else 102)


def test_all_pages_of_comments_are_read_but_what_is_for_a_role(jira: Jira) -> None:
    """Page by page; what only a role may read does not leave Jira."""
    texts = [f"Comment {number}" for number in range(250)]
    for text in texts:
        jira.acts.comment("OPS-1", text, by="5b10-ana")
    jira.acts.comment("OPS-1", "Secret", by="5b10-ana", only_for="Administrators")
    assert [each.text for each in jira.tracker.comments(OPS)] == texts


def test_a_listing_whose_comments_go_away_meanwhile_is_not_believed(jira: Jira) -> None:
    """A deletion moves the rest to earlier pages; it is read again, and in the end given up."""
    for number in range(150):
        jira.acts.comment("OPS-1", f"Comment {number}", by="5b10-ana")
    jira.acts.turn(vanishing=1)
    assert len(jira.tracker.comments(OPS)) == 149
    jira.acts.turn(vanishing=9)
    with pytest.raises(PlaceError, match="changed while it was read"):
        jira.tracker.comments(OPS)


def test_the_description_changes_between_what_people_wrote(cloud: Jira) -> None:
    """Whatever the nodes around it are, they stay as they are."""
    panel = {
        "type": "panel",
        "attrs": {"panelType": "info"},
        "content": document("Read me")["content"],
    }
    mention = {"type": "paragraph", "content": [{"type": "mention", "attrs": {"text": "@Ana"}}]}
    cloud.acts.lay_out("OPS-1", {"type": "doc", "version": 1, "content": [panel, mention]})
    before = cloud.tracker.issue(OPS).description
    assert before == "Read me\n@Ana"
    after = cloud.tracker.describe(OPS, f"{before}\n\nIncident Manager: Ana").description
    assert after.endswith("\n\nIncident Manager: Ana")
    final = cloud.tracker.describe(OPS, after.replace("Manager: Ana", "Manager: Bo"))
    assert final.description == f"{before}\n\nIncident Manager: Bo"
    stored = cloud.acts.issue("OPS-1").description
    assert isinstance(stored, dict)
    assert stored["content"][:2] == [panel, mention]
    with pytest.raises(PlaceError) as error:
        cloud.tracker.describe(OPS, final.description.replace("@Ana", "@Bo"))
    declined, message = refused(error)
    assert declined
    assert "would be lost" in message
    assert cloud.acts.issue("OPS-1").description == stored


def test_a_description_in_wiki_markup_keeps_it(data_center: Jira) -> None:
    """Our lines are escaped, those of people stay as they were typed."""
    theirs = "h1. Down\r\n{code}x{code} [~ana]"
    data_center.acts.edit_description("OPS-1", theirs)
    before = data_center.tracker.issue(OPS).description
    data_center.tracker.describe(OPS, f"{before}\nIncident Manager: {{Ana}}")
    assert data_center.acts.issue("OPS-1").description == f"{theirs}\nIncident Manager: \\{{Ana}}"


def test_an_issue_is_created_once_and_found_again(jira: Jira, clock: Clock) -> None:
    """By our account, since then, and the mark; however the search is paged."""
    since = clock()
    for number in range(3):
        jira.tracker.create("OPS", title=f"Other {number}", description="mark-0")
    issue = jira.tracker.create("OPS", title="One\ntwo", description="About it\nmark-1")
    assert (issue.title, issue.description, issue.assignees) == ("One two", "About it\nmark-1", ())
    jira.acts.add_issue("OPS", "Not ours", "mark-1", person="5b10-ana")
    jira.acts.turn(search_page=2)
    assert jira.tracker.find_created("OPS", "mark-1", since=since) == issue
    assert jira.tracker.find_created("OPS", "mark-2", since=since) is None
    assert jira.tracker.find_created("OPS", "mark-1", since=since + timedelta(hours=1)) is None


def test_a_field_that_a_project_asks_for_is_named(jira: Jira) -> None:
    """In the words of Jira, as a definite refusal."""
    jira.acts.add_project("OPS", requires={"customfield_10010": "Service"})
    with pytest.raises(PlaceError) as error:
        jira.tracker.create("OPS", title="Down", description="")
    declined, message = refused(error)
    assert declined
    assert "Service is required." in message


def test_an_issue_that_was_created_and_is_not_seen_is_no_refusal(
    jira: Jira, sandbox: Sandbox
) -> None:
    """It is there, so that creating it again would make a second one."""
    sandbox.fault(FaultKind.STATUS_BEFORE, method="GET", path="/issue/OPS-2", status=404)
    with pytest.raises(PlaceError) as error:
        jira.tracker.create("OPS", title="Down", description="")
    assert error.value.ambiguous
    assert not error.value.declines_write


def test_a_limit_on_writes_to_one_issue_stops_the_run(jira: Jira) -> None:
    """Its name and the pause are told, and reading goes on."""
    jira.acts.turn(writes_left=0)
    with pytest.raises(PlaceError) as error:
        jira.tracker.add_comment(OPS, "Late", key=KEY)
    assert error.value.stops_the_run
    assert not error.value.ambiguous
    assert "jira-per-issue-on-write" in str(error.value)
    assert "5 s" in str(error.value)
    assert jira.tracker.comments(OPS) == []


def test_a_text_that_is_too_long_is_declined(jira: Jira) -> None:
    """What fits is taken even where each letter is escaped."""
    jira.tracker.add_comment(OPS, "{" * jira.tracker.longest_text, key=KEY)
    with pytest.raises(PlaceError, match="32,767 characters") as error:
        jira.tracker.add_comment(OPS, "x" * 32_768, key=KEY)
    assert error.value.declines_write


def test_a_token_that_is_refused_stops_the_run(jira: Jira) -> None:
    """The setting is named, the token is not."""
    jira.acts.turn(refuses_token=True)
    with pytest.raises(PlaceError) as error:
        jira.tracker.me()
    assert error.value.stops_the_run
    assert "DD_INCIDENT_ROLES_JIRA_TOKEN" in str(error.value.hint)
    assert "secret-token" not in f"{error.value} {error.value.hint} {jira.tracker!r}"
