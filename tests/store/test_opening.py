"""Opening the record: made safely, private, and never at the cost of a file that is there."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from dd_incident_roles.errors import ConfigurationError, RecordError
from dd_incident_roles.store.database import Database, Part
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.sqlite import make_private
from dd_incident_roles.sync.targets import Record
from tests.store.samples import ONE, clock, in_a_file, opening

ROOT = Path(__file__).parents[2]


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {each.name: oct(stat.S_IMODE(each.stat().st_mode)) for each in folder.iterdir()}


def test_the_record_is_what_the_engine_needs(record: SqlRecord) -> None:
    """The store satisfies the engine's port."""
    port: Record = record
    assert port.state(ONE, "datadog").version == 0


@pytest.mark.parametrize("mask", [0, 0o022, 0o177])
def test_files_are_for_their_owner_only(tmp_path: Path, mask: int) -> None:
    """Whatever the umask, the record, its two companions and every new folder are private."""
    path = tmp_path / "a" / "b" / "record.db"
    if mask & 0o100:  # a mask that takes the owner's own folders away
        path.parent.mkdir(parents=True)
    with umask(mask), open_record(str(path), clock=clock) as record:
        record.put_cached("kind", "key", "value")
        assert modes(path.parent) == {
            "record.db": "0o600",
            "record.db-wal": "0o600",
            "record.db-shm": "0o600",
        }
    if not mask & 0o100:
        assert modes(tmp_path) == {"a": "0o700"}
        assert modes(tmp_path / "a") == {"b": "0o700"}


def test_a_record_that_others_could_read_is_taken_away_from_them(location: Path) -> None:
    """A record that was copied with loose permissions is private once it was opened."""
    open_record(str(location), clock=clock).close()
    location.chmod(0o644)
    with open_record(str(location), clock=clock) as record:
        record.put_cached("kind", "key", "value")
        assert set(modes(location.parent).values()) == {"0o600"}


@in_a_file
def test_safe_against_loss_of_power(record: SqlRecord, database: Database) -> None:
    """Every connection writes ahead, waits for the disk, and holds rows to what they belong to."""
    with database.write(Part.EVERYTHING) as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert asked == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10000,
    }


def test_a_copy_made_without_the_log_gets_it_again(location: Path) -> None:
    """A record that was restored by SQLite's own tools is written ahead again."""
    open_record(str(location), clock=clock).close()
    with closing(sqlite3.connect(location)) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
    open_record(str(location), clock=clock).close()
    with closing(sqlite3.connect(location)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_looking_only_makes_nothing(location: Path) -> None:
    """Without leave to create, a missing record is an error and stays missing."""
    with pytest.raises(RecordError, match=r"no record at .*record\.db") as refused:
        open_record(str(location), clock=clock, create=False)
    assert refused.value.exit_code == 3
    assert not location.parent.exists()


@pytest.mark.parametrize("content", [b"hello", b"x" * 5000, b"SQLite format 3\x00" + b"y" * 5000])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """What is not a database is named, explained, and not touched."""
    path = tmp_path / "record.db"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"record\.db is damaged, or is not a record") as refused:
        open_record(str(path), clock=clock)
    assert refused.value.hint
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["record.db"]


def test_a_damaged_record_is_left_alone(location: Path) -> None:
    """A record whose pages were overwritten is reported and not touched."""
    open_record(str(location), clock=clock).close()
    content = location.read_bytes()
    broken = content[:100] + b"\xff" * (len(content) - 100)
    location.write_bytes(broken)
    with pytest.raises(RecordError, match="damaged"):
        open_record(str(location), clock=clock)
    assert location.read_bytes() == broken


def test_damage_found_later_is_reported_too(location: Path) -> None:
    """A page that turns out to be damaged while reading is the same plain error."""
    with open_record(str(location), clock=clock) as record:
        record.commit(ONE, "datadog", [opening()])
    with closing(sqlite3.connect(location)) as plain:
        (page,) = plain.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ledgers'")
    content = bytearray(location.read_bytes())
    content[(page[0] - 1) * 4096 : page[0] * 4096] = b"\xff" * 4096
    location.write_bytes(content)
    with (
        open_record(str(location), clock=clock) as record,
        pytest.raises(RecordError, match="damaged"),
    ):
        record.state(ONE, "datadog")


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """A database that is not ours gets no table, no log and no new permissions."""
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE photos (name TEXT)")
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(RecordError, match="another program"):
        open_record(str(path), clock=clock)
    assert path.read_bytes() == before
    assert modes(tmp_path) == {"photos.db": "0o644"}


def test_a_place_where_no_record_can_be(tmp_path: Path) -> None:
    """A folder is named as what it is, and a path through a file is refused in one sentence."""
    (tmp_path / "file").write_text("")
    for place, said in (("", "is a folder"), ("file/record.db", "be used: Not a directory")):
        with pytest.raises(RecordError, match=said):
            open_record(str(tmp_path / place), clock=clock)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    """An unwritable folder is named, with what to do."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RecordError, match="cannot be used: Permission denied") as refused:
            open_record(str(tmp_path / "record.db"), clock=clock)
    finally:
        tmp_path.chmod(0o700)
    assert "--store" in (refused.value.hint or "")


def test_a_file_of_no_length_becomes_a_record(tmp_path: Path) -> None:
    """An empty file, which holds nothing to lose, is begun in place."""
    path = tmp_path / "record.db"
    path.touch()
    with open_record(str(path), clock=clock) as record:
        record.put_cached("kind", "key", "value")
        assert record.cached("kind", "key") == "value"
    assert modes(tmp_path) == {"record.db": "0o600"}


def test_the_slower_of_two_first_starts_uses_the_record_of_the_faster(location: Path) -> None:
    """Somebody who finishes a first record while ours is being made keeps theirs, and we use it."""
    links: list[object] = []

    def overtake(act: str, arguments: tuple[object, ...]) -> None:
        if act == "os.link" and arguments[1] == str(location) and not links:
            links.append(arguments)
            with open_record(str(location), clock=clock) as faster:
                faster.put_cached("kind", "key", "the faster one was here")

    # A hook stays for good; this one knows the one record that it is about.
    sys.addaudithook(overtake)
    with open_record(str(location), clock=clock) as slower:
        assert links
        assert slower.cached("kind", "key") == "the faster one was here"
        assert sorted(modes(location.parent)) == ["record.db", "record.db-shm", "record.db-wal"]


def test_opening_a_current_record_is_light(location: Path) -> None:
    """A record of the newest schema is opened, and made, without alembic and PostgreSQL."""
    script = (
        "import sys; from datetime import UTC, datetime\n"
        "from dd_incident_roles.store.opening import open_record\n"
        "for _ in range(2): open_record(sys.argv[1], clock=lambda: datetime.now(UTC)).close()\n"
        "sys.exit(any('alembic' in each or 'postgres' in each for each in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(location)], cwd=ROOT, check=False)
    assert done.returncode == 0
    assert location.exists()


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "what?.db", "#1.db", "ä&mode=ro.db"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    """Characters that mean something in a URL mean nothing in a path."""
    with open_record(str(tmp_path / name), clock=clock) as record:
        record.put_cached("kind", "key", "value")
        assert Path(record.name).name == name
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_url_names_the_same_file(location: Path) -> None:
    """What was written to a path is there under its URL, and closing leaves one file."""
    with open_record(str(location), clock=clock) as record:
        record.put_cached("kind", "key", "value")
    assert [each.name for each in location.parent.iterdir()] == ["record.db"]
    with open_record(f"sqlite:///{location}", clock=clock, create=False) as record:
        assert record.cached("kind", "key") == "value"
        assert record.name == str(location)


def test_a_link_to_a_record_is_followed(tmp_path: Path, location: Path) -> None:
    """A symbolic link leads to the file behind it, even when that is yet to be made."""
    pointer = tmp_path / "pointer.db"
    pointer.symlink_to(location)
    with open_record(str(pointer), clock=clock) as record:
        assert location.is_file()
        record.put_cached("kind", "key", "value")
    with open_record(str(pointer), clock=clock) as record:
        assert record.cached("kind", "key") == "value"
    assert pointer.is_symlink()


@pytest.mark.parametrize(
    "location",
    [
        "postgresql+psycopg2://ana:secret@db.example/roles",
        "postgresql://ana:secret@db.example/roles?sslmode=prefer",
        "postgresql://ana:secret@db.example:secret/roles",
        "mysql+nonsense://ana:secret@db.example/roles",
        "sqlite+aiosqlite:///record.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///record.db?mode=secret",
        "sqlite://secret/record.db",
        ":memory:",
        "://secret",
    ],
)
def test_what_cannot_be_a_record_is_a_mistake_in_the_settings(location: str) -> None:
    """A location that is neither a file nor PostgreSQL within reach is refused unseen."""
    with pytest.raises(ConfigurationError, match="store") as refused:
        open_record(location, clock=clock)
    assert "secret" not in f"{refused.value} {refused.value.hint}"


_TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as stream:
    try:
        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("locked")
    else:
        print("free")
"""


def test_making_a_file_private_keeps_the_locks_this_process_holds(tmp_path: Path) -> None:
    """Taking rights away opens nothing: closing any descriptor would drop SQLite's own locks."""
    file = tmp_path / "record.db"
    file.write_bytes(b"pages")
    file.chmod(0o644)
    with file.open("r+b") as stream:
        fcntl.lockf(stream, fcntl.LOCK_EX)
        make_private(file)
        tried = subprocess.run(
            [sys.executable, "-c", _TRY_LOCK, str(file)],
            capture_output=True,
            text=True,
            check=True,
        )
    assert tried.stdout == "locked\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
