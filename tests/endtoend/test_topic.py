"""An incident and the topic of its room: the roles follow, and people's words stay."""

from __future__ import annotations

import pytest

from dd_incident_roles.chat.topic import EMPTY
from dd_incident_roles.sandbox.resources.slack import SlackActs
from tests.endtoend.agreement import ANA, BO, CAROL, SCRIBE
from tests.endtoend.handovers import Desk
from tests.endtoend.rooms import CHANNEL, WORDS, topic
from tests.product import Clock, Ran


@pytest.fixture
def slack(room: SlackActs, desk: Desk) -> SlackActs:
    """The room, to which 1001 is linked."""
    assert desk.run("link", "1001", f"slack:{CHANNEL}").exit_code == 0
    return room


def ran(desk: Desk, *words: str, ends: int = 0, me: str = ANA) -> Ran:
    """Type a command that has to end so."""
    done = desk.run(*words, me=me)
    assert done.exit_code == ends, done.said
    return done


def reason(desk: Desk, role: str) -> str:
    """What ``status`` says is in the way of the topic."""
    return str(desk.sides.row(role)["reasons"].get("slack"))


def test_the_topic_follows_every_change_of_a_holder(slack: SlackActs, desk: Desk) -> None:
    """Each change is one message in the room, and a run without a change is none."""
    empty = " · ".join(f"{role} {EMPTY}" for role in ("FR", "TL", "CM", "CSL", "Scribe"))
    assert topic(slack) == f"▸Roles: IM Ana · {empty}◂ {WORDS}"
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
        assert topic(slack).endswith(WORDS)
        ran(desk, "sync")
        assert len(slack.messages(CHANNEL)) == written + 1
    desk.sides.sandbox.set_commander(1001, BO)
    ran(desk, "sync")
    assert "IM Bo" in topic(slack)
    assert ran(desk, "check", "1001", ends=1).stdout.count("IR020") == 0


def test_a_room_that_we_may_not_write(slack: SlackActs, desk: Desk) -> None:
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


def test_a_program_that_writes_the_topic_too(slack: SlackActs, desk: Desk, clock: Clock) -> None:
    """Ours is written again twice, then it yields, and IR020 says who writes there."""
    bot = slack.add_bot("datadog", "Datadog")
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


def test_a_person_who_changes_the_topic(slack: SlackActs, desk: Desk, clock: Clock) -> None:
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
