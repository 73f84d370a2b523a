"""``handoff`` as people type it: a role changes hands on every side, or waits for an answer."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dd_incident_roles.roles.ledger import HandoffOutcome, Propose
from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE, INCIDENT_MANAGER, Desk, Sides
from tests.product import Clock
from tests.sandbox.acts import add_todo

TOOK_OVER = "Bo took over Incident Manager from Ana"
TO_BO = ("1001", "im", "--to", BO)
AT_A_TERMINAL = {"DD_INCIDENT_ROLES_ME": ANA, "DD_INCIDENT_ROLES_TIMELINE": "auto"}


@pytest.fixture
def sides(desk: Desk) -> Sides:
    """Both sides of what the desk keeps."""
    return desk.sides


def test_handed_over(desk: Desk, sides: Sides) -> None:
    """The sentence and the brief are on stdout, and the one entry in Datadog has the brief too."""
    sides.sandbox.add_note(1001, CAROL, "Rolled back release 41", important=True)
    add_todo(sides.sandbox, 1001, "Restart the database", assignees=[f"@{DAN}"])
    ran = desk.hand(*TO_BO, "--note", "the database is the suspect")
    assert ran.exit_code == 0
    said, _, brief = ran.stdout.partition("\n\n")
    assert said == "Bo is Incident Manager of IR-1001 now, after Ana. Datadog shows it."
    lines = [line.strip() for line in brief.splitlines() if line.strip()]
    assert lines[0] == "Note: the database is the suspect"
    assert lines[1].startswith("State: SEV-1, active, open for 40 min, customers impacted")
    assert lines[2] == "Roles: Incident Manager: Bo"
    assert lines[3].startswith("Empty: First Responder, Tech Lead")
    assert lines[4] == "Important so far:"
    assert lines[5].endswith("UTC Rolled back release 41")
    assert lines[6:] == ["Open tasks:", f"- Restart the database ({DAN})"]
    [entry] = [note for note in sides.sandbox.notes(1001) if note.startswith(TOOK_OVER)]
    assert all(line in entry for line in lines)
    assert f"@{DAN}" not in entry
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    sides.assert_quiet()


def test_whoever_has_it_keeps_it(desk: Desk, sides: Sides) -> None:
    """Nothing is written, and no brief is printed for nobody."""
    ran = desk.hand("1001", "im", "--to", ANA)
    assert ran.exit_code == 0
    assert ran.stdout.startswith("Nothing to change: Ana already is Incident Manager of IR-1001.")
    assert "State:" not in ran.stdout
    assert sides.sandbox.requests.writes() == []
    desk.assert_noted()


def test_a_receiver_who_cannot(desk: Desk, sides: Sides) -> None:
    """Whoever is unknown or deactivated takes nothing over."""
    sides.sandbox.set_status(EVE, "Disabled")
    before = desk.state()
    for receiver in ("zed@corp.example", EVE):
        ran = desk.hand("1001", "im", "--to", receiver)
        assert ran.exit_code == 2
        assert "No user matches" in ran.stderr
        assert ("is deactivated" in ran.stderr) is (receiver == EVE)
    assert desk.state() == before


def test_datadog_is_down(desk: Desk, sides: Sides) -> None:
    """Nothing changes anywhere, and it is said who is responsible."""
    desk.hand(*TO_BO)
    desk.sync()
    before = desk.state()
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, count=None, status=500, path="/incidents/")
    ran = desk.hand("1001", "im", "--to", ANA, me=BO)
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert "Nothing was handed over in IR-1001:" in ran.stderr
    assert "Bo is still Incident Manager." in ran.stderr
    assert "--no-sync" in ran.stderr
    assert desk.state() == before
    assert sides.shown(INCIDENT_MANAGER) == [BO]


def test_a_write_that_is_refused(desk: Desk, sides: Sides) -> None:
    """Both sides name the old holder, the past is corrected, and no entry is left."""
    sides.sandbox.withdraw(Permission.INCIDENT_WRITE)
    ran = desk.hand(*TO_BO)
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert "Nothing was handed over in IR-1001:" in ran.stderr
    assert "Ana is still Incident Manager." in ran.stderr
    sides.assert_agreed(INCIDENT_MANAGER, [ANA])
    first, second, third = sides.intervals(INCIDENT_MANAGER)
    assert (first.until, second.until) == (second.since, third.since)
    [correction] = desk.corrections
    assert (correction.person, correction.since, correction.until) == (
        ANA,
        second.since,
        second.until,
    )
    # What nobody held is held by nobody, too.
    ran = desk.hand("1001", "scribe", "--to", BO)
    assert ran.exit_code == 3
    assert "Nobody is Scribe." in ran.stderr
    assert sides.recorded("scribe") == sides.shown("scribe") == []
    assert [each.person for each in desk.corrections] == [ANA, None]
    desk.assert_noted()
    sides.assert_quiet()


def test_the_keys_end_in_the_middle(desk: Desk, sides: Sides) -> None:
    """Where even taking back cannot be told to Datadog, the record is right already."""
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="PATCH", status=401, count=None)
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, status=401, nth=16, count=None)
    assert desk.hand(*TO_BO).exit_code == 3
    sides.sandbox.clear_faults()
    assert sides.recorded(INCIDENT_MANAGER) == sides.shown(INCIDENT_MANAGER) == [ANA]
    desk.assert_noted()


def test_recorded_only(desk: Desk, sides: Sides) -> None:
    """The next sync carries both the commander and the entry."""
    ran = desk.hand(*TO_BO, "--no-sync")
    assert ran.exit_code == 0
    assert "Recorded here; the next sync carries it to Datadog." in ran.stdout
    assert "Open tasks: not known (Datadog was not asked)" in ran.stdout
    assert sides.shown(INCIDENT_MANAGER) == [ANA]
    desk.sync()
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    desk.assert_noted(TOOK_OVER)


def test_a_role_is_not_taken(desk: Desk, sides: Sides) -> None:
    """Whoever would take it says why, and the entry tells."""
    ran = desk.hand(*TO_BO, me=BO)
    assert ran.exit_code == 2
    assert "Ana is Incident Manager and has to hand it over." in ran.stderr
    assert "--force --reason" in ran.stderr
    assert sides.recorded(INCIDENT_MANAGER) == [ANA]
    taken = desk.hand(*TO_BO, "--force", "--reason", "Ana lost power", me=BO)
    assert taken.exit_code == 0
    assert "Note: Taken without the holder: Ana lost power" in sides.sandbox.notes(1001)[0]
    sides.assert_agreed(INCIDENT_MANAGER, [BO])


def test_a_role_that_only_datadog_knows_of_is_not_taken(desk: Desk, sides: Sides) -> None:
    """What counts is who holds it now, and not what the record knew a minute ago, or never."""
    sides.sandbox.set_commander(1001, CAROL)
    for product in (sides.product.beside("fresh.sqlite3"), sides.product):
        ran = product.run("handoff", *TO_BO, DD_INCIDENT_ROLES_ME=BO)
        assert ran.exit_code == 2
        assert "Carol is Incident Manager and has to hand it over." in ran.stderr
        assert sides.shown(INCIDENT_MANAGER) == [CAROL]


def test_a_stream(desk: Desk, sides: Sides) -> None:
    """Only the stream that is named changes hands; the brief shows the others as they are."""
    for stream, person in (("database", CAROL), ("network", DAN)):
        desk.run("assign", "1001", "tl", person, "--stream", stream)
    unclear = desk.hand("1001", "tl", "--to", EVE)
    assert unclear.exit_code == 2
    assert "held in several streams: database, network" in unclear.stderr
    ran = desk.hand("1001", "tl", "--to", EVE, "--stream", " Database ")
    assert ran.exit_code == 0
    assert "Eve is Tech Lead (database) of IR-1001 now, after Carol." in ran.stdout
    assert "Tech Lead (database): Eve; Tech Lead (network): Dan" in ran.stdout
    held = {(row.person, row.stream) for row in sides.intervals("tech_lead") if row.is_open}
    assert held == {(EVE, "database"), (DAN, "network")}
    sides.assert_quiet()


def test_a_role_for_many(desk: Desk, sides: Sides) -> None:
    """The giver leaves it; where several hold it nobody is chosen for leaving."""
    assert desk.run("assign", "1001", "fr", CAROL).exit_code == 0
    ran = desk.hand("1001", "fr", "--to", DAN)
    assert ran.exit_code == 0
    assert "Dan is First Responder of IR-1001 now, after Carol." in ran.stdout
    sides.assert_agreed("first_responder", [DAN])
    desk.run("assign", "1001", "fr", CAROL)
    unclear = desk.hand("1001", "fr", "--to", EVE)
    assert unclear.exit_code == 2
    assert "Several people hold the role First Responder" in unclear.stderr
    assert sides.recorded("first_responder") == sides.shown("first_responder") == [CAROL, DAN]


def test_a_private_incident(desk: Desk, sides: Sides) -> None:
    """It is handed over like any other."""
    sides.sandbox.declare("Leak", severity="SEV-1", commander=ANA, private=True, public_id=1003)
    assert desk.hand("1003", "im", "--to", BO).exit_code == 0
    assert sides.recorded(INCIDENT_MANAGER, 1003) == [BO]
    assert sides.shown(INCIDENT_MANAGER, 1003) == [BO]


def test_text_from_outside(desk: Desk, sides: Sides) -> None:
    """No note and no name breaks a line or moves a terminal."""
    sides.sandbox.add_person(EVE, "Eve\n\x1b[31mRoles: nobody\u202e")
    ran = desk.hand("1001", "im", "--to", EVE, "--note", "a\x1b[2J\nState: all is well\u202e")
    assert ran.exit_code == 0
    [note] = sides.sandbox.notes(1001)
    assert note.startswith("Eve [31mRoles: nobody took over Incident Manager from Ana\n")
    assert "\nNote: a[2J State: all is well\n" in note
    for text in (note, ran.said):
        assert not {"\x1b", "\u202e"} & set(text)
    sides.assert_quiet()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("1001",), "names an incident, a role"),
        (("accept", "1001"), "names an incident, a role"),
        (("a", "b", "c", "d"), "names an incident, a role"),
        ((*TO_BO[:2], BO, "--to", BO), "Name one PERSON"),
        (("1001", "im"), "Who takes the role over?"),
        (("accept", "1001", "im", "--to", BO), "takes no --to"),
        (("decline", "1001", "im", "--propose"), "takes no --to, --propose"),
        (("accept", "1001", "im", "--force", "--reason", "x"), "takes no --to"),
        (("decline", "1001", "im", "--reason", "x"), "takes no --to"),
        (("accept", "1001", "im", "--within", "5m"), "takes no --to"),
        (("accept", "1001", "im", "--note", "x"), "takes no --note"),
        ((*TO_BO, "--force"), "only for a reason"),
        ((*TO_BO, "--force", "--reason", " "), "only for a reason"),
        ((*TO_BO, "--reason", "x"), "--reason goes with --force"),
        ((*TO_BO, "--force", "--reason", "x", "--propose"), "not proposed"),
        ((*TO_BO, "--within", "5m"), "Add --propose"),
        ((*TO_BO, "--propose", "--within", "0m"), "longer than nothing"),
        ((*TO_BO, "--propose", "--within", "soon"), "not a duration"),
        ((*TO_BO, "--note", "x" * 2001), "The note has 2001 characters"),
        (("1001", "im", "--to", BO, "--stream", "db"), "has no streams"),
        (("1001", "pilot", "--to", BO), "No role is called 'pilot'"),
        (("9999", "im", "--to", BO), "no incident '9999'"),
        (("accept", "1001", "im"), "No handoff of Incident Manager waits in IR-1001"),
        (("decline", "1001", "im"), "No handoff of Incident Manager waits in IR-1001"),
    ],
)
def test_what_cannot_be_typed(unchanged: Sides, words: tuple[str, ...], said: str) -> None:
    """Each slip is told with exit code 2, and changes nothing."""
    ran = unchanged.product.run("handoff", *words, **AT_A_TERMINAL)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr


ACCEPT, DECLINE = ("accept", "1001", "im"), ("decline", "1001", "im")
MINE = ("status", "--mine", "--format", "json")
ASK_AGAIN = f"dd-incident-roles handoff 1001 im {BO} --propose"


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


def test_an_expired_proposal_says_so_and_offers_what_works(desk: Desk, clock: Clock) -> None:
    """Nobody is sent to accept what can be accepted no more; each printed command ends well."""
    desk.propose(BO)
    clock.move(minutes=20)
    shown = desk.run("status", "1001").stdout
    assert "that expired at" in shown
    assert "handoff accept" not in shown
    [owed] = desk.run(*MINE, me=BO).json()["handoffs_to_answer"]
    assert owed["command"] == "dd-incident-roles handoff decline 1001 im"
    refused = desk.hand(*ACCEPT, me=BO)
    assert refused.exit_code == 2
    for said in (shown, refused.stderr):
        assert ASK_AGAIN in " ".join(said.split())
    assert desk.run(*ASK_AGAIN.split()[1:]).exit_code == 0
    assert desk.hand(*ACCEPT, me=BO).exit_code == 0


def test_both_are_told_of_a_proposal_that_is_void(desk: Desk) -> None:
    """The giver at once, the receiver where they look; the timeline tells everybody."""
    desk.propose(BO)
    assert (
        "Bo was asked to take over Incident Manager"
        in desk.hand("1001", "im", "--to", CAROL).stderr
    )
    assert any("Bo is no longer asked to take it over" in each.text for each in desk.entries)
    for me in (ANA, BO):
        [void] = desk.run(*MINE, me=me).json()["handoffs_void"]
        assert void["receiver"]["email"] == BO
    refused = desk.hand(*ACCEPT, me=BO).stderr
    assert "was ended by another change of the role at" in refused
    assert "by Ana" in refused


def test_a_brief_quotes_no_request(desk: Desk) -> None:
    """That the tasks could not be read is said in plain words, here and in the timeline."""
    desk.sides.sandbox.fault(
        FaultKind.STATUS_BEFORE, method="GET", path=r"/todos$", count=None, status=404
    )
    told = desk.hand("1001", "im", "--to", BO)
    mine = desk.run("status", "--mine", "1001", me=BO)
    for said in (told.said, mine.said, *(each.text for each in desk.entries)):
        assert "/api/" not in said
        assert "private incident" not in said
    assert "not known" in told.stdout
