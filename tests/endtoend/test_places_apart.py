"""Issues and rooms beside Datadog: one that fails harms no other, and no text harms any."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.resources.slack import Workspace
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, Desk
from tests.endtoend.test_hostile_text import assert_harmless
from tests.endtoend.trackers import (
    CHANNEL,
    KNOWN,
    TOKEN,
    TOPIC,
    GitlabDesk,
    IssueDesk,
    JiraDesk,
    Linked,
    topic,
)
from tests.product import Clock, Ran, closed_port

SIGKILLED = -9
JIRA_LONGEST = 32_767
PLACES = ("/github", "/gitlab", "/jira", "/slack")


def hang(sandbox: Sandbox) -> None:
    """Let GitLab never answer."""
    sandbox.fault(FaultKind.HANG_BEFORE, path="^/gitlab", count=None, seconds=5.0)


@pytest.fixture
def everywhere(
    gitlab_issue: IssueDesk, jira_issue: IssueDesk, room: Workspace, desk: Desk
) -> Linked:
    """Incident 1001 with an issue in GitLab and one in Jira, and with its room."""
    linked = Linked(desk, gitlab_issue)
    for place in (GitlabDesk.place, JiraDesk.place, f"slack:{CHANNEL}"):
        linked.run("link", "1001", place)
    return linked


BREAKS: tuple[tuple[Callable[[Sandbox], None], str], ...] = (
    (lambda _: None, "Could not connect"),
    (hang, "it took too long"),
    (lambda sandbox: sandbox.gitlab.refuse_token(), "DD_INCIDENT_ROLES_GITLAB_TOKEN"),
    (lambda sandbox: sandbox.gitlab.limit_token("read_api"), "needs the scope api"),
)


def test_one_place_fails(everywhere: Linked, room: Workspace) -> None:
    """The others follow, each command says it and ends with 3, and no token is told."""
    sandbox = everywhere.sides.sandbox
    jira = JiraDesk(sandbox, everywhere.issue.url)
    for number, (breaks, said) in enumerate(BREAKS):
        breaks(sandbox)
        down = {} if number else {"DD_INCIDENT_ROLES_GITLAB_URL": closed_port()}
        settings = {"DD_INCIDENT_ROLES_TIMEOUT": "0.5", **down}

        def run(words: str, settings: Mapping[str, str], ends: int = 3) -> Ran:
            ran = everywhere.sides.end_with(ends, "-vv", *words.split(), **settings)
            assert TOKEN not in ran.said
            return ran

        who = KNOWN[(number + 1) % len(KNOWN)]
        ran = run(f"assign 1001 im {who}@corp.example", settings)
        assert f"{JiraDesk.label} and the topic of #incident-1001 show it" in ran.stdout
        assert f"{GitlabDesk.label} does not" in ran.stdout
        assert said in ran.said
        assert jira.assignees == [who]
        assert f"IM {who.capitalize()}" in topic(room)
        if number < len(BREAKS) - 1:
            assert said in run("sync 1001", settings).said
            assert said in run("status 1001", settings).said
        else:
            # A refused write rests, and is no failure of the next run.
            assert "GitLab does not allow" in run("sync 1001", settings, ends=0).said
            assert "GitLab does not allow" in run("status 1001", settings, ends=0).said
        sandbox.clear_faults()
        sandbox.gitlab.accept_token()
        everywhere.run("sync", "1001", "--retry-refused")
        everywhere.assert_led_by(who)
    everywhere.assert_quiet()

    for scope in ("channels:manage", "channels:write.topic"):
        room.withdraw_scope(scope)
    ran = everywhere.run("assign", "1001", "im", ANA, ends=3)
    assert "channels:write.topic" in ran.said or "channels:manage" in ran.said
    everywhere.assert_led_by("ana")
    assert "IM Ana" not in topic(room)


def test_datadog_fails(everywhere: Linked, room: Workspace, clock: Clock) -> None:
    """Issue and topic, which people look at meanwhile, show who has the role by the record."""
    jira = JiraDesk(everywhere.sides.sandbox, everywhere.issue.url)
    down = {"DD_INCIDENT_ROLES_API_URL": closed_port()}
    ran = everywhere.run("assign", "1001", "im", BO, ends=3, **down)
    assert (
        f"Recorded here, not yet in Datadog; {GitlabDesk.label}, {JiraDesk.label} and the topic of "
        "#incident-1001 show it." in ran.stdout
    )
    assert ran.stderr.count("Could not connect") == 1
    everywhere.sides.sandbox.fault(FaultKind.HANG_BEFORE, path="^/api", count=None)
    ran = everywhere.run("assign", "1001", "scribe", CAROL, ends=3, DD_INCIDENT_ROLES_TIMEOUT="0.2")
    everywhere.sides.sandbox.clear_faults()
    assert "Recorded here, not yet in Datadog" in ran.stdout
    assert (everywhere.issue.assignees, jira.assignees) == (["bo"], ["bo"])
    # Their names are Datadog's to tell.
    assert "IM bo" in topic(room)
    assert "Scribe carol" in topic(room)
    for _ in range(2):
        everywhere.run("sync")
    assert "IM Bo" in topic(room)
    everywhere.assert_led_by("bo")
    everywhere.assert_quiet()


def test_an_incident_that_was_closed(everywhere: Linked, room: Workspace, clock: Clock) -> None:
    """Its places learn the last truth, also one that failed then, and are left alone after that."""
    sandbox = everywhere.sides.sandbox
    sandbox.set_commander(1001, BO)
    sandbox.set_state(1001, "resolved")
    sandbox.gitlab.refuse_token()
    everywhere.run("sync", ends=3)
    assert "IM Bo" in topic(room)
    everywhere.assert_led_by("bo", "ana")
    sandbox.gitlab.accept_token()
    everywhere.run("sync")
    everywhere.assert_led_by("bo")
    assert "| Incident Manager | Bo |" in everywhere.issue.description

    everywhere.issue.assign("carol")
    room.set_topic(CHANNEL, "Over", "ana")
    sandbox.forget_requests()
    everywhere.run("sync")
    assert sandbox.requests.matching(path="|".join(PLACES)) == []
    everywhere.run("timeline", "add", "1001", "the review is on Monday")
    everywhere.run("sync", "1001", DD_INCIDENT_ROLES_ISSUE_AUTHORITY="follow")
    everywhere.assert_led_by("bo", "carol")
    assert topic(room) == "Over"


def test_every_request_is_told(everywhere: Linked) -> None:
    """The sum and the log name each, also one without an answer; no token is in it."""
    sandbox = everywhere.sides.sandbox
    everywhere.run("timeline", "add", "1001", "a note", "--no-sync")
    sandbox.fault(FaultKind.DROP_BEFORE, path="^/gitlab.*notes", method="POST")
    sandbox.forget_requests()
    ran = everywhere.run("-vv", "sync", "--format", "json", ends=3)
    log = sandbox.requests
    told = ran.json()["place_requests"]
    for place in PLACES[1:]:
        sent = log.matching(path=f"^{place}")
        assert told[place[1:]] == Counter(each.method for each in sent)
        assert ran.stderr.count(f"DEBUG {place[1:]} ") == len(sent)
    assert "/notes: no answer in" in ran.stderr
    assert "; GitLab 4 GET; Jira" in everywhere.run("sync").stdout


def sent(linked: Linked) -> list[str]:
    """The bodies that were sent to places, but those that only ask."""
    return [each.body.decode() for each in linked.writes() if each.path.startswith(PLACES)]


def only_assigns(body: str) -> bool:
    """Whether a body says who is assigned and nothing else."""
    return set(json.loads(body)) <= {"assignees", "assignee_ids", "accountId"}


def test_what_everybody_can_read_gets_the_assignee_alone(issue: IssueDesk, desk: Desk) -> None:
    """Not one word of the incident goes to a public project."""
    issue.publish()
    linked = Linked(desk, issue)
    linked.run("timeline", "add", "1001", "a note")
    linked.run("link", "1001", issue.place)
    linked.run("assign", "1001", "im", BO)
    typed = issue.comment("a word of people")
    linked.run("sync")
    bodies = sent(linked)
    assert len(bodies) == 2
    assert all(map(only_assigns, bodies)), bodies
    assert [each.id for each in issue.comments] == [typed]
    linked.assert_led_by("bo")


def test_of_a_private_incident_nothing_is_shown(
    gitlab_issue: IssueDesk, room: Workspace, desk: Desk
) -> None:
    """The issue gets its assignee; no roster, no comment, no topic."""
    linked = Linked(desk, gitlab_issue)
    sandbox = linked.sides.sandbox
    sandbox.declare("Leak", severity="SEV-1", commander=ANA, private=True, public_id=1003)
    linked.run("sync")
    linked.writes()
    linked.run("link", "1003", gitlab_issue.place)
    linked.run("link", "1003", f"slack:{CHANNEL}")
    linked.run("timeline", "add", "1003", "the leak is in the cellar")
    linked.run("assign", "1003", "scribe", BO)
    linked.run("sync")
    bodies = sent(linked)
    assert len(bodies) == 1
    assert only_assigns(bodies[0])
    assert (gitlab_issue.assignees, gitlab_issue.texts) == (["ana"], [])
    assert topic(room) == TOPIC


HOSTILE = (
    "@channel <!here> <!everyone|x> {panel:title=x}{panel} <script>alert(1)</script>\n"
    "/assign @carol\n/close\r\n/unassign\n```\n/close\n\x1b[2J\x07\u202e end"
)


@pytest.mark.parametrize("issue", [GitlabDesk, JiraDesk], indirect=True)
def test_hostile_text_does_no_harm(met: Linked, room: Workspace) -> None:
    """Nobody is assigned or called, nothing is closed, and both sides know the text again."""
    issue, sandbox = met.issue, met.sides.sandbox
    sandbox.add_note(1001, BO, HOSTILE)
    sandbox.add_note(1001, BO, "y" * 70_000 + "\n/close")
    sandbox.add_person("mallory@corp.example", HOSTILE)
    met.run("link", "1001", f"slack:{CHANNEL}")
    met.run("assign", "1001", "scribe", "mallory@corp.example")
    met.run("assign", "1001", "tl", "mallory@corp.example", "--stream", "<!here>")
    issue.comment(HOSTILE.replace("/", "/ "))
    for _ in range(2):
        met.run("sync")
    assert len(issue.comments) == 3
    met.assert_led_by("ana")
    assert issue.is_open
    for text in (*issue.texts[:2], issue.description):
        assert not {each for each in text if unicodedata.category(each) == "Cc"} - {*"\r\n\t"}
        if issue.tracker == "gitlab":
            assert not any(line.startswith("/") for line in text.splitlines())
            assert "@channel" not in text
            assert "<script" not in text
    for text in (message.topic for message in room.messages(CHANNEL)[1:]):
        assert not any(each in text for each in ("@channel", "<!", "<@", "\n"))
        assert_harmless(text)
    assert issue.tracker == "gitlab" or max(map(len, issue.texts)) <= JIRA_LONGEST
    met.assert_quiet()


@pytest.mark.parametrize(
    ("kind", "method", "number"),
    [
        (FaultKind.HANG_AFTER, "PUT", 1),
        (FaultKind.HANG_AFTER, "PUT", 2),
        (FaultKind.HANG_AFTER, "POST", 1),
    ],
)
def test_killed_at_any_write(linked: Linked, kind: FaultKind, method: str, number: int) -> None:
    """Assignee, roster and comment: afterwards each is there, and the comment once."""
    sandbox = linked.sides.sandbox
    linked.run("assign", "1001", "im", BO, "--no-sync")
    linked.run("timeline", "add", "1001", "once", "--no-sync")
    sandbox.fault(
        kind,
        path="^/gitlab.*issues/1(/notes)?$",
        method="PUT" if number < 3 else "POST",
        nth=1 if number == 3 else number,
    )
    process = linked.sides.product.start("sync")
    assert sandbox.hangs.wait_for(1)
    process.kill()
    process.join()
    assert process.exitcode == SIGKILLED
    assert sandbox.hangs.wait_until_free()
    sandbox.clear_faults()
    for _ in range(2):
        linked.run("sync", "1001")
    linked.assert_led_by("bo")
    assert "| Incident Manager | Bo |" in linked.issue.description
    assert linked.issue.first_lines == ["once"]
    linked.assert_quiet()


def test_two_records_at_once(linked: Linked) -> None:
    """Both see the same news first; afterwards each text is everywhere once."""
    there = linked.beside("theirs.sqlite3")
    there.run("sync")
    linked.sides.sandbox.add_note(1001, BO, "seen by both")
    linked.issue.comment("typed by Bo")
    both = [each.sides.product.start("sync") for each in (linked, there)]
    for process in both:
        process.join()
        assert process.exitcode == 0
    for each in (linked, there, linked, there):
        each.run("sync")
    assert sorted(linked.issue.first_lines) == ["seen by both", "typed by Bo"]
    notes = [each.partition("\n")[0] for each in linked.sides.sandbox.notes(1001)]
    assert notes.count("seen by both") == notes.count("typed by Bo") == 1
    linked.assert_quiet()
    there.assert_quiet()


def created(issue: IssueDesk) -> list[tuple[str, str]]:
    """The issues beside the one that was there."""
    return [each for each in issue.issues if each[0] != "Checkout is down"]


def test_an_issue_is_created_once(gitlab_issue: IssueDesk, desk: Desk, clock: Clock) -> None:
    """Its answer is lost, and runs come again, from other records too: one for each incident."""
    issue, linked = gitlab_issue, Linked(desk, gitlab_issue)
    sandbox = linked.sides.sandbox
    sandbox.declare("Leak", severity="SEV-1", commander=ANA, private=True, public_id=1003)
    sandbox.fault(FaultKind.DROP_AFTER, path=r"/issues?$", method="POST")
    linked.run("sync", ends=3, DD_INCIDENT_ROLES_ISSUE_PROJECT=issue.project)
    for each in (linked, linked.beside("another.sqlite3"), linked):
        clock.move(minutes=10)
        each.run("sync", DD_INCIDENT_ROLES_ISSUE_PROJECT=issue.project)
    titles = sorted(title for title, _ in created(issue))
    assert len(titles) == 2, titles
    assert "Checkout fails" in titles[0] + titles[1]
    assert "Leak" not in "".join(text for each in created(issue) for text in each)
    assert linked.sides.recorded(INCIDENT_MANAGER) == [ANA]


def test_two_issues_that_were_created_at_once(gitlab_issue: IssueDesk, desk: Desk) -> None:
    """Both records keep the older one up to date, and the other says which that is."""
    issue, here = gitlab_issue, Linked(desk, gitlab_issue)
    sandbox, there = here.sides.sandbox, here.beside("another.sqlite3")
    sandbox.fault(FaultKind.HANG_BEFORE, path=r"/issues$", method="POST")
    process = here.sides.product.start(
        "sync", "1001", DD_INCIDENT_ROLES_ISSUE_PROJECT=issue.project
    )
    assert sandbox.hangs.wait_for(1)
    there.run("sync", "1001", DD_INCIDENT_ROLES_ISSUE_PROJECT=issue.project)
    sandbox.hangs.release()
    process.join()
    assert process.exitcode == 0
    assert len(created(issue)) == 2
    for each in (here, there):
        each.run("sync", "1001", DD_INCIDENT_ROLES_ISSUE_PROJECT=issue.project)
        assert "ops/incidents#2" in each.run("status", "1001").stdout
    [said] = [each.body for each in sandbox.gitlab.notes("ops/incidents", 3) if not each.is_system]
    assert "IR-1001 is in ops/incidents#2" in said
    here.assert_quiet()


def test_an_issue_in_a_public_project_has_the_number_alone(
    gitlab_issue: IssueDesk, desk: Desk
) -> None:
    """Neither the title nor the severity of the incident is told."""
    gitlab_issue.publish()
    Linked(desk, gitlab_issue).run("sync", DD_INCIDENT_ROLES_ISSUE_PROJECT=gitlab_issue.project)
    assert sorted(title for title, _ in created(gitlab_issue)) == ["IR-1001", "IR-1002"]
    told = " ".join(text for _, text in created(gitlab_issue))
    assert not any(word in told for word in ("Checkout", "SEV", "Ana", "report"))
