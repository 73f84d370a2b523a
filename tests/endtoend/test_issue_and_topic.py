"""An incident and its places: the assignee, roster and comments of an issue, and a room's topic."""

from __future__ import annotations

import pytest

from dd_incident_roles.chat.topic import EMPTY
from dd_incident_roles.sandbox.resources.slack import Workspace
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, INCIDENT_MANAGER, SCRIBE, Desk
from tests.endtoend.trackers import BOT, CHANNEL, STRANGER, TOPIC, IssueDesk, Linked, topic
from tests.product import Clock, Ran


def reason(linked: Linked) -> str:
    """What ``status`` says is in the way of the assignee."""
    row = linked.sides.row(INCIDENT_MANAGER)
    return str(row["reasons"].get(linked.issue.tracker))


def test_the_first_meeting_writes_the_issue_and_no_role(issue: IssueDesk, desk: Desk) -> None:
    """Whoever the issue was assigned to gives way to the Incident Manager of the incident.

    After that the assignee follows each command, which says where it is true; the roster stands
    in front of people's words, and these stay as they are to the byte.
    """
    linked = Linked(desk, issue)
    issue.assign("bo")
    words = issue.description
    said = linked.run("link", "1001", issue.place).stdout
    assert f"{issue.label} is assigned to Ana" in said
    linked.assert_led_by("ana")
    assert issue.description.endswith(words)

    said = linked.run("assign", "1001", "im", BO).stdout
    assert f"Datadog and {issue.label} show it" in said
    linked.assert_led_by("bo")
    said = linked.run("handoff", "1001", "im", "--to", CAROL, me=BO).stdout
    assert f"Datadog and {issue.label} show it" in said
    linked.assert_led_by("carol")

    issue.describe(f"Begun anew.\n\n{issue.description}\n\nAnd more.")
    head, _, tail = issue.description.partition("dd-incident-roles keeps")
    said = linked.run("assign", "1001", "scribe", DAN).stdout
    assert f"Datadog and {issue.label} show it" in said
    assert "Dan" in issue.description
    assert issue.description.startswith(head)
    assert issue.description.endswith(tail[tail.index("end of the roles") :])
    linked.assert_quiet()


def test_who_cannot_be_assigned_is_pending_with_the_reason(met: Linked) -> None:
    """An unknown person, and one whom the tracker drops without a word; a bot leads nothing."""
    issue = met.issue
    said = met.run("assign", "1001", "im", DAN).stdout
    assert f"Datadog shows it; {issue.label} does not: it is not known who Dan is" in said
    assert "people file" in reason(met)
    met.assert_led_by("dan", "ana")

    issue.lock_out("bo")
    ran = met.run("assign", "1001", "im", BO, ends=3)
    assert f"{issue.label} does not: bo cannot be assigned in" in ran.stdout.replace("Bo c", "bo c")
    met.writes()
    # It rests: no run of the next hour sends it again.
    ran = met.run("sync")
    assert "cannot be assigned" in ran.said
    assert "cannot be assigned" in reason(met)
    assert met.writes() == []
    issue.let_in("bo")
    ran = met.run("sync", "--retry-refused")
    assert "refuse" not in ran.said
    met.assert_led_by("bo")

    for stranger in (BOT, STRANGER):
        issue.assign(stranger)
        met.run("sync", DD_INCIDENT_ROLES_ISSUE_AUTHORITY="follow")
        met.assert_led_by("bo", stranger)
    # What a person changed there stands until somebody says who leads.
    assert "people file" in reason(met)
    met.run("assign", "1001", "im", BO)
    met.assert_led_by("bo")
    met.assert_quiet()


def test_an_assignee_by_hand_asks_the_person(linked: Linked) -> None:
    """By default it is a question, which anybody's record knows and only the receiver answers."""
    linked.issue.assign("carol")
    linked.run("sync")
    linked.assert_led_by("ana", "carol")
    there = linked.beside("carols.sqlite3")
    there.run("sync")
    assert "Carol was asked to take over" in there.run("status", "1001").stdout
    there.run("handoff", "accept", "1001", "im", me=CAROL)
    there.assert_led_by("carol")
    linked.run("sync")
    linked.assert_led_by("carol")
    linked.assert_quiet()
    there.assert_quiet()


def test_an_assignee_that_counts_like_a_command(linked: Linked) -> None:
    """With ``follow`` the commander of Datadog changes in the same run, also to nobody."""
    linked.issue.assign("bo")
    linked.run("sync", DD_INCIDENT_ROLES_ISSUE_AUTHORITY="follow")
    linked.assert_led_by("bo")
    linked.issue.assign(None)
    linked.run("sync", DD_INCIDENT_ROLES_ISSUE_AUTHORITY="follow")
    assert linked.sides.recorded(INCIDENT_MANAGER) == linked.sides.shown(INCIDENT_MANAGER) == []
    linked.assert_quiet()


def test_an_assignee_that_only_mirrors(linked: Linked, clock: Clock) -> None:
    """The difference is a finding after a while, and no fight; a change of the role ends it."""
    linked.issue.assign("bo")
    for _ in range(2):
        linked.run("sync", DD_INCIDENT_ROLES_ISSUE_AUTHORITY="mirror")
    clock.move(minutes=6)
    linked.run("sync", DD_INCIDENT_ROLES_ISSUE_AUTHORITY="mirror")
    linked.assert_led_by("ana", "bo")
    assert "IR021" in linked.run("check", "1001", ends=1).stdout
    linked.run("assign", "1001", "im", CAROL)
    linked.assert_led_by("carol")
    assert "IR021" not in linked.run("check", "1001", ends=1).stdout


def test_comments_and_entries_go_both_ways(met: Linked) -> None:
    """Each text is everywhere once, follows its edits, and goes where it is deleted.

    What the tracker says about itself goes nowhere; a record that is lost and begun anew, and one
    that only knows the timeline, write nothing.
    """
    issue, sandbox = met.issue, met.sides.sandbox

    def in_datadog(words: str) -> int:
        return sum(words in note for note in sandbox.notes(1001))

    typed = issue.comment("The pool is exhausted")
    other = issue.comment("Never mind")
    met.run("timeline", "add", "1001", "we rolled back")
    met.run("sync")
    assert [in_datadog(each) for each in ("pool is", "Never", "rolled back")] == [1, 1, 1]
    assert issue.first_lines == ["The pool is exhausted", "Never mind", "we rolled back"]

    issue.edit(typed, "The pool was exhausted")
    issue.delete(other)
    note = next(each for each in sandbox.notes(1001) if "rolled back" in each)
    key = note.rpartition("dd-incident-roles/")[2]
    met.run("timeline", "edit", "1001", key, "we rolled forward")
    for _ in range(2):
        met.run("sync", "--allow-deletes", "5")
    assert [in_datadog(each) for each in ("pool was", "Never", "rolled forward")] == [1, 0, 1]
    assert issue.first_lines == ["The pool was exhausted", "we rolled forward"]
    assert not any("assigned to" in each for each in issue.texts)
    assert sum("assigned" in each for each in sandbox.notes(1001)) == 0
    met.assert_quiet()

    anew = met.beside("begun-anew.sqlite3")
    anew.writes()
    for _ in range(2):
        anew.run("sync")
    assert anew.writes() == []
    assert issue.label in anew.run("status", "1001").stdout
    anew.assert_led_by("ana")


def test_what_datadog_says_is_a_comment_once(met: Linked) -> None:
    """The id in its tag looks like a commit to some trackers, and is found again all the same."""
    met.sides.sandbox.add_note(1001, BO, "Payments time out")
    said = met.run("sync").stdout
    assert "differently" not in said
    assert met.issue.first_lines == ["Payments time out"]
    met.assert_quiet()
    anew = met.beside("begun-anew.sqlite3")
    for _ in range(2):
        anew.run("sync")
    assert anew.writes() == []


def test_a_place_that_is_unlinked_is_left_alone(linked: Linked) -> None:
    """What stands there stays, and every record knows."""
    linked.run("unlink", "1001")
    there = linked.beside("another.sqlite3")
    there.run("sync")
    before = linked.issue.description
    there.run("assign", "1001", "im", BO)
    there.run("timeline", "add", "1001", "a note")
    linked.run("sync")
    assert (linked.issue.description, linked.issue.texts) == (before, [])
    linked.assert_led_by("bo", "ana")
    assert not [each for each in linked.writes() if each.path.startswith("/gitlab")]


def test_one_place_shows_one_incident(linked: Linked) -> None:
    """Two of them would take turns in it, and one's manager would become the other's."""
    said = linked.run("link", "1002", linked.issue.place, ends=2).stderr
    assert f"{linked.issue.label} shows IR-1001 already" in said
    assert "unlink 1001" in said
    assert linked.writes() == []
    linked.run("unlink", "1001")
    linked.run("link", "1002", linked.issue.place)


@pytest.fixture
def slack(room: Workspace, desk: Desk) -> Workspace:
    """The room, to which 1001 is linked."""
    assert desk.run("link", "1001", f"slack:{CHANNEL}").exit_code == 0
    return room


def ran(desk: Desk, *words: str, ends: int = 0, me: str = ANA) -> Ran:
    """Type a command that has to end so."""
    done = desk.run(*words, me=me)
    assert done.exit_code == ends, done.said
    return done


def test_the_topic_follows_every_change_of_a_holder(slack: Workspace, desk: Desk) -> None:
    """Each change is one message in the room, and a run without a change is none."""
    empty = " · ".join(f"{role} {EMPTY}" for role in ("FR", "TL", "CM", "CSL", "Scribe"))
    assert topic(slack) == f"▸Roles: IM Ana · {empty}◂ {TOPIC}"
    written = 1
    for command, shown in (
        (("assign", "1001", "scribe", BO), "Scribe Bo"),
        (("assign", "1001", "tl", CAROL, "--stream", "db"), "TL (db) Carol"),
        (("handoff", "1001", "im", "--to", CAROL), "IM Carol"),
        (("unassign", "1001", "scribe", BO), f"Scribe {EMPTY}"),
    ):
        said = ran(desk, *command).stdout
        written += 1
        assert "the topic of #incident-1001" in said
        assert shown in topic(slack)
        assert topic(slack).endswith(TOPIC)
        ran(desk, "sync")
        assert len(slack.messages(CHANNEL)) == written + 1
    desk.sides.sandbox.set_commander(1001, BO)
    ran(desk, "sync")
    assert "IM Bo" in topic(slack)
    assert ran(desk, "check", "1001", ends=1).stdout.count("IR020") == 0


def test_a_room_that_we_may_not_write(slack: Workspace, desk: Desk) -> None:
    """A private room without the bot says what to do; an archived one is no failure."""
    private = slack.make_private(CHANNEL)
    assert "does not" not in ran(desk, "assign", "1001", "scribe", BO).stdout
    assert "IR020" not in ran(desk, "check", "1001", ends=1).stdout

    said = ran(desk, "link", "1001", f"slack:{private}", ends=2).said
    assert "invite" in said.lower()
    slack.invite_bot(private)
    ran(desk, "link", "1001", f"slack:{private}")
    assert "Scribe Bo" in slack.channel(private).topic
    slack.remove_bot(private)
    done = ran(desk, "assign", "1001", "scribe", CAROL, ends=3)
    assert "invite" in done.said.lower()
    assert "invite" in ran(desk, "sync", ends=3).said.lower()
    slack.invite_bot(private)
    ran(desk, "sync")
    assert "Scribe Carol" in slack.channel(private).topic


def test_a_program_that_writes_the_topic_too(slack: Workspace, desk: Desk, clock: Clock) -> None:
    """Ours is written again twice, then it yields, and IR020 says who writes there."""
    bot = slack.add_member("datadog", "Datadog", is_bot=True)
    for _ in range(4):
        slack.set_topic(CHANNEL, "SEV-1 active", bot)
        ran(desk, "sync")
    ours = [each for each in slack.messages(CHANNEL) if "▸Roles" in each.topic]
    assert len(ours) == 1 + 2
    assert topic(slack) == "SEV-1 active"
    assert "Datadog" in ran(desk, "sync").said
    clock.move(minutes=6)
    assert "IR020" in ran(desk, "check", "1001", ends=1).stdout
    ran(desk, "assign", "1001", "scribe", BO)
    assert "Scribe Bo" in topic(slack)


def test_a_person_who_changes_the_topic(slack: Workspace, desk: Desk, clock: Clock) -> None:
    """Their words stand until a role changes; the difference is a finding."""
    slack.set_topic(CHANNEL, "Bo leads now", "ana")
    for _ in range(3):
        ran(desk, "sync")
    assert topic(slack) == "Bo leads now"
    assert desk.sides.row(SCRIBE)["targets"]["slack"] == "conflict"
    clock.move(minutes=6)
    assert "IR020" in ran(desk, "check", "1001", ends=1).stdout
    ran(desk, "assign", "1001", "scribe", BO)
    assert topic(slack).endswith("◂ Bo leads now")
    assert "Scribe Bo" in topic(slack)
