"""What a command that a person waits for asks of Datadog, and how often it waits for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

import pytest

from dd_incident_roles.sandbox.faults import FaultKind, LoggedRequest
from tests.endtoend.agreement import ANA, BO, CAROL, Sides
from tests.endtoend.handovers import offers_fields
from tests.endtoend.trackers import Linked

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
