"""Clocks that are wrong: ours beside Datadog's, and one that was ahead and was set right."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, Sides
from tests.endtoend.checks import check_json, findings
from tests.product import Clock, Product

GRACE = "DD_INCIDENT_ROLES_ABSENCE_GRACE"


@pytest.fixture
def ours() -> Clock:
    """The clock of this machine; that of Datadog is ``clock``."""
    return Clock()


@pytest.fixture
def product(product: Product, ours: Clock) -> Product:
    """The product with the usual grace, on a machine with a clock of its own."""
    return replace(product, settings={**product.settings, GRACE: "300"}, clock=ours)


def at(finding: Any) -> datetime:
    """Since when a finding holds."""
    return datetime.fromisoformat(finding["since"])


def near(one: datetime, other: datetime) -> bool:
    """Whether two moments are the same, but for how long a test takes."""
    return abs(one - other) < timedelta(seconds=50)


def test_a_clock_that_is_behind(product: Product, sandbox: Sandbox, ours: Clock) -> None:
    """Ages are counted by Datadog's clock, and that is said once."""
    ours.move(hours=-2)
    sandbox.declare("Login fails", severity="SEV-1", by=BO, public_id=1003)
    ran = check_json(product, "1003")
    assert not findings(ran, "IR001")
    assert ran.stderr.count("2 hours behind Datadog's") == 1
    began = sandbox.world.clock() - timedelta(minutes=10)
    sandbox.declare("Mail fails", severity="SEV-1", by=BO, public_id=1004, at=began)
    ran = check_json(product, "1004")
    assert (ran.exit_code, len(findings(ran, "IR001"))) == (1, 1)
    assert near(datetime.fromisoformat(ran.json()["now"]), sandbox.world.clock())
    # The Date header has whole seconds.
    assert re.search("open for (9|10) min", product.run("status", "1004").stdout)


def test_a_clock_that_is_ahead(product: Product, sandbox: Sandbox, ours: Clock) -> None:
    """What was declared a moment ago is within its grace; less than a minute is not spoken of."""
    ours.move(seconds=-40)
    assert "clock" not in product.run("status", "1001").stderr
    ours.move(seconds=40, hours=2)
    sandbox.declare("Login fails", severity="SEV-1", by=BO, public_id=1003)
    ran = check_json(product, "1003")
    assert (ran.exit_code, findings(ran)) == (0, [])
    assert ran.stderr.count("2 hours ahead of Datadog's") == 1


@pytest.mark.parametrize("off", [-2, 2])
def test_a_vacancy_by_a_wrong_clock(sides: Sides, ours: Clock, clock: Clock, off: int) -> None:
    """It is as old as it is, and not as the clock that noted it says."""
    ours.move(hours=off)
    sides.sandbox.set_commander(1001, None)
    first = clock()
    assert not findings(check_json(sides.product, "1001"), "IR001")
    ours.move(minutes=6)
    clock.move(minutes=6)
    [finding] = findings(check_json(sides.product, "1001"), "IR001")
    assert near(at(finding), first)


def test_a_grace_is_between_two_readings_of_ours(sides: Sides, clock: Clock) -> None:
    """A clock of Datadog that jumps makes no two looks out of one."""
    sides.sandbox.set_commander(1001, None)
    sides.run("sync")
    clock.move(hours=1)
    sides.run("sync")
    assert sides.recorded(INCIDENT_MANAGER) == [ANA]


def test_an_absence_that_was_noted_in_the_future(sides: Sides, ours: Clock) -> None:
    """The first look after the clock was set right counts as the first."""
    sides.sandbox.set_commander(1001, None)
    ours.move(days=1)
    sides.run("sync")
    ours.move(days=-1)
    first = ours()
    assert not findings(check_json(sides.product, "1001"), "IR001")
    ours.move(minutes=6)
    sides.run("sync")
    assert sides.recorded(INCIDENT_MANAGER) == []
    [interval] = sides.intervals(INCIDENT_MANAGER)
    assert interval.until
    assert near(interval.until, first)


def test_an_assignment_that_began_tomorrow(sides: Sides, ours: Clock) -> None:
    """It is shown as of now at the latest, and whoever follows begins now."""
    ours.move(days=1)
    sides.run("assign", "1001", "im", BO)
    ours.move(days=-1)
    [holder] = sides.row(INCIDENT_MANAGER)["holders"]
    assert near(datetime.fromisoformat(holder["since"]), ours())
    sides.run("assign", "1001", "im", CAROL)
    [begun] = [row for row in sides.intervals(INCIDENT_MANAGER) if row.is_open]
    assert (begun.person, near(begun.since, ours())) == (CAROL, True)
    sides.assert_quiet()


def test_a_holder_who_began_tomorrow_and_is_gone(sides: Sides, ours: Clock) -> None:
    """Whom Datadog lost after the clock was set right is no new wish, and not given back."""
    ours.move(days=1)
    sides.run("assign", "1001", "im", BO)
    ours.move(days=-1)
    sides.sandbox.set_commander(1001, None)
    sides.sandbox.forget_requests()
    for _ in range(2):
        sides.run("sync")
        ours.move(minutes=6)
    assert sides.sandbox.requests.writes() == []
    assert findings(check_json(sides.product, "1001"), "IR001")


def test_a_severity_that_rose_tomorrow(sides: Sides, ours: Clock) -> None:
    """A requirement that began in the future has begun: check does not wait for a day."""
    sides.run("assign", "1002", "im", ANA)
    sides.sandbox.set_severity(1002, "SEV-1")
    ours.move(days=1)
    sides.run("sync")
    ours.move(days=-1)
    found = findings(check_json(sides.product, "1002"), "IR010")
    assert "scribe" in {each["role"] for each in found}
