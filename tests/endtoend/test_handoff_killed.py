"""A handoff is killed at each of its requests, and the next runs bring both sides together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import ANA, BO, INCIDENT_MANAGER, Sides
from tests.endtoend.test_killed import SIGKILLED
from tests.product import Product

COMMAND = ("handoff", "1001", "im", "--to", BO, "--note", "the database is the suspect")
REQUESTS, COMMANDER, ENTRY = 16, 15, 16
"""How many requests the command makes, and which of them write."""

TOLD = "Bo took over Incident Manager from Ana"


@pytest.fixture
def begun(product: Product, sandbox: Sandbox) -> Sides:
    """Both sides with Ana in command, and the timeline on."""
    on = {"DD_INCIDENT_ROLES_TIMELINE": "auto", "DD_INCIDENT_ROLES_ME": ANA}
    talking = replace(product, settings={**product.settings, **on})
    sides = Sides(talking, sandbox)
    assert talking.run("sync").exit_code == 0
    sandbox.forget_requests()
    return sides


def told(sides: Sides) -> tuple[list[str], list[str]]:
    """The first lines of what the record and Datadog's notes say of it."""
    with sides.product.record() as record:
        entries = record.entries(sides.incident_id())
    here = [each.text.partition("\n")[0] for each in entries if each.deleted_at is None]
    return here, [note.partition("\n")[0] for note in sides.sandbox.notes(1001)]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        *((FaultKind.HANG_BEFORE, number) for number in range(1, REQUESTS + 1)),
        (FaultKind.HANG_AFTER, COMMANDER),
        (FaultKind.HANG_AFTER, ENTRY),
    ],
)
def test_killed_at_any_request(begun: Sides, kind: FaultKind, number: int) -> None:
    """One commander, one interval ended where the other begins, one entry, and quiet afterwards."""
    begun.sandbox.fault(kind, nth=number)
    command = begun.product.start(*COMMAND)
    assert begun.sandbox.hangs.wait_for(1)
    command.kill()
    command.join()
    assert command.exitcode == SIGKILLED
    assert begun.sandbox.hangs.wait_until_free()
    begun.sandbox.clear_faults()
    [holder] = begun.recorded(INCIDENT_MANAGER)

    # An entry that may have landed is sent again when two listings lacked it.
    for _ in range(2):
        assert begun.product.run("sync").exit_code == 0
    begun.assert_agreed(INCIDENT_MANAGER, [holder])
    intervals = begun.intervals(INCIDENT_MANAGER)
    if holder == ANA:
        assert number < COMMANDER
        assert len(intervals) == 1
        assert told(begun) == ([], [])
    else:
        old, new = intervals
        assert (old.person, old.until, new.person) == (ANA, new.since, BO)
        assert told(begun) == ([TOLD], [TOLD])
    begun.assert_quiet()


def test_every_request_has_been_the_last(begun: Sides) -> None:
    """The test above leaves no request of the command out, and the command alone is enough."""
    assert begun.product.run(*COMMAND).exit_code == 0
    sent = [request.method for request in begun.sandbox.requests.entries]
    assert len(sent) == REQUESTS
    assert [at for at, method in enumerate(sent, 1) if method != "GET"] == [COMMANDER, ENTRY]
    begun.assert_agreed(INCIDENT_MANAGER, [BO])
    assert told(begun) == ([TOLD], [TOLD])
    begun.assert_quiet()
