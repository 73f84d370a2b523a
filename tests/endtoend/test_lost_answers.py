"""A write is lost, declined or killed on the way: the next run finds out, and nothing is twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import DuplicateResponder
from tests.endtoend.agreement import (
    ANA,
    ASSIGNMENTS_PATH,
    BO,
    CAROL,
    COMMANDER,
    COMMANDER_PATH,
    DAN,
    ENFORCED,
    FIELD,
    FIRST_RESPONDER,
    FREE,
    HANDOVERS,
    INCIDENT_MANAGER,
    RESPONDERS_PATH,
    SCRIBE,
    SCRIBE_FIELD,
    Desk,
    Handover,
    Sides,
    offers_fields,
)
from tests.product import Product

LANDED = {FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.TRUNCATE}
LOST = [
    pytest.param(FaultKind.DROP_AFTER, 502, id="applied, dropped"),
    pytest.param(FaultKind.STATUS_AFTER, 502, id="applied, 502"),
    pytest.param(FaultKind.DROP_BEFORE, 502, id="not applied, dropped"),
    pytest.param(FaultKind.STATUS_BEFORE, 502, id="not applied, 502"),
]
MORE = [
    pytest.param(FaultKind.STATUS_AFTER, 504, id="applied, 504"),
    pytest.param(FaultKind.TRUNCATE, 502, id="applied, cut short"),
    pytest.param(FaultKind.STATUS_BEFORE, 503, id="not applied, 503"),
    pytest.param(FaultKind.STATUS_BEFORE, 500, id="not applied, 500"),
    pytest.param(FaultKind.HTML, 503, id="not applied, a page of somebody in between"),
]
DECLINED = [pytest.param(FaultKind.RATE_LIMIT, 429, id="declined, 429")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write of a command that ends with it, and that makes ``writes`` in all."""

    command: tuple[str, ...]
    method: str = "POST"
    path: str = ASSIGNMENTS_PATH
    writes: int = 2
    holders: tuple[str, ...] = (CAROL,)
    before: tuple[str, ...] = ()

    @property
    def role(self) -> str:
        """The role that changes hands."""
        return self.command[2]

    def begin(self, sides: Sides) -> None:
        """Let whoever has the role before have it on both sides."""
        for person in self.before:
            sides.run("assign", "1001", self.role, person)
        sides.sandbox.forget_requests()


PATCHED = Write(
    command=("assign", "1001", INCIDENT_MANAGER, BO),
    method="PATCH",
    path=COMMANDER_PATH,
    writes=1,
    holders=(BO,),
)
GIVEN = Write(command=("assign", "1001", SCRIBE, CAROL))
GIVEN_TO_MANY = replace(GIVEN, command=("assign", "1001", FIRST_RESPONDER, CAROL))
TAKEN = Write(
    command=("unassign", "1001", SCRIBE),
    method="DELETE",
    writes=1,
    holders=(),
    before=(CAROL,),
)
TAKEN_FROM_MANY = replace(TAKEN, command=("unassign", "1001", FIRST_RESPONDER))
ADDED = replace(GIVEN, path=RESPONDERS_PATH)
ADDED_TO_MANY = replace(GIVEN_TO_MANY, path=RESPONDERS_PATH)
WRITES = {
    "commander": (PATCHED, [*LOST, *MORE, *DECLINED]),
    "role for one given": (GIVEN, [*LOST, *DECLINED]),
    "role for many given": (GIVEN_TO_MANY, LOST),
    "role for one taken": (TAKEN, LOST),
    "role for many taken": (TAKEN_FROM_MANY, LOST),
    "responder": (ADDED, DECLINED),
}


def assert_found_out(sides: Sides, write: Write, kind: FaultKind, status: int) -> None:
    """The command ends with its lost write and 3; a sync writes what is missing, and no more."""
    write.begin(sides)
    sides.sandbox.fault(kind, method=write.method, path=write.path, status=status, seconds=0)
    ran = sides.end_with(3, *write.command)
    assert "Recorded here" in ran.stdout
    assert ("rate limit" in ran.stderr) is (kind is FaultKind.RATE_LIMIT)
    assert sides.recorded(write.role) == [*write.holders]
    assert sides.sandbox.requests.count(write.method, write.path) == 1
    assert sides.sandbox.requests.writes()[-1].method == write.method
    if write is PATCHED:
        assert sides.shown(INCIDENT_MANAGER) == [BO if kind in LANDED else ANA]

    sides.run("sync")
    sides.assert_agreed(write.role, write.holders)
    missing = 0 if kind in LANDED else 1
    assert sides.sandbox.requests.count(write.method, write.path) == 1 + missing
    assert len(sides.sandbox.requests.writes()) == write.writes + missing
    sides.assert_quiet()


@pytest.mark.parametrize(
    ("write", "kind", "status"),
    [
        pytest.param(write, *lost.values, id=f"{name}, {lost.id}")
        for name, (write, kinds) in WRITES.items()
        for lost in kinds
    ],
)
def test_the_next_run_finds_out(sides: Sides, write: Write, kind: FaultKind, status: int) -> None:
    """What landed is recognised without a write, what did not is written once more."""
    assert_found_out(sides, write, kind, status)


@pytest.mark.parametrize("write", [ADDED, ADDED_TO_MANY], ids=["one holder", "many holders"])
@pytest.mark.parametrize("duplicates", list(DuplicateResponder))
@pytest.mark.parametrize("kind", [FaultKind.STATUS_AFTER, FaultKind.DROP_AFTER, FaultKind.HTML])
def test_no_responder_is_added_twice(
    sides: Sides, kind: FaultKind, duplicates: DuplicateResponder, write: Write
) -> None:
    """Whatever Datadog does with a second POST, it never sees one; the next run gives the role."""
    sides.sandbox.switch(duplicate_responder=duplicates)
    assert_found_out(sides, write, kind, 502)


@pytest.mark.parametrize(("kind", "status"), LOST)
@pytest.mark.parametrize("half", ["DELETE", "POST"])
@pytest.mark.parametrize("handover", [ENFORCED, FREE], ids=lambda each: each.name)
def test_either_half_of_a_handover(
    sides: Sides, handover: Handover, half: str, kind: FaultKind, status: int
) -> None:
    """Whichever half of a handover is in doubt, the next run ends it with one holder."""
    handover.prepare(sides.sandbox)
    handover.begin(sides)
    sides.sandbox.fault(kind, method=half, path=ASSIGNMENTS_PATH, status=status)
    sides.end_with(3, *handover.command)
    assert sides.recorded(SCRIBE) == [DAN]

    sides.run("sync")
    sides.assert_agreed(SCRIBE, [DAN])
    for method in ("DELETE", "POST"):
        lost = method == half and kind not in LANDED
        assert sides.sandbox.requests.count(method, ASSIGNMENTS_PATH) == (2 if lost else 1)
    sides.assert_quiet()


@pytest.mark.parametrize(("kind", "status"), LOST)
def test_a_lost_answer_to_a_field(sides: Sides, kind: FaultKind, status: int) -> None:
    """Where roles are kept in fields, a lost answer changes nothing about all this."""
    offers_fields(sides.sandbox)
    sides.forget("capability", "fields")
    FIELD.begin(sides)
    sides.sandbox.fault(kind, method="PATCH", path=COMMANDER_PATH, status=status)
    sides.end_with(3, *FIELD.command)
    sides.run("sync")
    assert sides.recorded(SCRIBE) == [DAN]
    assert sides.sandbox.field(1001, SCRIBE_FIELD) == [DAN]
    assert sides.row(SCRIBE)["targets"] == {"datadog": "in_sync"}
    assert sides.sandbox.requests.count("PATCH") == (1 if kind in LANDED else 2)
    sides.assert_quiet()


def test_what_is_not_known_is_said(sides: Sides) -> None:
    """Neither command nor document claims that Datadog was changed, or that it was not."""
    sides.sandbox.fault(FaultKind.DROP_AFTER, method="PATCH", path=COMMANDER_PATH, count=2)
    ran = sides.end_with(3, "assign", "1001", "im", BO)
    assert "it is not known whether Datadog has it" in ran.stdout
    assert "not yet in Datadog" not in ran.said
    assert "It may still have been applied" in ran.stderr
    sides.run("assign", "1001", "im", CAROL, "--no-sync")
    [failure] = sides.end_with(3, "sync", "--format", "json").json()["failures"]
    assert (failure["incident"], failure["ambiguous"]) == (1001, True)


def test_somebody_else_was_quicker(sides: Sides) -> None:
    """Our change landed unseen and people then chose a third person, who stands unharmed."""
    sides.sandbox.fault(FaultKind.DROP_AFTER, method="PATCH", path=COMMANDER_PATH)
    sides.end_with(3, "assign", "1001", "im", BO)
    sides.sandbox.set_commander(1001, CAROL)
    sides.run("sync")
    assert sides.recorded(INCIDENT_MANAGER) == sides.shown(INCIDENT_MANAGER) == [CAROL]
    assert sides.sandbox.requests.count("PATCH") == 1
    sides.assert_quiet()


def test_a_colleague_adds_the_same_person(sides: Sides) -> None:
    """Our POST got lost, and people gave the role meanwhile: both meet without a write."""
    sides.sandbox.fault(FaultKind.DROP_BEFORE, method="POST", path=RESPONDERS_PATH)
    sides.end_with(3, "assign", "1001", "scribe", CAROL)
    sides.sandbox.give_role(1001, "Scribe", CAROL)
    sides.sandbox.forget_requests()
    sides.run("sync")
    assert sides.sandbox.requests.writes() == []
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()


def test_a_responder_before_is_no_reason_to_write(sides: Sides) -> None:
    """Somebody who takes part already is not added again."""
    sides.sandbox.add_responder(1001, CAROL)
    sides.run("assign", "1001", "scribe", CAROL)
    assert sides.sandbox.requests.count("POST", RESPONDERS_PATH) == 0
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()


@pytest.mark.parametrize("method", ["GET", None])
def test_a_storm_of_limits_is_waited_out(sides: Sides, method: str | None) -> None:
    """Every second request is declined for a while: the role gets there in the end, once."""
    for number in (1, 2, 3):
        sides.sandbox.fault(FaultKind.RATE_LIMIT, method=method, nth=2 * number, seconds=0)
    ran = sides.product.run("assign", "1001", "scribe", CAROL)
    assert ran.exit_code == 0 if method == "GET" else ran.exit_code in {0, 3}
    sides.sandbox.clear_faults()
    sides.run("sync")
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()


def test_a_commander_is_declined_twice(sides: Sides) -> None:
    """429 to each PATCH: nothing changed, the wish is kept, and one more PATCH fulfils it."""
    sides.sandbox.fault(FaultKind.RATE_LIMIT, method="PATCH", count=2, seconds=1)
    sides.end_with(3, "assign", "1001", "im", BO)
    sides.end_with(3, "sync")
    sides.run("sync")
    assert sides.sandbox.requests.count("PATCH") == 3
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    sides.assert_quiet()


def test_a_pause_beyond_all_patience_ends_the_run(sides: Sides) -> None:
    """A limit that is lifted in an hour is not waited for: exit 3 at once, and why.

    What was assigned waits in the record, and the next run carries it.
    """
    sides.sandbox.fault(FaultKind.RATE_LIMIT, count=None, seconds=3600.0)
    for number, command in enumerate(("sync", "status", "check"), 1):
        assert "3600 s" in sides.end_with(3, command).said
        assert len(sides.sandbox.requests.entries) == number
    assert sides.recorded(INCIDENT_MANAGER) == [ANA]
    sides.sandbox.clear_faults()
    sides.sandbox.fault(FaultKind.RATE_LIMIT, path="/incidents/", count=None, seconds=3600.0)
    ran = sides.end_with(3, "assign", "1001", "im", BO)
    assert "Recorded here, not yet in Datadog." in ran.stdout
    sides.sandbox.clear_faults()
    sides.run("sync")
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.count("PATCH") == 1


SIGKILLED = -9

HANDOFF = ("handoff", "1001", "im", "--to", BO, "--note", "the database is the suspect")
REQUESTS, PATCHES, ENTRY = 7, 6, 7
"""How many requests a handoff makes, and which of them write."""
TOOK_OVER = "Bo took over Incident Manager from Ana"


@pytest.fixture
def begun(handover: Handover, product: Product, sandbox: Sandbox) -> Sides:
    """Both sides with the first holder in the role."""
    handover.prepare(sandbox)
    sides = Sides(product, sandbox)
    handover.begin(sides)
    return sides


def kill_at(sides: Sides, kind: FaultKind, number: int, *command: str) -> None:
    """Kill the command while the local Datadog holds its n-th request."""
    sides.sandbox.fault(kind, nth=number)
    process = sides.product.start(*command)
    assert sides.sandbox.hangs.wait_for(1)
    process.kill()
    process.join()
    assert process.exitcode == SIGKILLED
    assert sides.sandbox.hangs.wait_until_free()
    sides.sandbox.clear_faults()


@pytest.mark.parametrize(
    ("handover", "kind", "number"),
    [
        pytest.param(each, kind, number, id=f"{each.name}-{kind}-{number}")
        for each in HANDOVERS
        for kind, numbers in (
            (FaultKind.HANG_BEFORE, range(each.first, each.requests + 1)),
            (FaultKind.HANG_AFTER, [at for at in each.writes if at >= each.first]),
        )
        for number in numbers
    ],
)
def test_killed_at_any_request(
    begun: Sides, handover: Handover, kind: FaultKind, number: int
) -> None:
    """Afterwards one person holds the role on both sides, in one interval, and nothing is twice.

    Each request is cut off before it is carried out, and each write after that as well; for a
    reading the two are the same. Who held the role before has an interval that is ended, not lost.
    """
    kill_at(begun, kind, number, *handover.command)
    wanted = begun.recorded(handover.role)
    assert wanted in ([handover.before], [handover.after])
    if (handover, kind, number) == (COMMANDER, FaultKind.HANG_BEFORE, COMMANDER.requests):
        old, new = begun.intervals(handover.role)
        assert (old.person, old.until, new.person) == (handover.before, new.since, handover.after)
        assert new.is_open

    begun.settle()
    assert begun.recorded(handover.role) == handover.shown(begun) == wanted
    assert begun.row(handover.role)["targets"] == {"datadog": "in_sync"}
    begun.assert_nothing_doubled()


@pytest.mark.parametrize("handover", HANDOVERS, ids=lambda each: each.name)
def test_every_request_has_been_the_last(begun: Sides, handover: Handover) -> None:
    """The test above leaves no request of the command out, and the command alone is enough."""
    begun.run(*handover.command)
    assert_sent(begun, handover.requests, handover.writes)
    assert begun.recorded(handover.role) == handover.shown(begun) == [handover.after]
    begun.assert_quiet()


def assert_sent(sides: Sides, number: int, writes: tuple[int, ...]) -> None:
    """So many requests were made, of which these wrote."""
    sent = [request.method for request in sides.sandbox.requests.entries]
    assert len(sent) == number
    assert tuple(at for at, method in enumerate(sent, 1) if method != "GET") == writes


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        *((FaultKind.HANG_BEFORE, number) for number in range(1, REQUESTS + 1)),
        (FaultKind.HANG_AFTER, PATCHES),
        (FaultKind.HANG_AFTER, ENTRY),
    ],
)
def test_a_handoff_is_killed_at_any_request(desk: Desk, kind: FaultKind, number: int) -> None:
    """One commander, one interval ended where the other begins, one entry, and quiet afterwards."""
    sides = desk.sides
    kill_at(sides, kind, number, *HANDOFF)
    [holder] = sides.recorded(INCIDENT_MANAGER)

    # An entry that may have landed is sent again when two listings lacked it.
    for _ in range(2):
        sides.run("sync")
    sides.assert_agreed(INCIDENT_MANAGER, [holder])
    intervals = sides.intervals(INCIDENT_MANAGER)
    if holder == ANA:
        assert number < PATCHES
        assert len(intervals) == 1
        desk.assert_noted()
    else:
        old, new = intervals
        assert (old.person, old.until, new.person) == (ANA, new.since, BO)
        desk.assert_noted(TOOK_OVER)
    sides.assert_quiet()


def test_every_request_of_a_handoff_has_been_the_last(desk: Desk) -> None:
    """The test above leaves no request of it out, and the command alone is enough."""
    desk.sides.run(*HANDOFF)
    assert_sent(desk.sides, REQUESTS, (PATCHES, ENTRY))
    desk.sides.assert_agreed(INCIDENT_MANAGER, [BO])
    desk.assert_noted(TOOK_OVER)
    desk.sides.assert_quiet()
