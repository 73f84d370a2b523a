"""A handoff that waits for its receiver: nothing changes hands until they say so."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dd_incident_roles.roles.ledger import HandoffOutcome, Propose
from dd_incident_roles.sandbox.api import Permission
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, Sides
from tests.endtoend.handovers import Desk

ACCEPT, DECLINE = ("accept", "1001", "im"), ("decline", "1001", "im")
TOOK_OVER = "Bo took over Incident Manager from Ana"


@pytest.fixture
def sides(desk: Desk) -> Sides:
    """Both sides of what the desk keeps."""
    return desk.sides


def expire(desk: Desk) -> None:
    """Let the only open handoff be one whose time is over."""
    [handoff] = [each for each in desk.handoffs if each.is_open]
    desk.hand(*DECLINE)
    past = timedelta(hours=1)
    late = replace(
        handoff,
        id="late",
        proposed=handoff.proposed - past,
        expires=handoff.expires - past,
    )
    with desk.sides.product.record() as record:
        record.commit(desk.sides.incident_id(), "datadog", [Propose(handoff=late)])


def pending(desk: Desk) -> list[Any]:
    """What the check finds of handoffs that wait too long."""
    ran = desk.run("check", "1001", "--format", "json", "--fail-on", "never")
    return [each for each in ran.json()["findings"] if each["rule"] == "IR015"]


def test_accepted(desk: Desk, sides: Sides) -> None:
    """Until then the giver is responsible; then it is one switch, with the note of the giver."""
    asked = desk.propose(BO, "--note", "hot")
    assert asked.exit_code == 0
    assert "Bo was asked to take over Incident Manager of IR-1001 by " in asked.stdout
    assert "; Ana is responsible until then." in asked.stdout
    assert "Bo types: dd-incident-roles handoff accept 1001 im" in asked.stderr
    sides.assert_agreed(INCIDENT_MANAGER, [ANA])
    ran = desk.hand(*ACCEPT, me=BO)
    assert ran.exit_code == 0
    assert ran.stdout.startswith("Bo is Incident Manager of IR-1001 now, after Ana.")
    assert "Note: hot" in ran.stdout
    assert desk.hand(*ACCEPT, me=BO).exit_code == 2, "there is nothing to accept any more"
    assert len(sides.intervals(INCIDENT_MANAGER)) == 2
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert desk.outcomes == [HandoffOutcome.ACCEPTED]
    here, there = desk.first_lines()
    assert here == there
    assert here[0].startswith("Ana asks Bo to take over Incident Manager by ")
    assert here[1:] == [TOOK_OVER]
    sides.assert_quiet()


def test_declined(desk: Desk, sides: Sides) -> None:
    """The role stays where it is, and the timeline tells why."""
    desk.propose(BO)
    ran = desk.hand(*DECLINE, "--note", "I am\non a train", me=BO)
    assert ran.exit_code == 0
    assert "is off; Ana still holds it." in ran.stdout
    assert desk.outcomes == [HandoffOutcome.DECLINED]
    assert desk.first_lines()[1][1] == "Bo declines to take over Incident Manager: I am on a train"
    assert desk.hand(*ACCEPT, me=BO).exit_code == 2
    sides.assert_agreed(INCIDENT_MANAGER, [ANA])


@pytest.mark.parametrize(("by", "proposed_by"), [(ANA, ANA), (ANA, CAROL), (CAROL, CAROL)])
def test_taken_back(desk: Desk, sides: Sides, by: str, proposed_by: str) -> None:
    """The giver and whoever proposed it can."""
    desk.propose(BO, me=proposed_by)
    assert desk.hand(*DECLINE, me=by).exit_code == 0
    assert desk.outcomes == [HandoffOutcome.WITHDRAWN]
    sides.assert_agreed(INCIDENT_MANAGER, [ANA])


def test_others_have_no_say(desk: Desk, sides: Sides) -> None:
    """Nobody accepts or declines for somebody else."""
    desk.propose(BO)
    accepted, declined = desk.hand(*ACCEPT, me=CAROL), desk.hand(*DECLINE, me=CAROL)
    assert (accepted.exit_code, declined.exit_code) == (2, 2)
    assert "was proposed to Bo, and you are Carol" in accepted.stderr
    assert "between others" in declined.stderr
    assert desk.outcomes == [None]
    sides.assert_agreed(INCIDENT_MANAGER, [ANA])


def test_the_later_word_counts(desk: Desk, sides: Sides) -> None:
    """Whoever was asked first cannot accept any more, nor anybody once the role changed hands.

    Status says until then who was asked.
    """
    desk.propose(BO)
    shown = desk.run("status", "1001").stdout
    assert "Bo was asked to take over Incident Manager by" in shown
    assert "Ana is responsible until then" in shown
    assert "dd-incident-roles handoff accept 1001 im" in shown
    desk.propose(CAROL)
    assert desk.outcomes == [HandoffOutcome.SUPERSEDED, None]
    assert desk.hand(*ACCEPT, me=BO).exit_code == 2
    assert desk.hand(*ACCEPT, me=CAROL).exit_code == 0
    sides.assert_agreed(INCIDENT_MANAGER, [CAROL])
    desk.propose(BO, me=CAROL)
    sides.run("assign", "1001", "im", ANA)
    assert desk.outcomes[2:] == [HandoffOutcome.SUPERSEDED]
    assert desk.hand(*ACCEPT, me=BO).exit_code == 2
    assert "was asked to take over" not in desk.run("status", "1001").stdout
    sides.assert_agreed(INCIDENT_MANAGER, [ANA])


def test_datadog_was_quicker(desk: Desk, sides: Sides) -> None:
    """A commander chosen in Datadog since then is not overridden by an old question.

    The receiver owes no answer any more.
    """

    def asked() -> int:
        ran = desk.run("status", "--mine", "--format", "json", me=BO)
        return len(ran.json()["handoffs_to_answer"])

    desk.propose(BO)
    assert asked() == 1
    sides.sandbox.set_commander(1001, CAROL)
    ran = desk.hand(*ACCEPT, me=BO)
    assert ran.exit_code == 2
    assert "Incident Manager changed hands since the handoff was proposed" in ran.stderr
    assert sides.shown(INCIDENT_MANAGER) == sides.recorded(INCIDENT_MANAGER) == [CAROL]
    assert desk.outcomes == [None]
    desk.sync()
    assert asked() == 0


def test_two_accept_at_once(desk: Desk, sides: Sides) -> None:
    """Two terminals of the receiver: the role changes hands once."""
    desk.propose(BO)
    product = sides.product
    twice = [
        product.start("handoff", *ACCEPT, DD_INCIDENT_ROLES_ME=BO),
        product.start("handoff", *ACCEPT, DD_INCIDENT_ROLES_ME=BO),
    ]
    for command in twice:
        command.join(60)
    assert os.EX_OK in {command.exitcode for command in twice}
    assert {command.exitcode for command in twice} <= {os.EX_OK, 2}
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert len(sides.intervals(INCIDENT_MANAGER)) == 2
    assert desk.outcomes == [HandoffOutcome.ACCEPTED]
    assert desk.first_lines()[1][1:] == [TOOK_OVER]
    sides.assert_quiet()


def test_what_is_refused_can_be_accepted_again(desk: Desk, sides: Sides) -> None:
    """An acceptance that Datadog refuses leaves the question as it was."""
    desk.propose(BO)
    [asked] = desk.handoffs
    sides.sandbox.withdraw(Permission.INCIDENT_WRITE)
    assert desk.hand(*ACCEPT, me=BO).exit_code == 3
    again = next(each for each in desk.handoffs if each.is_open)
    assert again == asked
    sides.assert_agreed(INCIDENT_MANAGER, [ANA])


@pytest.mark.parametrize(
    "words",
    [
        ("assign", "1001", "im", CAROL),
        ("handoff", *DECLINE),
        ("handoff", "1001", "im", "--to", CAROL),
        ("handoff", "1001", "im", "--to", CAROL, "--propose"),
    ],
)
def test_the_check_asks_until_somebody_decides(
    desk: Desk, sides: Sides, words: tuple[str, ...]
) -> None:
    """IR015 fires once the time is over, and goes quiet with any decision.

    It cannot be accepted any more then.
    """
    desk.propose(BO)
    assert pending(desk) == []
    expire(desk)
    ran = desk.hand(*ACCEPT, me=BO)
    assert ran.exit_code == 2
    assert "The proposal expired at" in ran.stderr
    sides.assert_agreed(INCIDENT_MANAGER, [ANA])
    [finding] = pending(desk)
    assert "Ana is still responsible" in finding["message"]
    assert desk.run(*words).exit_code == 0
    assert pending(desk) == []
