"""A team moves its record to another place, and goes on there."""

from __future__ import annotations

import stat
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import CAROL, DAN, SCRIBE, Sides
from tests.product import Product

pytestmark = pytest.mark.usefixtures("timeline_on")


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
    new = Sides(sides.product.beside("new.sqlite3"), sides.sandbox)
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
    new = Sides(sides.product.beside("new.sqlite3"), sides.sandbox)
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
    new = Sides(sides.product.beside("new.sqlite3"), sides.sandbox)
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
