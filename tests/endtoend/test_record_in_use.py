"""A record that another run has, or that cannot be written at all."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import BO, CAROL, INCIDENT_MANAGER, SCRIBE, Sides
from tests.product import Product, Ran

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
    """A sync beside another one exits with 75 at once and says which process runs.

    Reading needs no lock, and the first goes on to its end as if alone.
    """
    asked = len(sides.sandbox.requests.entries)
    ran = sides.product.run("sync")
    assert (ran.exit_code, ran.stdout) == (ANOTHER_HOLDS_THE_LOCK, "")
    assert f"process {first.pid}" in ran.stderr
    assert len(sides.sandbox.requests.entries) == asked
    sides.run("status")
    sides.run("check", "--fail-on", "never")
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
    sides.run("sync")
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


NOTHING_NOTED = "Nothing of what was seen could be noted there."


def on_full_disk(product: Product, *arguments: str) -> Ran:
    """Run a command that may not write a byte to any file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        return product.run(*arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


READERS = (
    ("status", "1001"),
    ("check", "1001", "--fail-on", "never"),
    ("history", "1001"),
    ("timeline", "list", "1001"),
    ("snapshot", "1001"),
    ("suggest", "1001", "scribe"),
)


def test_what_only_reads_goes_on(sides: Sides) -> None:
    """It exits with 0, shows what is recorded, and says that nothing could be noted."""
    sides.run("assign", "1001", "scribe", CAROL)
    for arguments in READERS:
        ran = on_full_disk(sides.product, *arguments)
        assert (arguments, ran.exit_code) == (arguments, 0), ran.stderr
        assert NOTHING_NOTED in ran.stderr
        assert "Datadog could not be read" not in ran.said
        if arguments[0] in {"status", "history"}:
            assert "Scribe" in ran.stdout


def test_what_writes_does_nothing_at_all(sides: Sides, sandbox: Sandbox) -> None:
    """Without a record of what is about to be done, nothing is done in Datadog."""
    ran = on_full_disk(sides.product, "assign", "1001", "scribe", "carol@corp.example")
    assert ran.exit_code == 3
    assert "record" in ran.stderr
    assert "could not be written" in ran.stderr
    assert not sandbox.requests.writes()


def test_no_record_at_all(product: Product) -> None:
    """Where none can be begun, `status` shows what Datadog shows."""
    ran = on_full_disk(product, "status", "1001")
    assert ran.exit_code == 0, ran.stderr
    assert "Incident Manager" in ran.stdout
    assert NOTHING_NOTED in ran.stderr
    assert not product.store.exists()
