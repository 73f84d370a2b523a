"""A record that the first version wrote, roles only, takes entries and keeps what it had."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from dd_incident_roles.model import EntryKey
from dd_incident_roles.store.migration import migrate
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.sync.state import IncidentState
from tests.store.entry_samples import entry, entry_link, put
from tests.store.samples import ANA, ONE, START, clock, link, opening
from tests.store.test_migration import earlier_version, schema

BACKUP = "record.db.schema-0001.backup"


def begin(path: Path, steps: Path) -> None:
    """Make the record with the steps of the first version, and put something into it."""
    path.parent.mkdir()
    path.touch()
    migrate(path, earlier_version(steps, "0001"), busy_seconds=0)
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("INSERT INTO ledgers VALUES (?, 7)", [ONE])
        plain.execute(
            "INSERT INTO assignments (id, incident, role, person, since, set_by, source, "
            "recorded_at) VALUES ('a1', ?, 'scribe', ?, ?, 'ana@corp.example', 'cli', ?)",
            [ONE, ANA, START.isoformat(), START.isoformat()],
        )
        plain.execute(
            "INSERT INTO links VALUES ('datadog', ?, 'seat', 'scribe', '', ?, 'list', NULL, NULL)",
            [ONE, ANA],
        )


def test_what_the_first_version_wrote_is_there(location: Path, tmp_path: Path) -> None:
    """The roles are as they were, entries can be added at once, and the version goes on."""
    begin(location, tmp_path / "steps")
    with open_record(str(location), clock=clock) as record:
        assert record.state(ONE, "datadog") == IncidentState(
            version=7, assignments=(opening().assignment,), links=(link().link,)
        )
        assert record.pending_incident_ids("datadog") == ()
        record.commit(ONE, "datadog", [put(), put(text="New."), entry_link()], expected_version=7)
        assert record.entries(ONE) == (entry(text="New."),)
        assert len(record.archived(ONE)) == len(record.entry_links(ONE, "datadog")) == 1


def test_what_it_was_is_kept_beside_it(location: Path, tmp_path: Path) -> None:
    """The copy is the old record, without a table more, and holds what that held."""
    begin(location, tmp_path / "steps")
    before = schema(location)
    open_record(str(location), clock=clock).close()
    copy = location.with_name(BACKUP)
    assert schema(copy) == before != schema(location)
    assert [name for name, _ in before if "entr" in name or name == "archive"] == []
    with closing(sqlite3.connect(copy)) as plain:
        assert plain.execute("SELECT id, person FROM assignments").fetchall() == [("a1", ANA)]
    assert sorted(each.name for each in location.parent.iterdir()) == ["record.db", BACKUP]


def test_several_who_find_it_bring_it_up_to_date_once(location: Path, tmp_path: Path) -> None:
    """Eight first starts of the new version end with one record that has what all wrote."""
    begin(location, tmp_path / "steps")

    def start(number: int) -> None:
        with open_record(str(location), clock=clock) as record:
            record.commit(ONE, "datadog", [put(EntryKey(f"k{number}"))])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, range(8)))
    with open_record(str(location), clock=clock) as record:
        assert len(record.entries(ONE)) == 8
        assert record.state(ONE, "datadog").version == 15
    with closing(sqlite3.connect(location.with_name(BACKUP))) as plain:
        assert plain.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
