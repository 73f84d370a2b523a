"""A record that cannot be written is read all the same; what is no file of ours is left alone."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from dd_incident_roles.errors import RecordError, RecordReadOnly
from dd_incident_roles.model import PersonKey
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.sqlite import SqliteDatabase
from tests.store.samples import CAROL, ONE, clock, opening

ROOT: Final = Path(__file__).parents[2]
NOBODY: Final = 65534
UNSHARE: Final = shutil.which("unshare") or ""
SHELL: Final = shutil.which("sh") or ""

READ: Final = """
import resource, signal, sys
from dd_incident_roles.errors import RecordReadOnly
from dd_incident_roles.store.opening import open_record
from tests.store.samples import ONE, clock, incident, opening
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if "limited" in sys.argv:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
with open_record(sys.argv[1], clock=clock, reads_only="writing" not in sys.argv) as record:
    record.remember(incident(), {}, clock())
    record.put_cached("kind", "key", "value")
    print(*(row.id for row in record.assignments(ONE)), sep=",")
    print(record.unnoted)
    try:
        record.commit(ONE, "datadog", [opening("a2", person="bo@corp.example")])
    except RecordReadOnly as error:
        print("not written:", error)
"""
"""A command that reads, notes what it saw, and then wants to write."""

FULL: Final = (
    'mount -t tmpfs -o size=2m t "$0" && cp "$2"* "$0"; cat /dev/zero > "$0/z" 2> /dev/null'
)
READ_ONLY: Final = 'mount -t tmpfs t "$0" && cp "$2"* "$0" && mount -o remount,ro "$0"'
EMPTY_READ_ONLY: Final = 'mount -t tmpfs -o ro t "$0"'


def can_mount() -> bool:
    done = subprocess.run(
        [UNSHARE, "-rm", SHELL, "-c", "mount -t tmpfs t /mnt"], check=False, capture_output=True
    )
    return done.returncode == 0


mounting = pytest.mark.skipif(not (UNSHARE and can_mount()), reason="needs a mount of its own")
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


@pytest.fixture
def kept(location: Path) -> Path:
    """A record that holds one assignment."""
    with open_record(str(location), clock=clock) as record:
        record.commit(ONE, "datadog", [opening()])
    return location


def read(path: Path, *how: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), *how],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).splitlines()


def read_below(mount: str, place: Path, source: Path, *how: str) -> list[str]:
    """Read the copy of a record on a disk of its own, which is gone with the process."""
    place.mkdir()
    script = f'{mount}; "$1" -c "$3" "$0/record.db" {" ".join(how)}'
    done = subprocess.run(
        [UNSHARE, "-rm", SHELL, "-c", script, place, sys.executable, source, READ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).splitlines()


@mounting
@pytest.mark.parametrize(
    ("mount", "why"), [(FULL, "is full"), (READ_ONLY, "cannot be")], ids=["full", "read-only"]
)
def test_what_only_reads_works_without_writing(
    kept: Path, tmp_path: Path, mount: str, why: str
) -> None:
    """On a full or read-only disk the record is read, nothing is noted, and a write says why."""
    shown, unnoted, written = read_below(mount, tmp_path / "disk", kept)
    assert shown == "a1"
    assert why in unnoted
    assert written == f"not written: {unnoted}"


@mounting
@pytest.mark.parametrize("mount", [FULL, READ_ONLY], ids=["full", "read-only"])
def test_what_stands_in_the_log_is_read_too(kept: Path, tmp_path: Path, mount: str) -> None:
    """What a program wrote that did not live to close the record is read from its log."""
    with open_record(str(kept), clock=clock) as record:
        record.commit(ONE, "datadog", [opening("a3", person=CAROL)])
        shown, *_ = read_below(mount, tmp_path / "disk", kept)
    assert shown == "a1,a3"


@mounting
def test_no_record_on_a_read_only_disk(kept: Path, tmp_path: Path) -> None:
    """Where no record can be made, what only reads knows nothing and goes on."""
    shown, unnoted, written = read_below(EMPTY_READ_ONLY, tmp_path / "disk", kept)
    assert shown == ""
    assert "Read-only file system" in unnoted
    assert written.startswith("not written: ")


@mounting
def test_what_writes_is_told_at_once(kept: Path, tmp_path: Path) -> None:
    """A command that would write fails as it opens a record on a read-only disk."""
    *_, last = read_below(READ_ONLY, tmp_path / "disk", kept, "writing")
    assert last.startswith("dd_incident_roles.errors.RecordReadOnly: The record")


def test_a_limit_of_file_sizes_is_like_a_full_disk(kept: Path) -> None:
    """Where no byte may be written, the record is read all the same."""
    shown, unnoted, written = read(kept, "limited")
    assert shown == "a1"
    assert "could not be written" in unnoted
    assert written == f"not written: {unnoted}"


def test_a_write_that_finds_no_room_is_called_that(kept: Path) -> None:
    """A record that opens and then is full lets go of notes, and refuses what has to be kept."""
    database = SqliteDatabase(kept, busy_seconds=0)
    with SqlRecord(database, clock=clock, reads_only=True) as record:
        with database.read() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        record.put_cached("kind", "key", "x" * 100_000)
        assert "is full" in str(record.unnoted)
        with pytest.raises(RecordReadOnly, match="is full"):
            record.commit(ONE, "datadog", [opening("a2", person=PersonKey("b" * 100_000))])
        assert [row.id for row in record.assignments(ONE)] == ["a1"]


@pytest.mark.parametrize("mode", [0o444, 0o640])
def test_making_private_gives_no_right_back(kept: Path, mode: int) -> None:
    """Others lose their rights; a record that its owner made read-only stays read-only."""
    kept.chmod(mode)
    open_record(str(kept), clock=clock, reads_only=True).close()
    assert stat.S_IMODE(kept.stat().st_mode) == mode & 0o700


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_read_and_not_written(kept: Path) -> None:
    """A record without the permission to write is read, and a command that writes is refused."""
    kept.chmod(0o400)
    shown, unnoted, written = read(kept)
    assert shown == "a1"
    assert "No permission to write" in unnoted
    assert written == f"not written: {unnoted}"


def make_pipe(path: Path) -> None:
    os.mkfifo(path, 0o666)


def make_socket(path: Path) -> None:
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)  # because the path of a socket must be short


def link_to_device(path: Path) -> None:
    path.symlink_to(os.devnull)


def link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


@pytest.mark.parametrize("reads_only", [False, True])
@pytest.mark.parametrize("make", [make_pipe, make_socket, link_to_device])
def test_only_a_regular_file_is_a_record(
    tmp_path: Path, make: Callable[[Path], None], reads_only: bool
) -> None:
    """A device, pipe or socket is refused by name, and keeps its mode; nothing appears beside."""
    path = tmp_path / "record.db"
    make(path)
    before = path.stat().st_mode
    with pytest.raises(RecordError, match=r"is a (pipe|socket|device), not a regular file"):
        open_record(str(path), clock=clock, reads_only=reads_only)
    assert path.stat().st_mode == before
    assert [each.name for each in tmp_path.iterdir()] == ["record.db"]


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_a_link_in_the_place_of_a_companion_is_not_written_through(
    kept: Path, tmp_path: Path, suffix: str
) -> None:
    """What SQLite would keep beside the record is not written where a stranger's link points."""
    (tmp_path / "precious").write_text("precious")
    kept.with_name(kept.name + suffix).symlink_to(tmp_path / "precious")
    with pytest.raises(RecordError, match=rf"record\.db{suffix} is a link"):
        open_record(str(kept), clock=clock)
    assert (tmp_path / "precious").read_text() == "precious"


@only_root
@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_record_of_somebody_else_is_left_alone(kept: Path, suffix: str) -> None:
    """A file of another user is neither believed nor taken away from anybody."""
    theirs = kept.with_name(kept.name + suffix)
    theirs.touch()
    theirs.chmod(0o666)
    os.chown(theirs, NOBODY, NOBODY)
    with pytest.raises(RecordError, match=rf"belongs to another user \(uid {NOBODY}"):
        open_record(str(kept), clock=clock, reads_only=True)
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o666


@pytest.mark.parametrize("make", [make_pipe, link_to_device, link_to_nothing, Path.mkdir])
def test_only_a_regular_file_is_a_lock(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """What lies in the place of the lock is refused by name, and neither followed nor changed."""
    path = tmp_path / "record.db.lock"
    make(path)
    before = path.lstat().st_mode, path.exists() and path.stat().st_mode
    database = SqliteDatabase(tmp_path / "record.db", busy_seconds=0)
    lock = database.run_lock(clock=clock)
    with pytest.raises(RecordError, match=r"record\.db\.lock is a (pipe|link|folder)"), lock:
        pass
    assert before == (path.lstat().st_mode, path.exists() and path.stat().st_mode)
