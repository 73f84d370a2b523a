"""The scripts of the scheduled job: the record is kept, and never replaced silently."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.workflows.runner import SCRIPTS, Ran, Runner

SYNC, OPEN, SEAL = "sync.sh", "open-record.sh", "seal-record.sh"
PASSPHRASE = "correct horse 'battery' $(staple)"
CONTENT = b"SQLite format 3\x00 Checkout fails, Ana is Incident Manager"

sealing = pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg, as runners have it")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    made = Runner(folder=tmp_path)
    made.prepare({"sync": (0, None)})
    return made


def ran_with(runner: Runner, script: str, record: Path, **variables: str) -> Ran:
    """What a script of the job comes to, with the record and the passphrase of that job."""
    return runner.run(
        SCRIPTS / script,
        **{
            "DD_INCIDENT_ROLES_STORE": str(record),
            "SEALED": str(runner.folder / "record.gpg"),
            "PASSPHRASE": PASSPHRASE,
            **variables,
        },
    )


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
    assert ran_with(runner, SYNC, a_record(runner)).exit_code == expected
    assert [call["argv"] for call in runner.calls()] == [["sync"]]


@pytest.mark.parametrize(
    ("place", "begin", "said"),
    [
        ("nowhere/record.sqlite3", "", "does not exist on this runner"),
        ("nowhere/record.sqlite3", "true", "does not exist on this runner"),
        ("record.sqlite3", "", "by hand with 'begin'"),
        ("record.sqlite3", "false", "by hand with 'begin'"),
    ],
)
def test_a_lost_record_is_not_replaced(runner: Runner, place: str, begin: str, said: str) -> None:
    """Without a record nothing is synced, and the message says how to begin one.

    A disk that is not mounted stops the job, even where a new record is wanted.
    """
    ran = ran_with(runner, SYNC, runner.folder / place, BEGIN=begin)
    assert ran.exit_code == 2
    assert said in ran.log
    assert not (runner.folder / "nowhere").exists()
    assert not (runner.folder / "calls.jsonl").exists()


def test_a_new_record_is_begun_by_hand(runner: Runner) -> None:
    """Somebody who says so gets a run without a record."""
    assert ran_with(runner, SYNC, runner.folder / "record.sqlite3", BEGIN="true").exit_code == 0


@sealing
def test_a_sealed_record_comes_back_whole(runner: Runner) -> None:
    """What was sealed is opened again on another machine, its log included and its lock not.

    Neither the record nor the passphrase can be read from the file or the log.
    """
    record = a_record(runner)
    ran = ran_with(runner, SEAL, record)
    assert (ran.exit_code, ran.outputs) == (0, {"sealed": "true"})
    assert b"Ana" not in (runner.folder / "record.gpg").read_bytes()
    assert "horse" not in ran.log
    shutil.rmtree(record.parent)
    assert ran_with(runner, OPEN, record).exit_code == 0
    assert record.read_bytes() == CONTENT
    names = {file.name for file in record.parent.iterdir()}
    assert names == {"record.sqlite3", "record.sqlite3-wal"}
    assert record.parent.stat().st_mode & 0o077 == 0


@sealing
@pytest.mark.parametrize("change", ["another passphrase", "a changed byte", "another file"])
def test_what_was_not_sealed_by_us_is_refused(runner: Runner, change: str) -> None:
    """A forged record stops the job before the sync could carry it to Datadog."""
    record, file = a_record(runner), runner.folder / "record.gpg"
    other = {"PASSPHRASE": "another"} if change == "another passphrase" else {}
    ran_with(runner, SEAL, record, **other)
    content = bytearray(file.read_bytes())
    content[-1] ^= change == "a changed byte"
    file.write_bytes(record.read_bytes() if change == "another file" else bytes(content))
    shutil.rmtree(record.parent)
    ran = ran_with(runner, OPEN, record)
    assert ran.exit_code == 2
    assert "cannot be decrypted" in ran.log
    assert list(record.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "passphrase", "expected", "said"),
    [
        (OPEN, "", 2, "INCIDENT_ROLES_PASSPHRASE is not set"),
        (OPEN, PASSPHRASE, 0, "no record in the cache"),
        (SEAL, PASSPHRASE, 0, ""),
    ],
    ids=["no passphrase", "an empty cache", "nothing to seal"],
)
def test_the_first_run_has_no_record(
    runner: Runner, script: str, passphrase: str, expected: int, said: str
) -> None:
    """It says that the secret is missing; an empty cache is told, and stays as it is."""
    ran = ran_with(runner, script, runner.folder / "record.sqlite3", PASSPHRASE=passphrase)
    assert (ran.exit_code, ran.outputs) == (expected, {})
    assert said in ran.log


@pytest.mark.parametrize("wheel", ["missing.whl", "--index-url=https://index.example", "$(id)"])
def test_only_a_wheel_is_installed(runner: Runner, wheel: str) -> None:
    """What does not name a wheel that is there is refused before anything is installed."""
    ran = runner.run(SCRIPTS / "install.sh", WHEEL=wheel)
    assert ran.exit_code == 2
    assert f"The wheel '{wheel}' is not a .whl file" in ran.log
    assert not (runner.folder / "dd-incident-roles").exists()
