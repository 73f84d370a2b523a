"""Two runs on one record: the second steps back, and a killed first one is in nobody's way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import BO, CAROL, INCIDENT_MANAGER, SCRIBE, Sides

ANOTHER_HOLDS_THE_LOCK = 75


@pytest.fixture
def first(sides: Sides) -> Iterator[BaseProcess]:
    """A sync that Datadog keeps waiting."""
    sides.sandbox.fault(FaultKind.HANG_BEFORE)
    run = sides.product.start("sync")
    assert sides.sandbox.hangs.wait_for(1)
    yield run
    run.kill()
    run.join()


def test_the_second_steps_back(sides: Sides, first: BaseProcess) -> None:
    """A sync beside another one exits with 75 at once and says which process runs."""
    asked = len(sides.sandbox.requests.entries)
    ran = sides.product.run("sync")
    assert (ran.exit_code, ran.stdout) == (ANOTHER_HOLDS_THE_LOCK, "")
    assert f"process {first.pid}" in ran.stderr
    assert len(sides.sandbox.requests.entries) == asked


def test_reading_needs_no_lock(sides: Sides, first: BaseProcess) -> None:
    """Who holds what can be seen while a sync is under way."""
    assert sides.product.run("status").exit_code == 0
    assert sides.product.run("check", "--fail-on", "never").exit_code == 0


def test_the_first_ends_as_if_alone(sides: Sides, first: BaseProcess) -> None:
    """The run that was first goes on to its end once Datadog answers."""
    assert sides.product.run("sync").exit_code == ANOTHER_HOLDS_THE_LOCK
    sides.sandbox.clear_faults()
    first.join(30)
    assert first.exitcode == os.EX_OK
    sides.assert_quiet()


def test_after_a_kill_the_next_can_run(sides: Sides, first: BaseProcess) -> None:
    """The lock dies with its process."""
    first.kill()
    first.join()
    sides.assert_quiet()


def test_an_assignment_waits_for_its_turn(sides: Sides, first: BaseProcess) -> None:
    """A command is recorded beside a run, and is carried to Datadog when that has ended."""
    sides.product.run("assign", "1001", "scribe", CAROL, "--no-sync")
    assert sides.recorded(SCRIBE) == [CAROL]
    sides.sandbox.clear_faults()
    first.join(30)
    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()


def test_two_commands_at_once(sides: Sides) -> None:
    """Two people give commands at the same moment: both are carried out, neither twice."""
    commands = [
        sides.product.start("assign", "1001", "im", BO),
        sides.product.start("assign", "1001", "scribe", CAROL),
        sides.product.start("assign", "1002", "im", CAROL),
    ]
    for command in commands:
        command.join(60)
    assert {command.exitcode for command in commands} == {os.EX_OK}
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    sides.assert_agreed(SCRIBE, [CAROL])
    assert sides.recorded(INCIDENT_MANAGER, 1002) == sides.shown(INCIDENT_MANAGER, 1002) == [CAROL]
    sides.assert_quiet()
