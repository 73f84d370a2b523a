"""When the record first looked at an incident: what came before is not known here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from dd_incident_roles.store.migration import migrate
from dd_incident_roles.store.opening import open_record
from tests.store.samples import ANA, ONE, START, clock, incident
from tests.store.test_migration import earlier_version


def test_the_first_look_stays(location: Path) -> None:
    """Later looks, with or without news, leave the instant of the first one as it is."""
    with open_record(str(location), clock=clock) as record:
        assert record.first_seen(ONE) is None
        record.remember(incident(), {}, START)
        record.remember(incident(severity="SEV-1"), {}, START + timedelta(hours=1))
        assert record.first_seen(ONE) == START


def test_an_older_record_dates_it_by_its_first_assignment(location: Path, tmp_path: Path) -> None:
    """An incident of which nothing was recorded has no known first look."""
    location.parent.mkdir()
    location.touch()
    migrate(location, earlier_version(tmp_path / "steps", "0002"), busy_seconds=0)
    later = (START + timedelta(hours=2)).isoformat()
    with closing(sqlite3.connect(location)) as plain, plain:
        for each in (ONE, "without-assignments"):
            plain.execute(
                "INSERT INTO incidents VALUES (?, 1001, 'Down', 'SEV-1', 'active', ?, ?, NULL, 0, "
                "NULL, 0, 0, NULL, NULL, '{}', ?)",
                [each, START.isoformat(), START.isoformat(), START.isoformat()],
            )
        plain.execute("INSERT INTO ledgers VALUES (?, 1)", [ONE])
        for number, recorded in enumerate((later, START.isoformat())):
            plain.execute(
                "INSERT INTO assignments (id, incident, role, person, since, set_by, source, "
                "recorded_at) VALUES (?, ?, ?, ?, ?, 'x', 'cli', ?)",
                [f"a{number}", ONE, f"role{number}", ANA, START.isoformat(), recorded],
            )
    with open_record(str(location), clock=clock) as record:
        assert record.first_seen(ONE) == START
        assert [each.id for each in record.incidents() if record.first_seen(each.id) is None] == [
            "without-assignments"
        ]
