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
from tests.cli.test_timeline import DOWN, listed, pipe
from tests.product import Product, Ran

NOTES = "# Notes\n\n## 2026-01-31\n\n- 14:03 Paged\n  the DBA\n- 14:05 ★ Down\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that somebody wrote during the incident."""
    path = tmp_path / "notes.md"
    path.write_text(NOTES, "utf-8")
    return path


def import_(product: Product, file: Path, *options: str, **settings: str) -> Ran:
    """Type ``timeline import 1001 FILE``."""
    return product.run("timeline", "import", "1001", str(file), *options, **settings)


def test_a_file_is_imported_once(product: Product, sandbox: Sandbox, file: Path) -> None:
    """What it would add is shown, then added on both sides; the second time there is nothing."""
    dry = import_(product, file, "--dry-run")
    assert dry.exit_code == 0
    assert "2 to add, 0 are there already." in dry.stdout
    assert listed(product) == sandbox.notes(1001) == []
    first = import_(product, file)
    assert first.exit_code == 0
    assert "2026-01-31 14:03" in first.stdout
    assert first.stdout.endswith(
        "2 entries were added to the timeline of IR-1001. Datadog shows them.\n"
    )
    again = import_(product, file)
    assert again.exit_code == 0
    assert "0 to add, 2 are there already." in again.stdout
    shown = [(entry["at"], entry["text"], entry["important"]) for entry in listed(product)]
    assert shown == [
        ("2026-01-31T14:03:00Z", "Paged\nthe DBA", False),
        ("2026-01-31T14:05:00Z", "Down", True),
    ]
    assert len(sandbox.notes(1001)) == 2


def test_without_datadog(product: Product, sandbox: Sandbox, file: Path) -> None:
    """A dry run that could not ask it exits with 3; with --no-sync the entries wait for a sync."""
    product.run("sync", "1001")
    dry = import_(product, file, "--dry-run", **DOWN)
    assert dry.exit_code == 3
    assert "2 to add" in dry.stdout
    ran = import_(product, file, "--no-sync")
    assert "the next sync carries it to Datadog" in ran.stdout
    assert sandbox.notes(1001) == []
    export = product.run("timeline", "export", "1001", **DOWN)
    assert export.exit_code == 3
    assert "Paged" in export.stdout
    product.run("sync", "1001")
    assert len(sandbox.notes(1001)) == 2


def test_a_long_import(product: Product, sandbox: Sandbox, file: Path) -> None:
    """The command is the permission for as many entries as the file has.

    One that was cut off is finished by giving it again, although nothing is new to the record.
    """
    lines = "\n".join(f"14:{number:02} entry {number}" for number in range(60))
    file.write_text(f"2026-01-31\n{lines}\n", "utf-8")
    assert import_(product, file).exit_code == 0
    assert len(sandbox.notes(1001)) == 60
    file.write_text(f"2026-02-01\n{lines}\n", "utf-8")
    assert import_(product, file, **DOWN).exit_code == 3
    assert import_(product, file).exit_code == 0
    assert len(sandbox.notes(1001)) == 120


def test_an_export_adds_nothing(product: Product, sandbox: Sandbox, file: Path) -> None:
    """Importing what was exported, in any zone, finds everything there, whoever wrote it."""
    sandbox.add_note(1001, "bo@corp.example", " @here <b>Down</b>\n\n  ::error:: \x07 _(x)_ ")
    sandbox.add_note(1001, "bo@corp.example", "")
    sandbox.add_system_cell(
        1001, "incident_status_change", {"action": "updated", "after": {"state": "stable"}}
    )
    product.run("timeline", "add", "1001", "Paged\n\n  twice", "--author", "bo@corp.example")
    product.run("assign", "1001", "scribe", "carol@corp.example")
    for shape in ("markdown", "json"):
        for zone in ("UTC", "Europe/Berlin", "America/St_Johns"):
            options = ("--format", shape, "--timezone", zone)
            export = product.run("timeline", "export", "1001", *options)
            assert export.exit_code == 0
            file.write_text(export.stdout, "utf-8")
            ran = import_(product, file, "--dry-run")
            assert ran.exit_code == 0
            assert ran.stdout.startswith("0 to add, "), options


def test_an_export_can_be_read(product: Product) -> None:
    """A day is a heading and an entry is a line, in the zone that was asked for."""
    product.run("timeline", "add", "1001", "Paged", "--at", "2026-01-31T23:30Z", "--no-sync")
    shown = product.run("timeline", "export", "1001", "--timezone", "Europe/Berlin").stdout
    assert "# Timeline of IR-1001: Checkout fails for most customers\n" in shown
    assert "Times are in Europe/Berlin." in shown
    assert "\n## 2026-02-01\n\n- 00:30:00 Paged" in shown


def test_json_of_other_programs(product: Product, file: Path) -> None:
    """A plain list of times and texts is enough."""
    rows = [{"at": "2026-01-31T14:03:00+01:00", "text": "Paged", "author": "Bo"}]
    file.write_text(json.dumps(rows), "utf-8")
    assert import_(product, file, "--no-sync").exit_code == 0
    [entry] = listed(product)
    assert (entry["at"], entry["author"]) == ("2026-01-31T13:03:00Z", "Bo")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"2026-01-31\n14:03 Paged\nand then\n", ["notes.md:3: is not an entry"]),
        (b"14:03 Paged\n", ["notes.md:1: says 14:03, and nothing above says on which day"]),
        (b"2999-01-31\n14:03 Paged\n", ["is in the future"]),
        (b'[{"at": "x", "text": "y"}]', ["entries[0].at"]),
        (b"caf\xe9", ["it is not UTF-8 text"]),
        (
            b"2026-01-31\n14:03 IST a\n14:05 b\n14:04 c\n",
            ["notes.md:2: IST", "notes.md:4: says 14:04 below 14:05"],
        ),
    ],
)
def test_a_file_that_cannot_be_read(
    shared: Product, file: Path, content: bytes, said: list[str]
) -> None:
    """The place of each mistake is named, and nothing of the file is imported."""
    file.write_bytes(content)
    ran = import_(shared, file)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert [part for part in said if ran.stderr.count(part) != 1] == []
    assert listed(shared) == []


@pytest.mark.parametrize("name", ["missing.md", ".", "a\0b"])
def test_a_file_that_is_not_there(shared: Product, tmp_path: Path, name: str) -> None:
    """The file is named, and why it cannot be read."""
    ran = shared.run("timeline", "import", "1001", f"{tmp_path}/{name}")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "cannot be read" in ran.stderr


@pytest.mark.parametrize(
    ("answer", "options", "added"),
    [(b"y\n", [], 2), (b"n\n", [], 0), (b"", ["--yes"], 2)],
)
def test_a_terminal_is_asked(
    product: Product, file: Path, answer: bytes, options: list[str], added: int
) -> None:
    """At a terminal somebody sees what would be added, and decides."""
    ours, theirs = pty.openpty()
    arguments = ["timeline", "import", "1001", str(file), "--no-sync", *options]
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
def test_an_export_of_another_incident(product: Product, file: Path, shape: str) -> None:
    """It is refused, and nothing is added, unless somebody insists."""
    product.run("timeline", "add", "1001", "Paged", "--no-sync")
    export = product.run("timeline", "export", "1001", "--format", shape).stdout
    file.write_text(export.replace("Paged", "Paged again"), "utf-8")
    refused = product.run("timeline", "import", "1002", str(file))
    assert refused.exit_code == 2
    assert "says that it is about" in refused.stderr
    assert "--force" in refused.stderr
    assert product.run("timeline", "list", "1002", "--format", "json").json()["entries"] == []
    own = import_(product, file, "--no-sync")
    forced = product.run("timeline", "import", "1002", str(file), "--no-sync", "--force")
    assert (own.exit_code, forced.exit_code) == (0, 0), (own.said, forced.said)


def test_stdin_is_imported(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash stands for stdin."""
    pipe(monkeypatch, NOTES.encode())
    assert product.run("timeline", "import", "1001", "-", "--no-sync").exit_code == 0
    assert len(listed(product)) == 2


def test_a_file_with_a_byte_order_mark(product: Product, file: Path) -> None:
    """What an editor puts before the first line does no harm."""
    file.write_text(NOTES, "utf-8-sig")
    assert import_(product, file, "--no-sync").exit_code == 0
    assert len(listed(product)) == 2
