"""Schemas: one truth in two forms, brought forward with a copy kept, never backward."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from dd_incident_roles import __version__
from dd_incident_roles.errors import RecordError
from dd_incident_roles.store.opening import NEWEST, SHIPPED, Migrations, open_record
from tests.postgres import Server
from tests.store.samples import ONE, clock, opening

LATER = f"{int(NEWEST) + 1:04}"
NEXT_STEP = '''
"""A step that a later version could have."""
import sqlalchemy as sa
from alembic import op
revision = "LATER"
down_revision = "NEWEST"
def upgrade():
    op.add_column("people", sa.Column("nickname", sa.Text))
    op.execute("UPDATE cache SET value = 'migrated'")
'''.replace("LATER", LATER).replace("NEWEST", NEWEST)
ORPHANING = """
    op.execute("DELETE FROM ledgers")
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, location: Path) -> str:
    """Where a record can be whose tables are changed: a database is not lent for that."""
    if request.param == "sqlite":
        return str(location)
    server: Server = request.getfixturevalue("postgres")
    return server.url(server.database())


def schema(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as plain:
        found = plain.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: " ".join(statement.split()) for name, statement in found}


def later_version(folder: Path, step: str = NEXT_STEP) -> Migrations:
    """The shipped steps and one more."""
    shutil.copytree(SHIPPED.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "later.py").write_text(step)
    return Migrations(folder=folder, newest=LATER)


def test_both_ways_to_a_schema_lead_to_the_same(tmp_path: Path) -> None:
    """Made at once, in an empty file, or by every step from the first, the tables are the same."""
    at_once, in_steps, empty = (tmp_path / name for name in ("at_once.db", "in_steps.db", "e.db"))
    empty.touch()
    with closing(sqlite3.connect(in_steps)) as plain:
        plain.executescript(Path(__file__).with_name("schema_0013.sql").read_text("utf-8"))
    for path in (at_once, in_steps, empty):
        open_record(str(path), clock=clock).close()
    assert schema(at_once) == schema(in_steps) == schema(empty)
    assert len(schema(at_once)) > 10


def test_the_newest_schema_is_the_last_step() -> None:
    """The schema that opening asks for is the last one of the shipped steps, in one line."""
    scripts = ScriptDirectory(str(SHIPPED.folder))
    assert scripts.get_heads() == [NEWEST]
    steps = [step.revision for step in scripts.walk_revisions()]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] == NEWEST


@pytest.mark.parametrize("folder_name", ["later", "100%s"])
def test_an_older_record_is_brought_up_to_date(
    tmp_path: Path, location: Path, store: str, folder_name: str
) -> None:
    """The next version keeps what is in a record, and a private copy of what a file was."""
    with open_record(store, clock=clock) as record:
        record.commit(ONE, "datadog", [opening()])
        record.put_cached("kind", "key", "old")
    later = later_version(tmp_path / folder_name)
    with open_record(store, clock=clock, migrations=later) as record:
        assert [row.id for row in record.assignments(ONE)] == ["a1"]
        assert record.cached("kind", "key") == "migrated"
    if store != str(location):
        return
    copy = location.with_name(f"record.db.schema-{NEWEST}.backup")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with open_record(str(copy), clock=clock) as before:
        assert before.cached("kind", "key") == "old"
        assert [row.id for row in before.assignments(ONE)] == ["a1"]
    assert not list(location.parent.glob(".*"))


def test_of_programs_that_start_together_one_migrates(tmp_path: Path, store: str) -> None:
    """The others wait, and find nothing left to do."""
    open_record(store, clock=clock).close()
    later = later_version(tmp_path / "later")

    def start(number: int) -> str | None:
        with open_record(store, clock=clock, migrations=later) as record:
            record.put_cached("kind", str(number), "here")
            return record.cached("kind", str(number))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(start, range(4))) == ["here"] * 4


def test_what_is_only_in_the_log_is_in_the_copy_too(tmp_path: Path, location: Path) -> None:
    """The copy holds what a program that still runs has written and not yet moved to the file."""
    with open_record(str(location), clock=clock) as running:
        running.put_cached("kind", "key", "old")
        open_record(str(location), clock=clock, migrations=later_version(tmp_path / "l")).close()
    copy = location.with_name(f"record.db.schema-{NEWEST}.backup")
    with open_record(str(copy), clock=clock) as before:
        assert before.cached("kind", "key") == "old"


def test_a_step_that_fails_changes_nothing(tmp_path: Path, store: str) -> None:
    """A migration that breaks half-way leaves the record as it was, and usable."""
    with open_record(store, clock=clock) as record:
        record.put_cached("kind", "key", "old")
    later = later_version(tmp_path / "later", NEXT_STEP + "    op.execute('DROP TABLE nowhere')\n")
    with pytest.raises(RecordError, match="nowhere"):
        open_record(store, clock=clock, migrations=later)
    with open_record(store, clock=clock) as record:
        assert record.cached("kind", "key") == "old"
    # Had it left anything, it could not go through now.
    open_record(store, clock=clock, migrations=later_version(tmp_path / "right")).close()


def test_a_step_that_orphans_rows_changes_nothing(tmp_path: Path, location: Path) -> None:
    """Rows that would belong to nothing after a migration stop it."""
    with open_record(str(location), clock=clock) as record:
        record.commit(ONE, "datadog", [opening()])
    later = later_version(tmp_path / "later", NEXT_STEP + ORPHANING)
    with pytest.raises(RecordError, match="do not exist"):
        open_record(str(location), clock=clock, migrations=later)
    with open_record(str(location), clock=clock) as record:
        assert record.state(ONE, "datadog").version == 1


def test_a_newer_record_is_refused_by_both_names(
    tmp_path: Path, location: Path, store: str
) -> None:
    """An older program names the schema it found and the one it knows, and touches nothing."""
    open_record(store, clock=clock).close()
    open_record(store, clock=clock, migrations=later_version(tmp_path / "more")).close()
    before = location.read_bytes() if store == str(location) else b""
    with pytest.raises(RecordError, match=f"schema {LATER}") as refused:
        open_record(store, clock=clock)
    assert f"{__version__} reads schemas up to {NEWEST}" in str(refused.value)
    assert "Install" in (refused.value.hint or "")
    assert before == (location.read_bytes() if store == str(location) else b"")


@pytest.mark.parametrize("found", ["0001", "0012"])
def test_a_record_from_before_the_first_release_is_refused(location: Path, found: str) -> None:
    """A file with a schema that was never released is left alone, and it is said what to do."""
    open_record(str(location), clock=clock).close()
    with closing(sqlite3.connect(location)) as plain, plain:
        plain.execute("UPDATE alembic_version SET version_num = ?", [found])
    before = location.read_bytes()
    with pytest.raises(RecordError, match=rf"development version .*\(schema {found}\)") as refused:
        open_record(str(location), clock=clock)
    assert "Move the file away and sync" in (refused.value.hint or "")
    assert location.read_bytes() == before
    assert [each.name for each in location.parent.iterdir()] == ["record.db"]


def test_migrating_says_nothing(
    tmp_path: Path, location: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Migrating prints nothing and leaves logging as it was."""
    before = (logging.root.level, list(logging.root.handlers))
    open_record(str(location), clock=clock).close()
    open_record(str(location), clock=clock, migrations=later_version(tmp_path / "l")).close()
    assert capfd.readouterr() == ("", "")
    assert (logging.root.level, list(logging.root.handlers)) == before
    assert logging.getLogger("alembic").level == logging.NOTSET
