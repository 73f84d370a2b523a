"""An old backup of the record, restored: nothing that was written since is lost or doubled."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from dd_incident_roles.model import EntryKey
from dd_incident_roles.store.opening import open_record
from tests.sync.entries.timeline_bench import TimelineBench


def test_an_old_backup_loses_nothing(tmp_path: Path) -> None:
    """What was added, edited and deleted after the backup is the same on both sides again.

    Datadog has to say who wrote an entry: by its footer alone none is taken for ours.
    """
    folder = tmp_path / "record"
    folder.mkdir()
    bench = TimelineBench.at_rest(folder)
    bench.target.ours = True
    bench.add("key-1", "kept")
    bench.add("key-2", "to be edited")
    bench.add("key-3", "to be deleted")
    bench.target.write_note("theirs")
    bench.settle()
    bench.record.close()
    backup = (folder / "record.db").read_bytes()

    bench.record = open_record(str(folder / "record.db"), clock=bench.clock)
    bench.add("key-4", "written since")
    bench.edit(EntryKey("key-2"), "edited since")
    bench.delete(EntryKey("key-3"))
    bench.target.write_note("theirs since")
    bench.settle()
    expected = bench.texts()
    written = len(bench.target.writes)
    bench.record.close()

    (folder / "record.db").write_bytes(backup)
    for left in ("record.db-wal", "record.db-shm"):
        (folder / left).unlink(missing_ok=True)
    bench.record = open_record(str(folder / "record.db"), clock=bench.clock)
    bench.at += timedelta(hours=1)
    bench.settle()
    assert bench.texts() == expected
    assert len(bench.target.writes) == written
    bench.record.close()
