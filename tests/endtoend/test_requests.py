"""What a command that a person waits for asks of Datadog and of the record, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from threading import Thread

import pytest

from dd_incident_roles.sandbox.faults import FaultKind, LoggedRequest
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE, SCRIBE, Sides, offers_fields
from tests.endtoend.checks import check_json, findings
from tests.endtoend.trackers import Linked
from tests.product import count_statements

PATIENCE_SECONDS = 30
FIELD = "incident_role.first_responder"
READING = ("GET incident", "GET responders", "GET timeline")
PERSON = (*READING, "GET users")
HANDOFF = (*PERSON, "GET todos")
NOTE = ("POST timeline",)
COMMANDS: Sequence[tuple[str, int, int, Sequence[tuple[str, ...]]]] = (
    ("status 1001", 3, 1, [READING]),
    ("timeline list 1001", 3, 1, [READING]),
    ("timeline add 1001 Restarted", 4, 2, [READING, NOTE]),
    # Bo responds already, and Carol does not.
    (f"assign 1001 tl {BO}", 6, 4, [PERSON, ("POST role",), NOTE]),
    (
        f"assign 1001 scribe {CAROL}",
        8,
        5,
        [PERSON, ("POST responders",), ("GET responders",), ("POST role",), NOTE],
    ),
    (
        f"handoff 1001 scribe --to {BO}",
        8,
        5,
        [HANDOFF, ("DELETE role",), ("POST role",), NOTE],
    ),
    ("unassign 1001 scribe", 5, 4, [READING, ("DELETE role",), NOTE]),
    (f"assign 1001 im {BO}", 6, 3, [PERSON, ("PATCH incident",), NOTE]),
    # That the new Incident Manager has one of Datadog's own roles is seen for the first time.
    (f"handoff 1001 im --to {CAROL}", 8, 5, [HANDOFF, ("GET role",), ("PATCH incident",), NOTE]),
    ("sync 1001", 4, 2, [READING, ("GET role",)]),
    ("sync 1001", 3, 1, [READING]),
)
"""Each with the most requests and round trips that it may take, and what it sends at once."""


def name(request: LoggedRequest) -> str:
    """A request in two words."""
    last = request.path.rpartition("/")[2]
    words = {"users", "todos", "timeline", "responders", "current_user", "user-defined-roles"}
    role = "role" if "role_assignments" in request.path else "incident"
    return f"{request.method} {last if last in words else role}"


def held(
    sides: Sides, command: str, waves: Sequence[Sequence[str]], **settings: str
) -> list[list[str]]:
    """The waves in which a command sends its requests, to a Datadog that answers them together.

    It answers once so many are under way as are expected, so that one after the other gets stuck.
    """
    sides.sandbox.forget_requests()
    sides.sandbox.fault(FaultKind.HANG_BEFORE, count=None)

    def answer() -> None:
        for wave in waves:
            if not sides.sandbox.hangs.wait_for(len(wave), timeout_seconds=PATIENCE_SECONDS):
                break
            sides.sandbox.hangs.release()
        sides.sandbox.clear_faults()
        sides.sandbox.hangs.release()

    answering = Thread(target=answer)
    answering.start()
    sides.run(*command.split(), **settings)
    answering.join()
    return [sorted(map(name, wave)) for wave in sides.sandbox.requests.waves()]


@pytest.mark.usefixtures("timeline_on")
def test_a_command_asks_once_and_at_once(sides: Sides) -> None:
    """Each part of an incident is read once, with all that does not depend on it, then written."""
    for person, note in ((ANA, "Looking"), (BO, "Me too")):
        sides.sandbox.add_note(1001, person, note)
    sides.run("assign", "1001", "fr", BO)
    sides.run("sync")
    for command, most, deepest, waves in COMMANDS:
        assert sum(map(len, waves)) <= most
        assert len(waves) <= deepest
        expected = [sorted(wave) for wave in waves]
        assert (command, held(sides, command, waves)) == (command, expected)
    first = [["GET current_user"], [*READING]]
    new_key = {"DD_APP_KEY": "another-key-that-nobody-may-see"}
    assert held(sides, "status 1001", first, **new_key) == first
    # After a few minutes Datadog may have other roles, and that takes no longer.
    sides.forget("role_definitions")
    later = [sorted((*READING, "GET user-defined-roles"))]
    assert held(sides, "status 1001", later) == later
    # One request at a time is one after the other, and still each once.
    one = [[each] for each in (*READING, *NOTE)]
    alone = {"DD_INCIDENT_ROLES_CONCURRENCY": "1"}
    assert held(sides, "timeline add 1001 Alone", one, **alone) == one


def test_a_second_write_is_upon_what_the_first_one_left(sides: Sides) -> None:
    """A field is written whole: from the reading before both it would lose who was added first."""
    offers_fields(sides.sandbox)
    sides.sandbox.define_field(FIELD)
    sides.forget("capability", "fields")
    for person in (BO, CAROL):
        sides.run("assign", "1001", "fr", person, "--no-sync")
    sides.run("sync", "1001")
    assert sides.sandbox.field(1001, FIELD) == [BO, CAROL]


def test_an_issue_has_nothing_of_datadog_read_again(linked: Linked) -> None:
    """What is asked of Datadog is the same with an issue, where people changed nothing there."""
    linked.sides.sandbox.add_note(1001, ANA, "Looking")
    linked.run("sync")
    for command, asked in (
        ("status 1001", READING),
        (f"assign 1001 im {BO}", (*PERSON, "PATCH incident", *NOTE)),
    ):
        linked.sides.sandbox.forget_requests()
        linked.run(*command.split())
        sent = linked.sides.sandbox.requests.matching(path="^/api/v2/")
        assert sorted(map(name, sent)) == sorted(asked)


USERS = r"^/api/v2/users"
EVERYBODY = (ANA, BO, CAROL, DAN, EVE)


@pytest.fixture
def many(sides: Sides) -> Sides:
    """Six incidents in which the same five people hold roles, and accounts nobody knows yet."""
    for public_id in range(1003, 1007):
        sides.sandbox.declare("Slow", severity="SEV-2", commander=ANA, public_id=public_id)
        for role, person in (("Tech Lead", BO), ("Scribe", CAROL), ("First Responder", DAN)):
            sides.sandbox.give_role(public_id, role, person)
        sides.sandbox.give_role(public_id, "Communications Manager", EVE)
    sides.run("sync")
    sides.forget("user")
    sides.sandbox.forget_requests()
    return sides


def asked(sides: Sides) -> Counter[str]:
    """How often each user was asked for since requests were forgotten."""
    found = Counter(entry.target for entry in sides.sandbox.requests.matching("GET", USERS))
    sides.sandbox.forget_requests()
    return found


def test_each_account_is_read_once(many: Sides) -> None:
    """Over several incidents each holder is asked for once, and nobody besides.

    The next checks and a snapshot believe what the first one learned.
    """
    assert check_json(many.product).json()["evaluated"] == 6
    counted = asked(many)
    assert set(counted.values()) == {1}
    ids = {many.sandbox.person(email).id for email in EVERYBODY}
    assert {target.rpartition("/")[2] for target in counted} == ids
    for command in (["check"], ["check", "1001"], ["snapshot"]):
        assert many.product.run(*command).exit_code in {0, 1}
    assert asked(many) == Counter()


def test_closed_incidents_and_tests_need_no_account(many: Sides) -> None:
    """Nobody is looked up for what is recorded of closed incidents, or for a test."""
    check_json(many.product, "--since", "30")
    assert asked(many) == Counter()
    many.sandbox.declare("Drill", commander=ANA, is_test=True, public_id=1010)
    check_json(many.product, "1010")
    assert asked(many) == Counter()


def test_an_account_that_was_not_answered_is_asked_for_again(many: Sides) -> None:
    """A failure is not kept: that check is incomplete, the next one is whole."""
    path = f"users/{many.sandbox.person(BO).id}"
    many.sandbox.fault(FaultKind.HTML, path=path, count=None)
    later = ("--now", (datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    ran = check_json(many.product, "1003", *later)
    assert ran.exit_code == 3
    [gap] = ran.json()["not_evaluated"]
    assert "IR013" in gap["reason"]
    assert findings(ran, "IR099")
    many.sandbox.clear_faults()
    asked(many)
    again = check_json(many.product, "1003", *later)
    assert again.json()["not_evaluated"] == []
    assert [target.rpartition("/")[2] for target in asked(many)] == [many.sandbox.person(BO).id]


# One of them notes how the run ended.
MOST_STATEMENTS = 25
MOST_WITH_AUTHORS = 50


@pytest.mark.usefixtures("timeline_on")
def test_a_quiet_run_takes_few_statements(sides: Sides) -> None:
    """What a run asks of the record does not grow with the incidents that it looks at."""
    for number in range(8):
        incident = sides.sandbox.declare(f"Incident {number}", commander=CAROL)
        sides.sandbox.give_role(incident.public_id, "Scribe", CAROL)
    sides.run("sync")
    with count_statements() as few:
        sides.run("sync")
    sides.sandbox.declare("One more", commander=CAROL)
    sides.run("sync")
    with count_statements() as statements:
        sides.run("sync")
    assert len(statements) == len(few) <= MOST_STATEMENTS


@pytest.mark.usefixtures("timeline_on")
def test_authors_take_no_statement_for_each_entry(sides: Sides) -> None:
    """Many entries that name who wrote them are read with as few statements as few."""
    sides.sandbox.switch(timeline_authors="relationship")

    def statements_with(entries: int) -> int:
        for number in range(entries):
            for person in (BO, CAROL, DAN):
                sides.sandbox.add_note(1001, person, f"{person} saw {number} of {entries}.")
        sides.run("sync", "1001")
        with count_statements() as statements:
            sides.run("sync", "1001")
        return len(statements)

    assert statements_with(1) == statements_with(20) <= MOST_WITH_AUTHORS


def test_what_is_recorded_during_a_run_is_carried_by_it(sides: Sides) -> None:
    """The run read the record before, and looks again once it is through."""
    sides.run("sync")
    # Of 1002 something is written, by when the states of all were read; 1001 is still read.
    sides.run("assign", "1002", "im", BO, "--no-sync")
    sides.sandbox.fault(FaultKind.HANG_BEFORE, method="PATCH")
    first = sides.sandbox.incident(1001).id
    sides.sandbox.fault(FaultKind.HANG_BEFORE, path=f".*/{first}/.*responders")
    run: BaseProcess = sides.product.start("sync")
    assert sides.sandbox.hangs.wait_for(2)
    sides.run("assign", "1001", "scribe", CAROL, "--no-sync")
    sides.sandbox.clear_faults()
    run.join(30)
    assert run.exitcode == 0
    sides.assert_agreed(SCRIBE, [CAROL])
