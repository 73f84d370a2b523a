"""A handover is killed at each of its requests, and the next runs bring both sides together."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import ANA, BO, INCIDENT_MANAGER, Sides
from tests.endtoend.handovers import COMMANDER, HANDOVERS, Desk, Handover
from tests.product import Product

SIGKILLED = -9

HANDOFF = ("handoff", "1001", "im", "--to", BO, "--note", "the database is the suspect")
REQUESTS, PATCHED, ENTRY = 7, 6, 7
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
        (FaultKind.HANG_AFTER, PATCHED),
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
        assert number < PATCHED
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
    assert_sent(desk.sides, REQUESTS, (PATCHED, ENTRY))
    desk.sides.assert_agreed(INCIDENT_MANAGER, [BO])
    desk.assert_noted(TOOK_OVER)
    desk.sides.assert_quiet()
