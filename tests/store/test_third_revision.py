"""A record without statements, that the third version wrote, takes them and keeps what it had."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from dd_incident_roles.store.migration import migrate
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.sync.entries.state import EntryState
from dd_incident_roles.sync.state import IncidentState
from tests.store.entry_samples import D1, entry
from tests.store.samples import ANA, BO, ONE, START, clock, link, minutes, opening
from tests.store.samples import closing as ending
from tests.store.statement_samples import correction, decision, devising, proposal
from tests.store.test_migration import earlier_version, schema

STATED = {"handoffs", "corrections", "devised_roles"}


def begin(path: Path, steps: Path) -> None:
    """Make the record with the steps of the third version, and put something into it."""
    path.parent.mkdir()
    path.touch()
    migrate(path, earlier_version(steps, "0003"), busy_seconds=0)
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
        plain.execute(
            "INSERT INTO entries VALUES (?, 'k1', ?, ?, 'It broke.', 'ana@corp.example', 0, "
            "'note', 'cli', NULL, ?, ?)",
            [ONE, START.isoformat(), minutes(1).isoformat(), START.isoformat(), D1],
        )


def test_what_the_third_version_wrote_is_there(location: Path, tmp_path: Path) -> None:
    """Everything is as it was, and a handoff can be proposed and accepted; the version goes on."""
    begin(location, tmp_path / "steps")
    with open_record(str(location), clock=clock) as record:
        assert record.state(ONE, "datadog") == IncidentState(
            version=7,
            assignments=(opening().assignment,),
            links=(link().link,),
            timeline=EntryState(entries=(entry(),)),
        )
        assert record.open_handoffs() == ()
        record.commit(ONE, "datadog", [proposal(), correction(), devising()], expected_version=7)
        taken = opening("a2", person=BO, since=minutes(5))
        record.commit(ONE, "datadog", [decision(), ending(), taken], expected_version=8)
    with open_record(str(location), clock=clock) as record:
        state = record.state(ONE, "datadog")
    assert [(row.id, row.is_open) for row in state.assignments] == [("a1", False), ("a2", True)]
    assert [each.is_open for each in state.handoffs] == [False]
    assert (state.corrections, state.devised) == ((correction().correction,), (devising().role,))
    assert state.timeline.entries == (entry(),)


def test_the_step_adds_tables_and_changes_none(location: Path, tmp_path: Path) -> None:
    """Every table and index of the third version is as it was; the copy has no other."""
    begin(location, tmp_path / "steps")
    before = schema(location)
    migrate(location, earlier_version(tmp_path / "next", "0004"), busy_seconds=0)
    after = schema(location)
    assert set(before) < set(after)
    new = dict(set(after) - set(before))
    assert {name for name, sql in new.items() if sql.startswith("CREATE TABLE")} == STATED
    assert schema(location.with_name("record.db.schema-0003.backup")) == before
