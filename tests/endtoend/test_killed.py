"""A handover is killed at each of its requests, and the next run brings both sides together."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import Sides
from tests.endtoend.handovers import HANDOVERS, Handover
from tests.product import Product

SIGKILLED = -9


@pytest.fixture
def handover(request: pytest.FixtureRequest) -> Handover:
    """The handover that a test is about."""
    assert isinstance(request.param, Handover)
    return request.param


@pytest.fixture
def begun(handover: Handover, product: Product, sandbox: Sandbox) -> Sides:
    """Both sides with the first holder in the role."""
    handover.prepare(sandbox)
    sides = Sides(product, sandbox)
    handover.begin(sides)
    return sides


def kill_at(sides: Sides, handover: Handover, kind: FaultKind, number: int) -> None:
    """Kill the command while the local Datadog holds its n-th request."""
    sides.sandbox.fault(kind, nth=number)
    command = sides.product.start(*handover.command)
    assert sides.sandbox.hangs.wait_for(1)
    command.kill()
    command.join()
    assert command.exitcode == SIGKILLED
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
    indirect=["handover"],
)
def test_killed_at_any_request(
    begun: Sides, handover: Handover, kind: FaultKind, number: int
) -> None:
    """Afterwards one person holds the role on both sides, in one interval, and nothing is twice.

    Each request is cut off before it is carried out, and each write after that as well; for a
    reading the two are the same.
    """
    kill_at(begun, handover, kind, number)
    wanted = begun.recorded(handover.role)
    assert wanted in ([handover.before], [handover.after])

    begun.settle()
    assert begun.recorded(handover.role) == handover.shown(begun) == wanted
    assert begun.row(handover.role)["targets"] == {"datadog": "in_sync"}
    begun.assert_nothing_doubled()


@pytest.mark.parametrize(
    "handover", [pytest.param(each, id=each.name) for each in HANDOVERS], indirect=True
)
def test_every_request_has_been_the_last(begun: Sides, handover: Handover) -> None:
    """The test above leaves no request of the command out, and the command alone is enough."""
    assert begun.product.run(*handover.command).exit_code == 0
    sent = [request.method for request in begun.sandbox.requests.entries]
    assert len(sent) == handover.requests
    assert [at for at, method in enumerate(sent, 1) if method != "GET"] == [*handover.writes]
    assert begun.recorded(handover.role) == handover.shown(begun) == [handover.after]
    begun.assert_quiet()


@pytest.mark.parametrize("handover", [HANDOVERS[0]], indirect=True)
def test_the_record_keeps_what_was_before(begun: Sides, handover: Handover) -> None:
    """A kill after the record was written leaves the old interval ended, and the new one open."""
    kill_at(begun, handover, FaultKind.HANG_BEFORE, handover.requests)
    old, new = begun.intervals(handover.role)
    assert (old.person, new.person) == (handover.before, handover.after)
    assert old.until == new.since
    assert new.is_open
