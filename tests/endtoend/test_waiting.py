"""Datadog takes connections and does not answer: nobody waits for long, and nothing is lost."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.cli.program import start
from tests.endtoend.agreement import (
    BO,
    CAROL,
    DAN,
    EVE,
    INCIDENT_MANAGER,
    RESPONDERS_PATH,
    SCRIBE,
    Sides,
)
from tests.product import Product, Ran, interrupt_after

INTERRUPTED = 130
PATIENCE_SECONDS = 60
IMPATIENT = {"DD_INCIDENT_ROLES_TIMEOUT": "0.2"}
ON = {"DD_INCIDENT_ROLES_TIMELINE": "auto"}


@contextmanager
def waiting(sides: Sides, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command in a terminal of its own that Datadog keeps waiting."""
    with start(*arguments, **{**sides.product.settings, **ON}) as process:
        assert sides.sandbox.hangs.wait_for(1, timeout_seconds=PATIENCE_SECONDS)
        yield process


def interrupted(sides: Sides, *arguments: str) -> Ran:
    """What a command says that is ended by Ctrl-C while Datadog keeps it waiting."""
    with waiting(sides, *arguments) as process:
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    return Ran(exit_code=process.returncode, stdout=stdout, stderr=stderr)


@pytest.fixture
def hanging(sides: Sides) -> Sides:
    """Both sides in agreement, and from then on a Datadog that does not answer."""
    sides.sandbox.fault(FaultKind.HANG_BEFORE, count=None)
    return sides


@pytest.mark.parametrize("arguments", [("status",), ("status", "1001", "1002"), ("check", "1001")])
def test_ctrl_c_ends_a_reading_at_once(hanging: Sides, arguments: tuple[str, ...]) -> None:
    """The first Ctrl-C ends it although Datadog never answers, in however many threads."""
    ran = interrupted(hanging, *arguments)
    assert (ran.exit_code, ran.stdout) == (INTERRUPTED, "")
    assert ran.stderr.splitlines()[-1] == "Interrupted. Nothing was recorded."
    assert "Traceback" not in ran.stderr


def test_a_note_is_recorded_before_anything_is_asked(hanging: Sides) -> None:
    """What was typed while Datadog hangs is kept, and said to be, and goes with the next sync."""
    ran = interrupted(hanging, "timeline", "add", "1001", "paged the database team")
    assert ran.exit_code == INTERRUPTED
    assert "It is recorded here; the next sync carries it to Datadog." in ran.stderr
    hanging.sandbox.clear_faults()
    hanging.run("sync", **ON)
    assert len([t for t in hanging.sandbox.notes(1001) if "paged the database team" in t]) == 1


def test_a_killed_note_is_kept(hanging: Sides) -> None:
    """Even a process that is killed while it waits has recorded the note."""
    with waiting(hanging, "timeline", "add", "1001", "typed in a hurry") as process:
        process.kill()
    with hanging.product.record() as record:
        [entry] = record.entries(hanging.incident_id())
    assert entry.text == "typed in a hurry"


def test_an_assignment_is_recorded_before_the_incident_is_read(sides: Sides) -> None:
    """Who was given a role is recorded when the person is known, whatever Datadog does then."""
    sides.sandbox.fault(FaultKind.HANG_BEFORE, path=sides.incident_id(), count=None)
    with waiting(sides, "assign", "1001", "im", BO) as process:
        # The incident is asked for while the person is.
        while sides.recorded(INCIDENT_MANAGER) != [BO]:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    ran = Ran(exit_code=process.returncode, stdout=stdout, stderr=stderr)
    assert ran.exit_code == INTERRUPTED
    assert "It is recorded here; the next sync carries it to Datadog." in ran.stderr
    assert sides.recorded(INCIDENT_MANAGER) == [BO]
    sides.sandbox.clear_faults()
    sides.run("sync")
    sides.assert_agreed(INCIDENT_MANAGER, [BO])


@pytest.mark.parametrize(
    ("table", "arguments"),
    [
        ("assignments", ("assign", "1001", "im", BO)),
        ("entries", ("timeline", "add", "1001", "paged the database team")),
        ("devised_roles", ("roles", "devise", "1001", "Network Liaison")),
    ],
)
def test_ctrl_c_right_after_a_commit(sides: Sides, table: str, arguments: tuple[str, ...]) -> None:
    """What is recorded in that moment is not denied, and the pool of connections says nothing."""
    sides.run("sync", **ON)
    with interrupt_after(table):
        ran = sides.product.run(*arguments, **ON)
    assert ran.exit_code == INTERRUPTED
    said = "Interrupted. It is recorded here; the next sync carries it to Datadog."
    assert ran.stderr.split("\n") == ["", said, ""]
    # So it is: the next one has something to do.
    assert sides.run("sync", "--format", "json", **ON).json()["changes"]


def test_an_interrupted_write_is_said_to_be_in_doubt(sides: Sides) -> None:
    """Once something was sent, nobody claims to know whether it arrived; the next sync looks."""
    sides.sandbox.fault(FaultKind.HANG_AFTER, method="PATCH")
    ran = interrupted(sides, "assign", "1001", "im", BO)
    assert ran.exit_code == INTERRUPTED
    assert "It is recorded here; the next sync checks how much of it Datadog has." in ran.stderr
    sides.sandbox.clear_faults()
    sides.run("sync")
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.count("PATCH") == 1


def test_a_second_step_that_is_interrupted_does_not_deny_the_first(sides: Sides) -> None:
    """The role is recorded before Datadog defines it, and stays so whatever comes of that."""
    sides.run("sync", **ON)
    path = rf"/incidents/{sides.incident_id()}(\?|$)"
    # Read once to record the role, and again once it is defined.
    sides.sandbox.fault(FaultKind.HANG_BEFORE, method="GET", path=path, nth=2, count=None)
    ran = interrupted(sides, "roles", "devise", "1001", "Network Liaison", "--define")
    assert ran.exit_code == INTERRUPTED
    assert "Nothing was recorded" not in ran.stderr
    assert "It is recorded here" in ran.stderr


def test_a_command_says_what_it_waits_for(hanging: Sides) -> None:
    """After a second a line names the host, and the answer may still come."""
    with waiting(hanging, "status", "1001") as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("Waiting for 127.0.0.1:")
        assert ": reading " in line
        hanging.sandbox.clear_faults()
        stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert stderr == ""
    assert "Incident Manager" in stdout


def test_the_present_is_what_a_command_is_about(sides: Sides) -> None:
    """Recorded first, and all the same about what Datadog shows by then: nobody is passed over."""
    sides.sandbox.set_commander(1001, DAN)
    ran = sides.run("assign", "1001", "im", EVE, **ON)
    assert "Eve is Incident Manager of IR-1001 now, after Dan" in ran.stdout
    sides.assert_agreed(INCIDENT_MANAGER, [EVE])
    told = [note for note in sides.sandbox.notes(1001) if "Incident Manager" in note]
    assert len(told) == 1
    assert "Dan" in told[0]


def test_what_was_not_done_is_not_said_to_be_done(sides: Sides) -> None:
    """Datadog is changed while an assignment is carried there: whoever stands is named, exit 3.

    Who is a responder by now is read again after a responder was added.
    """
    sides.sandbox.fault(FaultKind.HANG_BEFORE, method="GET", path=RESPONDERS_PATH, nth=2)
    with waiting(sides, "assign", "1001", "scribe", DAN) as process:
        sides.sandbox.give_role(1001, "Scribe", CAROL)
        sides.sandbox.clear_faults()
        stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 3, stderr
    assert stdout.startswith("Carol is Scribe of IR-1001, not Dan. Datadog was changed")
    assert "dd-incident-roles assign 1001 scribe PERSON" in stderr
    assert sides.recorded(SCRIBE) == sides.shown(SCRIBE) == [CAROL]


def test_people_do_not_queue_behind_a_run(sides: Sides) -> None:
    """While a run waits for Datadog over another incident, a command goes through."""
    other = sides.sandbox.incident(1002).id
    sides.run("assign", "1002", "scribe", CAROL, "--no-sync")
    sides.sandbox.fault(FaultKind.HANG_BEFORE, path=other, count=None)
    run = sides.product.start("sync")
    try:
        assert sides.sandbox.hangs.wait_for(1)
        sides.run("assign", "1001", "im", BO)
        sides.assert_agreed(INCIDENT_MANAGER, [BO])
        sides.sandbox.clear_faults()
        run.join(PATIENCE_SECONDS)
        assert run.exitcode == 0
    finally:
        run.kill()
        run.join()
    sides.assert_quiet()


def test_a_new_record_reads_accounts_at_once(product: Product, sides: Sides) -> None:
    """Accounts that no answer brings along are read side by side, not one after the other."""
    for person, role in ((CAROL, "Scribe"), (DAN, "Tech Lead"), (EVE, "Backup Incident Manager")):
        sides.sandbox.give_role(1001, role, person)
    sides.sandbox.switch(responders_included=False)
    sides.sandbox.fault(FaultKind.HANG_BEFORE, path="/users/", count=None)
    run = product.beside("fresh.sqlite3").start("sync", "1001")
    try:
        assert sides.sandbox.hangs.wait_for(2)
    finally:
        run.kill()
        run.join()
