"""What was done by mistake can be taken back: deleted and changed entries, and whole imports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.endtoend.agreement import ANA, BO
from tests.endtoend.handovers import Desk
from tests.product import closed_port

NOTES = """## 2026-01-31

- 14:03 paged the database team
- 14:10 failed over _(Bo)_
- 14:12 it works
"""


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    """Settings of somebody who sits at the terminal."""
    return {**settings, "DD_INCIDENT_ROLES_ME": ANA}


def add(desk: Desk, text: str) -> str:
    """Write a note; its key."""
    found = re.search(r"Added (\w+) to", desk.run("timeline", "add", "1001", text).stdout)
    assert found
    return found[1]


def archived(desk: Desk) -> list[tuple[str, str]]:
    """What the archive lists: each text, and why it is there; without Datadog."""
    ran = desk.run("timeline", "archive", "1001", "--format", "json")
    return [(each["text"], each["why"]) for each in ran.json()["entries"]]


def texts(desk: Desk) -> list[str]:
    """What both sides say, which has to be the same."""
    here, there = desk.first_lines()
    assert sorted(here) == sorted(there)
    return sorted(here)


def test_a_deleted_entry_comes_back_once(desk: Desk) -> None:
    """As it was, on both sides, however often it is asked for; another record has it once too."""
    key = add(desk, "we fail over now")
    deleted = desk.run("timeline", "delete", "1001", key)
    back = f"timeline restore 1001 {key}"
    assert back in deleted.stderr
    assert archived(desk) == [("we fail over now", "deleted")]
    for _ in range(2):
        assert desk.run(*back.split()).exit_code == 0
        assert texts(desk) == ["we fail over now"]
        assert archived(desk) == []
    other = Desk(type(desk.sides)(desk.sides.product.beside("other.db"), desk.sides.sandbox))
    other.sync()
    other.sync()
    assert texts(other) == ["we fail over now"]
    desk.sides.assert_quiet()
    unknown = desk.run("timeline", "restore", "1001", "nothing")
    assert unknown.exit_code == 2
    assert "The archive has no entry 'nothing'." in unknown.stderr


def test_a_deletion_that_waits_is_called_off(desk: Desk) -> None:
    """Datadog never hears of it, and the entry keeps its key."""
    key = add(desk, "we fail over now")
    desk.run("timeline", "delete", "1001", key, "--no-sync")
    desk.sides.sandbox.forget_requests()
    assert f"Put {key} back" in desk.run("timeline", "restore", "1001", key).stdout
    assert texts(desk) == ["we fail over now"]
    assert desk.sides.sandbox.requests.writes() == []


def test_a_changed_entry_has_its_text_again(desk: Desk) -> None:
    """And again the other one, since what is replaced goes to the archive as well."""
    key = add(desk, "restarted the database")
    desk.run("timeline", "edit", "1001", key, "restarted the replica")
    for now, before in (("database", "replica"), ("replica", "database")):
        assert desk.run("timeline", "restore", "1001", key[:6]).exit_code == 0
        assert texts(desk) == [f"restarted the {now}"]
        assert archived(desk) == [(f"restarted the {before}", "changed")]


def test_what_somebody_deleted_in_datadog_comes_back_as_ours(desk: Desk) -> None:
    """With the name of who wrote it; what a system made does not."""
    cell = desk.sides.sandbox.add_note(1001, BO, "seen by Bo")
    desk.sync()
    desk.sides.sandbox.delete_note(1001, cell)
    desk.sync()
    desk.sync()
    assert archived(desk) == [("seen by Bo", "deleted")]
    [gone] = desk.run("timeline", "archive", "1001", "--format", "json").json()["entries"]
    assert desk.run("timeline", "restore", "1001", gone["id"]).exit_code == 0
    [entry] = desk.entries
    assert (entry.text, entry.author, entry.origin) == ("seen by Bo", gone["author"], "cli")
    assert texts(desk) == ["seen by Bo"]


def imported(desk: Desk, file: Path, *options: str, **settings: str) -> Any:
    """Import the notes, or take that back."""
    return desk.sides.product.run("timeline", "import", "1001", str(file), *options, **settings)


def test_an_import_is_undone_but_for_what_was_changed_since(desk: Desk, tmp_path: Path) -> None:
    """What was there before stays; undone twice it is undone once; it can be imported anew."""
    file = tmp_path / "notes.md"
    file.write_text(NOTES)
    add(desk, "written before")
    imported(desk, file)
    [edited] = [each for each in desk.entries if each.text == "it works"]
    desk.run("timeline", "edit", "1001", edited.key, "it works again")
    shown = imported(desk, file, "--undo", "--dry-run")
    assert "2 to take out, 1 changed since and kept." in shown.stdout
    undone = imported(desk, file, "--undo")
    assert undone.exit_code == 0
    assert "2 entries were taken out of the timeline of IR-1001." in undone.stdout
    assert "it works again" in undone.stderr
    assert texts(desk) == ["it works again", "written before"]
    assert "Nothing was taken out" in imported(desk, file, "--undo").stdout
    desk.sides.assert_quiet()
    imported(desk, file)
    assert texts(desk) == [
        *("failed over", "it works again", "paged the database team", "written before")
    ]


def test_an_undoing_waits_for_datadog_like_any_change(desk: Desk, tmp_path: Path) -> None:
    """Recorded while Datadog is down, said to be still shown there, and carried later."""
    file = tmp_path / "notes.md"
    file.write_text(NOTES)
    imported(desk, file)
    undone = imported(desk, file, "--undo", DD_INCIDENT_ROLES_API_URL=closed_port())
    assert undone.exit_code == 3
    assert "Recorded here, not yet in Datadog." in undone.stdout
    desk.sync()
    assert texts(desk) == []
