"""What the timeline in Datadog gets from us, what others may not do, and what can be taken back."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import AuthorShown, Switch
from tests.endtoend.agreement import ANA, BO, DAN, EVE, Desk, Sides
from tests.endtoend.checks import policy_file
from tests.product import Product, closed_port

pytestmark = pytest.mark.usefixtures("timeline_on")

AUTHORS = pytest.mark.parametrize("authors", AuthorShown)
AUTO = {"DD_INCIDENT_ROLES_TIMELINE": "auto"}
REQUIRED = {"DD_INCIDENT_ROLES_TIMELINE": "required"}
ABSENT = [Switch.MISSING, Switch.FORBIDDEN]
NOTES = "".join(f"- 2026-01-31 14:{minute:02} step {minute}\n" for minute in range(10))
TIMELINE = r"/timeline$"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Notes that two people import."""
    path = tmp_path / "notes.md"
    path.write_text(NOTES, "utf-8")
    return path


def forged(text: str, key: str) -> str:
    """A text with a footer like ours, as anybody can type it."""
    return f"{text}\n\n\u2014 Ana \u00b7 dd-incident-roles/{key}"


def listed(product: Product, public_id: int = 1001) -> list[Any]:
    ran = product.run("timeline", "list", str(public_id), "--format", "json")
    return list(ran.json()["entries"])


def once_each(sandbox: Sandbox, public_id: int = 1001) -> bool:
    """Whether Datadog shows each text, its footer left out, exactly once."""
    said = Counter(note.partition("\n\n\u2014")[0] for note in sandbox.notes(public_id))
    return bool(said) and set(said.values()) == {1}


@AUTHORS
def test_a_footer_makes_no_entry_ours(
    product: Product, sandbox: Sandbox, authors: AuthorShown
) -> None:
    """A stranger's note is a note of whoever wrote it by Datadog's word, and hides no other entry.

    Datadog's own entry about a role is listed beside a note with the footer of ours about it.
    """
    sandbox.switch(timeline_authors=authors)
    product.run("sync")
    sandbox.give_role(1001, "Scribe", BO)
    said = [
        forged("Bo is Scribe", "role-abc123"),
        *(forged("Ana hands over", key) for key in ("handoff-1", "role-1", "correction-1")),
    ]
    for text in said:
        sandbox.add_note(1001, EVE, text)
    for _ in range(2):
        shown = [(each["text"], each["kind"]) for each in listed(product)]
        assert ("Scribe: nobody \u2192 Bo", "role_change") in shown
        assert sorted(text for text, kind in shown if kind == "note") == sorted(said)
        assert product.run("sync").exit_code == 0
    writers = {each["author"] for each in listed(product) if each["kind"] == "note"}
    assert writers == {None if authors is AuthorShown.NONE else "Eve"}
    assert "Bo" in product.run("history", "1001", "--role", "scribe").stdout


@AUTHORS
def test_our_own_entry_tells_a_role_change_once(
    product: Product, sandbox: Sandbox, authors: AuthorShown
) -> None:
    """What we changed and told ourselves is not told a second time by Datadog's own entry."""
    sandbox.switch(timeline_authors=authors)
    assert product.run("assign", "1001", "scribe", BO).exit_code == 0
    assert product.run("sync").exit_code == 0
    assert [each["text"] for each in listed(product) if "Scribe" in each["text"]] == [
        "Bo is Scribe"
    ]


@AUTHORS
def test_a_paste_in_another_incident_is_not_ours(
    product: Product, sandbox: Sandbox, authors: AuthorShown
) -> None:
    """Footer and all, even by the owner of the keys: no run edits or deletes it."""
    sandbox.switch(timeline_authors=authors)
    sandbox.act_as(ANA)
    assert product.run("timeline", "add", "1001", "Restarted the database").exit_code == 0
    [written] = sandbox.notes(1001)
    for pasted_by in (BO, ANA):
        sandbox.add_note(1002, pasted_by, written)
    assert product.run("sync").exit_code == 0
    entries = listed(product, 1002)
    assert [entry["text"] for entry in entries] == [written, written]
    sandbox.forget_requests()
    for entry in entries:
        assert product.run("timeline", "delete", "1002", entry["id"]).exit_code == 2
    for _ in range(2):
        assert product.run("sync").exit_code == 0
    assert sandbox.requests.writes() == []
    assert sandbox.notes(1002) == [written, written]


def test_an_entry_that_datadog_keeps_for_its_author(product: Product, sandbox: Sandbox) -> None:
    """After a 403 an entry with our footer is somebody else's, and no run tries again."""
    sandbox.act_as(ANA)
    assert product.run("timeline", "add", "1001", "Restarted the database").exit_code == 0
    [entry] = listed(product)
    sandbox.act_as(DAN)
    assert product.run("timeline", "edit", "1001", entry["id"], "Restarted it").exit_code == 3
    for _ in range(2):
        assert product.run("sync").exit_code == 0
    sandbox.forget_requests()
    assert product.run("sync").exit_code == 0
    assert sandbox.requests.writes() == []
    texts = [note.partition("\n")[0] for note in sandbox.notes(1001)]
    assert texts[0] == "Restarted the database"
    assert texts[1].endswith("Restarted it")


def test_one_unreadable_entry_is_one_unreadable_entry(product: Product, sandbox: Sandbox) -> None:
    """The others are taken in and written, it stands as what it is, and is said."""
    sandbox.add_note(1001, BO, "Before")
    assert product.run("timeline", "add", "1001", "Ours").exit_code == 0
    odd = sandbox.add_system_cell(1001, "markdown", {"content": 5})
    sandbox.add_note(1001, BO, "After")
    ran = product.run("sync")
    assert ran.exit_code == 0, ran.said
    assert odd in ran.said
    assert [(each["text"], each["kind"]) for each in listed(product)] == [
        ("Before", "note"),
        ("Ours", "note"),
        ("Datadog shows this entry in a form that cannot be read.", "unreadable"),
        ("After", "note"),
    ]
    sandbox.forget_requests()
    assert product.run("sync").exit_code == 0
    assert sandbox.requests.writes() == []


@AUTHORS
@pytest.mark.parametrize("killed", [False, True])
def test_two_records_import_the_same_notes_at_once(
    product: Product, sandbox: Sandbox, notes: Path, authors: AuthorShown, killed: bool
) -> None:
    """Both look before either writes, and again before either deletes: no text is ever gone."""
    sandbox.switch(timeline_authors=authors)
    job = product.beside("job.sqlite3")
    for each in (product, job):
        assert each.run("sync").exit_code == 0
        ran = each.run("timeline", "import", "1001", str(notes), "--no-sync")
        assert ran.exit_code == 0, ran.said
    sandbox.fault(FaultKind.HANG_BEFORE, method="POST", path=TIMELINE)
    laptop = product.start("sync", "1001")
    assert sandbox.hangs.wait_for(1)
    assert job.run("sync", "1001").exit_code == 0
    assert len(sandbox.notes(1001)) == 10
    if killed:
        laptop.kill()
    sandbox.clear_faults()
    laptop.join(30)
    sandbox.fault(FaultKind.HANG_BEFORE, method="DELETE")
    laptop = product.start("sync", "1001", "--allow-deletes", "20")
    if sandbox.hangs.wait_for(1, timeout_seconds=15):
        assert job.run("sync", "1001", "--allow-deletes", "20").exit_code == 0
    sandbox.clear_faults()
    laptop.join(30)
    for each in (product, job, product, job):
        ran = each.run("sync", "1001", "--allow-deletes", "20")
        assert ran.exit_code == 0, ran.said
        assert len(sandbox.notes(1001)) >= 10
    assert once_each(sandbox)
    sandbox.forget_requests()
    for each in (product, job):
        assert each.run("sync", "1001", "--allow-deletes", "20").exit_code == 0
        assert sorted(entry["text"] for entry in listed(each)) == [
            f"step {minute}" for minute in range(10)
        ]
    assert sandbox.requests.writes() == []


@pytest.fixture
def noting(product: Product, tmp_path: Path) -> Product:
    """The product with a policy that has errors told."""
    policy = policy_file(tmp_path, note_in_timeline="error")
    return replace(product, settings={**product.settings, **policy})


def noted_lines(sandbox: Sandbox) -> list[str]:
    """The first lines of what the timeline of 1002 tells."""
    return [text.splitlines()[0] for text in sandbox.notes(1002)]


def test_a_finding_is_told_once(noting: Product, sandbox: Sandbox) -> None:
    """However many syncs follow, there is one entry, which is no sign of a scribe (IR030).

    A dry run tells none; a new record knows it by its tag; what somebody takes out stays out.
    """
    assert noting.run("sync", "--dry-run").exit_code == 0
    assert listed(noting, 1002) == noted_lines(sandbox) == []
    for _ in range(3):
        assert noting.run("sync").exit_code == 0
    [entry] = noted_lines(sandbox)
    assert entry.startswith("Nobody is Incident Manager of IR-1002")
    assert entry.endswith("(IR001)")
    sandbox.forget_requests()
    assert noting.run("sync").exit_code == 0
    assert sandbox.requests.writes() == []
    ran = noting.run("check", "1001", "--select", "IR030", "--format", "json")
    assert [finding["rule"] for finding in ran.json()["findings"]] == ["IR030"]

    anew = noting.beside("anew.sqlite3")
    for _ in range(2):
        assert anew.run("sync").exit_code == 0
    assert noted_lines(sandbox) == [entry]
    [cell] = [cell for cell in sandbox.cells(1002) if cell.is_note]
    sandbox.delete_note(1002, cell.id)
    for _ in range(3):
        assert noting.run("sync").exit_code == 0
    assert noted_lines(sandbox) == []


def test_a_finding_that_is_told_costs_no_reading(
    noting: Product, product: Product, sandbox: Sandbox
) -> None:
    """The job judges what it has read itself, and reads again only where there is news to carry."""
    for each in (noting, noting, product):
        assert each.run("sync").exit_code == 0
    asked = []
    for each in (product, noting):
        sandbox.forget_requests()
        assert each.run("sync").exit_code == 0
        asked.append(len(sandbox.requests.entries))
    assert asked[0] == asked[1]


@AUTHORS
def test_a_footer_silences_no_finding(
    noting: Product, sandbox: Sandbox, authors: AuthorShown
) -> None:
    """A finding is told although somebody typed its fingerprint under a note."""
    sandbox.switch(timeline_authors=authors)
    checked = noting.run("check", "1002", "--format", "json", "--select", "IR001").json()
    [fingerprint] = {each["fingerprint"] for each in checked["findings"]}
    sandbox.add_note(1002, EVE, forged("Nothing to see here", f"finding-{fingerprint}"))
    for _ in range(2):
        assert noting.run("sync").exit_code == 0
    assert [text.partition(" of ")[0] for text in noted_lines(sandbox)][1:] == [
        "Nobody is Incident Manager"
    ]


def test_nothing_is_told_unless_the_policy_asks(product: Product, sandbox: Sandbox) -> None:
    """The shipped policy leaves timelines to people."""
    assert product.run("sync").exit_code == 0
    assert sandbox.notes(1001) == sandbox.notes(1002) == []


@pytest.fixture
def noted(sides: Sides) -> Sides:
    """A note waits in the record."""
    add = ("timeline", "add", "1001", "Looking", "--no-sync")
    sides.run(*add, **AUTO)
    return sides


@pytest.mark.parametrize("switch", ABSENT)
@pytest.mark.parametrize("part", ["timeline", "timeline_writes"])
def test_a_timeline_that_is_demanded(noted: Sides, part: str, switch: Switch) -> None:
    """Every run that lacks it is exit 3, and says what to grant."""
    noted.sandbox.switch(**{part: switch})
    permission = "incident_read" if part == "timeline" else "incident_write"
    for _ in range(3):
        ran = noted.end_with(3, "sync", "1001", "--format", "json", **REQUIRED)
        [failure] = ran.json()["failures"]
        assert failure["incident"] == 1001
        assert permission in failure["hint"]
    noted.sandbox.switch(**{part: Switch.ON})


@pytest.mark.parametrize("switch", ABSENT)
@pytest.mark.parametrize("part", ["timeline", "timeline_writes"])
def test_a_timeline_that_is_not_demanded(noted: Sides, part: str, switch: Switch) -> None:
    """It is no failure, and the report of each run says that a note waits, the first one's too."""
    noted.sandbox.switch(**{part: switch})
    for _ in range(2):
        ran = noted.product.run("sync", "1001", "--format", "json", **AUTO)
        assert (ran.exit_code, ran.json()["failures"]) == (0, [])
        assert any("here" in notice["text"] for notice in ran.json()["notices"])
    sent = len(noted.sandbox.requests.writes())
    noted.run("sync", "1001", **AUTO)
    assert len(noted.sandbox.requests.writes()) == sent


@pytest.mark.parametrize("switch", ABSENT)
def test_granted_meanwhile(noted: Sides, switch: Switch) -> None:
    """The next command that a person types finds out, and carries what waited as well."""
    noted.sandbox.switch(timeline=switch)
    noted.run("sync", "1001", **AUTO)
    noted.sandbox.switch(timeline=Switch.ON, timeline_writes=switch)
    noted.run("timeline", "add", "1001", "Found it", **AUTO)
    assert noted.sandbox.notes(1001) == []
    noted.sandbox.switch(timeline_writes=Switch.ON)
    noted.run("timeline", "add", "1001", "Mended", **AUTO)
    assert len(noted.sandbox.notes(1001)) == 3


TYPED = """## 2026-01-31

- 14:03 paged the database team
- 14:10 failed over _(Bo)_
- 14:12 it works
"""


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
    other = Desk(desk.sides.beside("other.db"))
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
    file.write_text(TYPED)
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
    file.write_text(TYPED)
    imported(desk, file)
    undone = imported(desk, file, "--undo", DD_INCIDENT_ROLES_API_URL=closed_port())
    assert undone.exit_code == 3
    assert "Recorded here, not yet in Datadog." in undone.stdout
    desk.sync()
    assert texts(desk) == []
