"""The scripts of the scheduled job: the record is kept, and never replaced silently."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.workflows.definitions import SCRIPTS
from tests.workflows.runner import Ran, Runner

SYNC = SCRIPTS / "sync.sh"
OPEN = SCRIPTS / "open-record.sh"
SEAL = SCRIPTS / "seal-record.sh"
PASSPHRASE = "correct horse 'battery' $(staple)"
CONTENT = b"SQLite format 3\x00 Checkout fails, Ana is Incident Manager"

sealing = pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg, as runners have it")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    made = Runner(folder=tmp_path)
    made.prepare({"sync": (0, None)})
    return made


def synced(runner: Runner, record: Path, **variables: str) -> Ran:
    """What one run of the sync comes to."""
    return runner.run(SYNC, DD_INCIDENT_ROLES_STORE=str(record), **variables)


def opened(runner: Runner, record: Path, passphrase: str = PASSPHRASE) -> Ran:
    """What opening the sealed record comes to."""
    return runner.run(OPEN, **_files(runner, record), PASSPHRASE=passphrase)


def sealed(runner: Runner, record: Path, passphrase: str = PASSPHRASE) -> Ran:
    """What sealing the record comes to."""
    return runner.run(SEAL, **_files(runner, record), PASSPHRASE=passphrase)


def _files(runner: Runner, record: Path) -> dict[str, str]:
    return {
        "DD_INCIDENT_ROLES_STORE": str(record),
        "SEALED": str(runner.folder / "record.gpg"),
    }


def a_record(runner: Runner) -> Path:
    """A record as a run that was killed leaves it: with a log and a lock beside it."""
    record = runner.folder / "record" / "record.sqlite3"
    record.parent.mkdir()
    record.write_bytes(CONTENT)
    record.with_name("record.sqlite3-wal").write_bytes(b"not yet in the file")
    record.with_name("record.sqlite3.lock").write_bytes(b"")
    return record


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (2, 2), (3, 3), (4, 4), (70, 70), (75, 0)])
def test_the_code_of_the_sync_is_kept(runner: Runner, code: int, expected: int) -> None:
    """The job ends as the sync did; that another run does the work is no failure."""
    runner.prepare({"sync": (code, None)})
    assert synced(runner, a_record(runner)).exit_code == expected
    assert [call["argv"] for call in runner.calls()] == [["sync"]]


@pytest.mark.parametrize("begin", ["", "true"])
def test_a_folder_that_is_missing_is_not_made(runner: Runner, begin: str) -> None:
    """A disk that is not mounted stops the job, even where a new record is wanted."""
    ran = synced(runner, runner.folder / "nowhere" / "record.sqlite3", BEGIN=begin)
    assert ran.exit_code == 2
    assert "does not exist on this runner" in ran.log
    assert not (runner.folder / "nowhere").exists()
    assert not (runner.folder / "calls.jsonl").exists()


@pytest.mark.parametrize("begin", ["", "false"])
def test_a_lost_record_is_not_replaced(runner: Runner, begin: str) -> None:
    """Without a record nothing is synced, and the message says how to begin one."""
    ran = synced(runner, runner.folder / "record.sqlite3", BEGIN=begin)
    assert ran.exit_code == 2
    assert "by hand with 'begin'" in ran.log
    assert not (runner.folder / "calls.jsonl").exists()


def test_a_new_record_is_begun_by_hand(runner: Runner) -> None:
    """Somebody who says so gets a run without a record."""
    assert synced(runner, runner.folder / "record.sqlite3", BEGIN="true").exit_code == 0


@sealing
def test_a_sealed_record_comes_back_whole(runner: Runner) -> None:
    """What was sealed is opened again on another machine, its log included and its lock not."""
    record = a_record(runner)
    ran = sealed(runner, record)
    assert (ran.exit_code, ran.outputs) == (0, {"sealed": "true"})
    shutil.rmtree(record.parent)
    assert opened(runner, record).exit_code == 0
    assert record.read_bytes() == CONTENT
    names = {file.name for file in record.parent.iterdir()}
    assert names == {"record.sqlite3", "record.sqlite3-wal"}
    assert record.parent.stat().st_mode & 0o077 == 0


@sealing
def test_a_sealed_record_tells_nothing(runner: Runner) -> None:
    """Neither the record nor the passphrase can be read from the file or the log."""
    ran = sealed(runner, a_record(runner))
    assert b"Ana" not in (runner.folder / "record.gpg").read_bytes()
    assert "horse" not in ran.log


@sealing
@pytest.mark.parametrize("change", ["another passphrase", "a changed byte", "another file"])
def test_what_was_not_sealed_by_us_is_refused(runner: Runner, change: str) -> None:
    """A forged record stops the job before the sync could carry it to Datadog."""
    record, file = a_record(runner), runner.folder / "record.gpg"
    sealed(runner, record, "another" if change == "another passphrase" else PASSPHRASE)
    content = bytearray(file.read_bytes())
    content[-1] ^= change == "a changed byte"
    file.write_bytes(record.read_bytes() if change == "another file" else bytes(content))
    shutil.rmtree(record.parent)
    ran = opened(runner, record)
    assert ran.exit_code == 2
    assert "cannot be opened" in ran.log
    assert list(record.parent.iterdir()) == []


def test_without_a_passphrase_nothing_is_taken_from_the_cache(runner: Runner) -> None:
    """The first run already says that the secret is missing, before there is anything to seal."""
    ran = opened(runner, runner.folder / "record" / "record.sqlite3", "")
    assert ran.exit_code == 2
    assert "INCIDENT_ROLES_PASSPHRASE is not set" in ran.log


def test_an_empty_cache_is_told(runner: Runner) -> None:
    """Opening finds nothing, and leaves it to the sync to refuse."""
    ran = opened(runner, runner.folder / "record" / "record.sqlite3")
    assert ran.exit_code == 0
    assert "holds no record" in ran.log


def test_nothing_is_sealed_where_there_is_no_record(runner: Runner) -> None:
    """A run that made no record leaves the cache as it is."""
    ran = sealed(runner, runner.folder / "record.sqlite3")
    assert (ran.exit_code, ran.outputs) == (0, {})


@pytest.mark.parametrize("wheel", ["missing.whl", "--index-url=https://index.example", "$(id)"])
def test_only_a_wheel_is_installed(runner: Runner, wheel: str) -> None:
    """What does not name a wheel that is there is refused before anything is installed."""
    ran = runner.run(SCRIPTS / "install.sh", WHEEL=wheel)
    assert ran.exit_code == 2
    assert f"The wheel '{wheel}' is no file" in ran.log
    assert not (runner.folder / "dd-incident-roles").exists()
