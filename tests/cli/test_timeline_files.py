"""``timeline export`` and ``timeline import``: timelines as files."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.cli.program import COMMAND, PATIENCE_SECONDS, ROOT, environment
from tests.cli.test_timeline import listed
from tests.product import Product

NOTES = "# Notes\n\n## 2026-01-31\n\n- 14:03 Paged\n  the DBA\n- 14:05 ★ Down\n"
DOWN = {"DD_INCIDENT_ROLES_API_URL": "http://127.0.0.1:9"}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A file that somebody wrote during the incident."""
    path = tmp_path / "notes.md"
    path.write_text(NOTES, "utf-8")
    return path


def test_a_file_is_imported_once(product: Product, sandbox: Sandbox, notes: Path) -> None:
    """What it would add is shown and added on both sides; the second time there is nothing."""
    first = product.run("timeline", "import", "1001", str(notes))
    assert first.exit_code == 0
    assert "2026-01-31 14:03" in first.stdout
    assert first.stdout.endswith(
        "2 entries were added to the timeline of IR-1001. Datadog shows them.\n"
    )
    again = product.run("timeline", "import", "1001", str(notes))
    assert again.exit_code == 0
    assert "0 to add, 2 are there already." in again.stdout
    shown = [(entry["at"], entry["text"], entry["important"]) for entry in listed(product)]
    assert shown == [
        ("2026-01-31T14:03:00Z", "Paged\nthe DBA", False),
        ("2026-01-31T14:05:00Z", "Down", True),
    ]
    assert len(sandbox.notes(1001)) == 2


def test_a_dry_run_adds_nothing(product: Product, sandbox: Sandbox, notes: Path) -> None:
    """Only what would be added is shown."""
    ran = product.run("timeline", "import", "1001", str(notes), "--dry-run")
    assert ran.exit_code == 0
    assert "2 to add, 0 are there already." in ran.stdout
    assert listed(product) == sandbox.notes(1001) == []


def test_a_dry_run_that_could_not_look(product: Product, notes: Path) -> None:
    """Where Datadog could not be asked, what it has is unknown, and the exit code says so."""
    product.run("sync", "1001")
    ran = product.run("timeline", "import", "1001", str(notes), "--dry-run", **DOWN)
    assert ran.exit_code == 3
    assert "2 to add" in ran.stdout


def test_without_sync_it_waits(product: Product, sandbox: Sandbox, notes: Path) -> None:
    """The entries are recorded, and the next sync carries them."""
    ran = product.run("timeline", "import", "1001", str(notes), "--no-sync")
    assert "the next sync carries it to Datadog" in ran.stdout
    assert sandbox.notes(1001) == []
    product.run("sync", "1001")
    assert len(sandbox.notes(1001)) == 2


def test_more_entries_than_a_loop_would_write(product: Product, sandbox: Sandbox) -> None:
    """The command itself is the permission for as many entries as the file has."""
    lines = "\n".join(f"14:{number:02} entry {number}" for number in range(60))
    path = product.store.parent / "long.md"
    path.write_text(f"2026-01-31\n{lines}\n", "utf-8")
    assert product.run("timeline", "import", "1001", str(path)).exit_code == 0
    assert len(sandbox.notes(1001)) == 60


def test_a_long_import_that_was_cut_off_is_finished(product: Product, sandbox: Sandbox) -> None:
    """Giving the command again is enough, although nothing is new to the record any more."""
    lines = "\n".join(f"14:{number:02} entry {number}" for number in range(60))
    path = product.store.parent / "long.md"
    path.write_text(f"2026-01-31\n{lines}\n", "utf-8")
    product.run("sync", "1001")
    assert product.run("timeline", "import", "1001", str(path), **DOWN).exit_code == 3
    assert product.run("timeline", "import", "1001", str(path)).exit_code == 0
    assert len(sandbox.notes(1001)) == 60


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns"])
@pytest.mark.parametrize("shape", ["markdown", "json"])
def test_an_export_adds_nothing(
    product: Product, sandbox: Sandbox, tmp_path: Path, zone: str, shape: str
) -> None:
    """Importing what was exported finds everything there already, whoever wrote it."""
    sandbox.add_note(1001, "bo@corp.example", " @here <b>Down</b>\n\n  ::error:: \x07 _(x)_ ")
    sandbox.add_note(1001, "bo@corp.example", "")
    sandbox.add_system_cell(
        1001, "incident_status_change", {"action": "updated", "after": {"state": "stable"}}
    )
    product.run("timeline", "add", "1001", "Paged\n\n  twice", "--author", "bo@corp.example")
    product.run("assign", "1001", "scribe", "carol@corp.example")
    export = product.run("timeline", "export", "1001", "--format", shape, "--timezone", zone)
    assert export.exit_code == 0
    path = tmp_path / "export"
    path.write_text(export.stdout, "utf-8")
    ran = product.run("timeline", "import", "1001", str(path), "--dry-run")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("0 to add, ")


def test_an_export_can_be_read(product: Product, sandbox: Sandbox) -> None:
    """A day is a heading and an entry is a line, in the zone that was asked for."""
    product.run("timeline", "add", "1001", "Paged", "--at", "2026-01-31T23:30Z", "--no-sync")
    shown = product.run("timeline", "export", "1001", "--timezone", "Europe/Berlin").stdout
    assert "# Timeline of IR-1001: Checkout fails for most customers\n" in shown
    assert "Times are in Europe/Berlin." in shown
    assert "\n## 2026-02-01\n\n- 00:30:00 Paged" in shown


def test_an_export_without_datadog(product: Product) -> None:
    """The recorded entries are written, and the exit code says that some may be missing."""
    product.run("sync", "1001")
    product.run("timeline", "add", "1001", "Paged", "--no-sync")
    ran = product.run("timeline", "export", "1001", **DOWN)
    assert ran.exit_code == 3
    assert "Paged" in ran.stdout


def test_json_of_other_programs(product: Product, tmp_path: Path) -> None:
    """A plain list of times and texts is enough."""
    path = tmp_path / "notes.json"
    rows = [{"at": "2026-01-31T14:03:00+01:00", "text": "Paged", "author": "Bo"}]
    path.write_text(json.dumps(rows), "utf-8")
    assert product.run("timeline", "import", "1001", str(path), "--no-sync").exit_code == 0
    [entry] = listed(product)
    assert (entry["at"], entry["author"]) == ("2026-01-31T13:03:00Z", "Bo")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"2026-01-31\n14:03 Paged\nand then\n", "notes.md:3: is not an entry"),
        (b"14:03 Paged\n", "notes.md:1: says 14:03, and nothing above says on which day"),
        (b"2999-01-31\n14:03 Paged\n", "is in the future"),
        (b'[{"at": "x", "text": "y"}]', "entries[0].at"),
        (b"caf\xe9", "it is no text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read(
    product: Product, notes: Path, content: bytes, said: str
) -> None:
    """The place of the mistake is named, and nothing of the file is imported."""
    notes.write_bytes(content)
    ran = product.run("timeline", "import", "1001", str(notes))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert listed(product) == []


@pytest.mark.parametrize("file", ["missing.md", ".", "a\0b"])
def test_a_file_that_is_not_there(product: Product, tmp_path: Path, file: str) -> None:
    """The file is named, and why it cannot be read."""
    ran = product.run("timeline", "import", "1001", f"{tmp_path}/{file}")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "cannot be read" in ran.stderr


def test_a_file_with_a_byte_order_mark(product: Product, notes: Path) -> None:
    """What an editor puts before the first line does no harm."""
    notes.write_text(NOTES, "utf-8-sig")
    assert product.run("timeline", "import", "1001", str(notes), "--no-sync").exit_code == 0
    assert len(listed(product)) == 2


@pytest.mark.parametrize("command", ["export", "import"])
def test_a_zone_that_nobody_knows(product: Product, notes: Path, command: str) -> None:
    """A zone is named as the time zone database names it."""
    files = [str(notes)] if command == "import" else []
    ran = product.run("timeline", command, "1001", *files, "--timezone", "Mars/Olympus")
    assert ran.exit_code == 2
    assert "time zone" in ran.stderr


@pytest.mark.parametrize(
    ("answer", "options", "added"),
    [(b"y\n", [], 2), (b"n\n", [], 0), (b"", ["--yes"], 2)],
)
def test_a_terminal_is_asked(
    product: Product, notes: Path, answer: bytes, options: list[str], added: int
) -> None:
    """At a terminal somebody sees what would be added, and decides."""
    ours, theirs = pty.openpty()
    arguments = ["timeline", "import", "1001", str(notes), "--no-sync", *options]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(product.settings),
        cwd=ROOT,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        os.write(ours, answer)
        process.communicate(timeout=PATIENCE_SECONDS)
    os.close(ours)
    assert process.returncode == 0
    assert len(listed(product)) == added


@pytest.mark.parametrize("shape", ["markdown", "json"])
def test_an_export_of_another_incident(product: Product, tmp_path: Path, shape: str) -> None:
    """It is refused, and nothing is added, unless somebody insists."""
    product.run("timeline", "add", "1001", "Paged", "--no-sync")
    path = tmp_path / "export"
    path.write_text(product.run("timeline", "export", "1001", "--format", shape).stdout, "utf-8")
    path.write_text(path.read_text("utf-8").replace("Paged", "Paged again"), "utf-8")
    refused = product.run("timeline", "import", "1002", str(path))
    assert refused.exit_code == 2
    assert "says that it is about" in refused.stderr
    assert "--force" in refused.stderr
    assert product.run("timeline", "list", "1002", "--format", "json").json()["entries"] == []
    own = product.run("timeline", "import", "1001", str(path), "--no-sync")
    forced = product.run("timeline", "import", "1002", str(path), "--no-sync", "--force")
    assert (own.exit_code, forced.exit_code) == (0, 0), (own.said, forced.said)


def test_all_that_cannot_be_read_is_shown(product: Product, tmp_path: Path) -> None:
    """Each line is named once, nothing is added, and the command ends with 2."""
    path = tmp_path / "notes.md"
    path.write_text("2026-01-31\n14:03 IST a\n14:05 b\n14:04 c\n", "utf-8")
    ran = product.run("timeline", "import", "1001", str(path))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert f"{path}:2: IST" in ran.stderr
    assert f"{path}:4: says 14:04 below 14:05" in ran.stderr
    assert listed(product) == []


def test_stdin_is_imported(product: Product) -> None:
    """A dash stands for stdin."""
    done = subprocess.run(
        [*COMMAND, "timeline", "import", "1001", "-", "--no-sync"],
        env=environment(product.settings),
        cwd=ROOT,
        input=NOTES.encode(),
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0
    assert len(listed(product)) == 2
