"""A record that another run has, that cannot be written, that moves, and that remembers runs."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.store.seen import RUNS_KEPT
from dd_incident_roles.sync.plan import PastRun
from tests.endtoend.agreement import BO, CAROL, DAN, INCIDENT_MANAGER, SCRIBE, Sides
from tests.product import Clock, Product, Ran

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


@pytest.mark.usefixtures("timeline_on")
def test_the_new_record_goes_on_where_the_old_one_was(sides: Sides) -> None:
    """What waits is carried by the new record, once; for the rest there is nothing to do."""
    sides.run("assign", "1001", "scribe", CAROL)
    sides.run("note", "1001", "Paged the DBA")
    sides.run("assign", "1001", "scribe", DAN, "--no-sync")
    file = sides.product.store.with_name("moved.jsonl")
    told = sides.run("record", "export", str(file)).stderr
    assert "record import" in told
    assert "Sync with one of the two records from now on" in told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    new = sides.beside("new.sqlite3")
    ran = new.run("record", "import", str(file))
    assert "Imported 2 incidents, 3 entries, 3 people" in ran.stdout
    assert "Move the old one away" in ran.stderr
    again = file.with_name("again.jsonl")
    new.run("record", "export", str(again))
    assert again.read_bytes() == file.read_bytes()
    new.run("sync")
    new.assert_agreed(SCRIBE, [DAN])
    new.assert_quiet()


def test_nothing_is_done_for_a_record_in_agreement(sides: Sides) -> None:
    """The first sync of the new record writes nothing, and finds nothing to record."""
    file = sides.product.store.with_name("moved.jsonl")
    sides.run("record", "export", str(file))
    new = sides.beside("new.sqlite3")
    new.run("record", "import", str(file))
    new.assert_quiet()


def test_a_record_is_exported_beside_a_run(sides: Sides) -> None:
    """A sync that Datadog keeps waiting is not waited for; an import into its record is refused."""
    file = sides.product.store.with_name("moved.jsonl")
    sides.sandbox.fault(FaultKind.HANG_BEFORE)
    run = sides.product.start("sync")
    try:
        assert sides.sandbox.hangs.wait_for(1)
        sides.run("record", "export", str(file))
        told = sides.end_with(75, "record", "import", str(file)).stderr
        assert f"process {run.pid}" in told
    finally:
        run.kill()
        run.join()


def test_a_record_is_piped(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through stdout and stdin, without a file; what is wrong with it is called stdin."""
    text = sides.run("record", "export", "-").stdout
    new = sides.beside("new.sqlite3")
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text[:-10].encode())))
    assert "stdin: was cut" in new.end_with(2, "record", "import", "-").stderr
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))
    new.run("record", "import", "-")
    assert new.run("record", "export", "-").stdout == text


def test_what_cannot_be_read_is_named(offline: Product, tmp_path: Path) -> None:
    """A record that there is not is none to export, and none is made for it."""
    ran = offline.run("record", "export", "-", "--store", str(offline.store))
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert f"There is no record at {offline.store}" in ran.stderr
    assert not offline.store.exists()
    for file, said in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        ran = offline.run("record", "import", str(file), "--store", str(offline.store))
        assert ran.exit_code == 2
        assert f"{file} cannot be read: {said}" in ran.stderr


def runs_of(product: Product) -> tuple[PastRun, ...]:
    with product.record() as record:
        return record.last_runs()


def test_each_run_over_everything_is_remembered(
    product: Product, sandbox: Sandbox, clock: Clock
) -> None:
    """What the last run did and when, and what failed in one that came to nothing."""
    began = clock()
    assert product.run("sync").exit_code == 0
    [run] = runs_of(product)
    assert (run.exit_code, run.is_complete, run.failures) == (0, True, {})
    assert run.incidents == len(sandbox.world.incidents)
    assert began <= run.began <= run.finished <= clock()
    clock.move(minutes=1)
    sandbox.fault(FaultKind.HTML, path="/incidents/search", count=None)
    assert product.run("sync").exit_code == 3
    failed, before = runs_of(product)
    assert before == run
    assert (failed.exit_code, failed.is_complete, failed.incidents) == (3, False, 0)
    assert failed.failures == {"datadog UnexpectedAnswer": 1}


def test_an_incident_that_fails_is_counted_by_kind(product: Product, sandbox: Sandbox) -> None:
    """Of a run over everything it is kept what failed, and nothing of what it was about."""
    sandbox.fault(FaultKind.HTML, path=".*/responders", count=None)
    assert product.run("sync").exit_code == 3
    [run] = runs_of(product)
    assert dict(run.failures) == {"datadog UnexpectedAnswer": run.incidents}


def test_what_is_no_run_over_everything_is_not_remembered(product: Product) -> None:
    """A dry run, named incidents, a query, and wrong usage leave no trace among the runs."""
    product.run("sync", "--dry-run")
    product.run("sync", "1001")
    product.run("sync", "--query", "state:active")
    assert product.run("sync", "1001", "--query", "state:active").exit_code == 2
    assert runs_of(product) == ()


def test_only_the_last_runs_are_kept(product: Product, clock: Clock) -> None:
    """The oldest makes room for the newest, and they come newest first."""
    product.run("sync")
    with product.record() as record:
        for number in range(RUNS_KEPT + 3):
            at = clock()
            record.note_run(PastRun(began=at, finished=at, exit_code=0, incidents=number))
            clock.move(seconds=30)
        numbers = [each.incidents for each in record.last_runs()]
    assert numbers == list(reversed(range(3, RUNS_KEPT + 3)))
