"""Entries of others: what a footer that anybody can type may not do, and two records at once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import AuthorShown
from tests.endtoend.agreement import ANA, BO, DAN, EVE
from tests.product import Product

AUTHORS = pytest.mark.parametrize("authors", AuthorShown)
NOTES = "".join(f"- 2026-01-31 14:{minute:02} step {minute}\n" for minute in range(10))
TIMELINE = r"/timeline$"


@pytest.fixture
def telling(product: Product) -> Product:
    """The product with the timeline on."""
    return Product(
        store=product.store, settings={**product.settings, "DD_INCIDENT_ROLES_TIMELINE": "auto"}
    )


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
def test_a_footer_hides_no_role_change(
    telling: Product, sandbox: Sandbox, authors: AuthorShown
) -> None:
    """Datadog's own entry about a role is listed beside a stranger's note with our footer."""
    sandbox.switch(timeline_authors=authors)
    telling.run("sync")
    sandbox.give_role(1001, "Scribe", BO)
    said = forged("Bo is Scribe", "role-abc123")
    sandbox.add_note(1001, EVE, said)
    for _ in range(2):
        shown = [(each["text"], each["kind"]) for each in listed(telling)]
        assert ("Scribe: nobody \u2192 Bo", "role_change") in shown
        assert (said, "note") in shown
        assert telling.run("sync").exit_code == 0
    assert "Bo" in telling.run("history", "1001", "--role", "scribe").stdout


@AUTHORS
def test_our_own_entry_tells_a_role_change_once(
    telling: Product, sandbox: Sandbox, authors: AuthorShown
) -> None:
    """What we changed and told ourselves is not told a second time by Datadog's own entry."""
    sandbox.switch(timeline_authors=authors)
    assert telling.run("assign", "1001", "scribe", BO).exit_code == 0
    assert telling.run("sync").exit_code == 0
    assert [each["text"] for each in listed(telling) if "Scribe" in each["text"]] == [
        "Bo is Scribe"
    ]


@AUTHORS
@pytest.mark.parametrize("key", ["handoff-1", "role-1", "correction-1"])
def test_a_footer_gives_no_kind_and_no_author(
    telling: Product, sandbox: Sandbox, authors: AuthorShown, key: str
) -> None:
    """A stranger's note is a note of whoever wrote it by Datadog's word."""
    sandbox.switch(timeline_authors=authors)
    said = forged("Ana hands over to Eve", key)
    sandbox.add_note(1001, EVE, said)
    telling.run("sync")
    [entry] = [each for each in listed(telling) if each["kind"] == "note"]
    assert entry["text"] == said
    assert entry["author"] == (None if authors is AuthorShown.NONE else "Eve")


@AUTHORS
def test_a_footer_silences_no_finding(
    telling: Product, sandbox: Sandbox, tmp_path: Path, authors: AuthorShown
) -> None:
    """A finding is told although somebody typed its fingerprint under a note."""
    sandbox.switch(timeline_authors=authors)
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nnote_in_timeline: error\n", encoding="utf-8")
    checked = telling.run("check", "1002", "--format", "json", "--select", "IR001").json()
    [fingerprint] = {each["fingerprint"] for each in checked["findings"]}
    sandbox.add_note(1002, EVE, forged("Nothing to see here", f"finding-{fingerprint}"))
    for _ in range(2):
        ran = telling.run("sync", DD_INCIDENT_ROLES_POLICY=str(policy))
        assert ran.exit_code == 0
    assert [text.partition(" of ")[0] for text in sandbox.notes(1002)][1:] == [
        "Nobody is Incident Manager"
    ]


@AUTHORS
@pytest.mark.parametrize("pasted_by", [BO, ANA])
def test_a_paste_in_another_incident_is_not_ours(
    telling: Product, sandbox: Sandbox, authors: AuthorShown, pasted_by: str
) -> None:
    """Footer and all, even by the owner of the keys: no run edits or deletes it."""
    sandbox.switch(timeline_authors=authors)
    sandbox.act_as(ANA)
    assert telling.run("timeline", "add", "1001", "Restarted the database").exit_code == 0
    [written] = sandbox.notes(1001)
    sandbox.add_note(1002, pasted_by, written)
    assert telling.run("sync").exit_code == 0
    [entry] = listed(telling, 1002)
    assert entry["text"] == written
    sandbox.forget_requests()
    assert telling.run("timeline", "delete", "1002", entry["id"]).exit_code == 2
    for _ in range(2):
        assert telling.run("sync").exit_code == 0
    assert sandbox.requests.writes() == []
    assert sandbox.notes(1002) == [written]


def test_an_entry_that_datadog_keeps_for_its_author(telling: Product, sandbox: Sandbox) -> None:
    """After a 403 an entry with our footer is somebody else's, and no run tries again."""
    sandbox.act_as(ANA)
    assert telling.run("timeline", "add", "1001", "Restarted the database").exit_code == 0
    [entry] = listed(telling)
    sandbox.act_as(DAN)
    assert telling.run("timeline", "edit", "1001", entry["id"], "Restarted it").exit_code == 3
    for _ in range(2):
        assert telling.run("sync").exit_code == 0
    sandbox.forget_requests()
    assert telling.run("sync").exit_code == 0
    assert sandbox.requests.writes() == []
    texts = [note.partition("\n")[0] for note in sandbox.notes(1001)]
    assert texts[0] == "Restarted the database"
    assert texts[1].endswith("Restarted it")


def test_one_unreadable_entry_is_one_unreadable_entry(telling: Product, sandbox: Sandbox) -> None:
    """The others are taken in and written, it stands as what it is, and is said."""
    sandbox.add_note(1001, BO, "Before")
    assert telling.run("timeline", "add", "1001", "Ours").exit_code == 0
    odd = sandbox.add_system_cell(1001, "markdown", {"content": 5})
    sandbox.add_note(1001, BO, "After")
    ran = telling.run("sync")
    assert ran.exit_code == 0, ran.said
    assert odd in ran.said
    assert [(each["text"], each["kind"]) for each in listed(telling)] == [
        ("Before", "note"),
        ("Ours", "note"),
        ("Datadog shows this entry in a form that cannot be read.", "unreadable"),
        ("After", "note"),
    ]
    sandbox.forget_requests()
    assert telling.run("sync").exit_code == 0
    assert sandbox.requests.writes() == []


@AUTHORS
@pytest.mark.parametrize("killed", [False, True])
def test_two_records_import_the_same_notes_at_once(
    telling: Product, sandbox: Sandbox, notes: Path, authors: AuthorShown, killed: bool
) -> None:
    """Both look before either writes, and again before either deletes: no text is ever gone."""
    sandbox.switch(timeline_authors=authors)
    job = telling.beside("job.sqlite3")
    for each in (telling, job):
        assert each.run("sync").exit_code == 0
        ran = each.run("timeline", "import", "1001", str(notes), "--no-sync")
        assert ran.exit_code == 0, ran.said
    sandbox.fault(FaultKind.HANG_BEFORE, method="POST", path=TIMELINE)
    laptop = telling.start("sync", "1001")
    assert sandbox.hangs.wait_for(1)
    assert job.run("sync", "1001").exit_code == 0
    assert len(sandbox.notes(1001)) == 10
    if killed:
        laptop.kill()
    sandbox.clear_faults()
    laptop.join(30)
    sandbox.fault(FaultKind.HANG_BEFORE, method="DELETE")
    laptop = telling.start("sync", "1001", "--allow-deletes", "20")
    if sandbox.hangs.wait_for(1, timeout_seconds=15):
        assert job.run("sync", "1001", "--allow-deletes", "20").exit_code == 0
    sandbox.clear_faults()
    laptop.join(30)
    for each in (telling, job, telling, job):
        ran = each.run("sync", "1001", "--allow-deletes", "20")
        assert ran.exit_code == 0, ran.said
        assert len(sandbox.notes(1001)) >= 10
    assert once_each(sandbox)
    sandbox.forget_requests()
    for each in (telling, job):
        assert each.run("sync", "1001", "--allow-deletes", "20").exit_code == 0
        assert sorted(entry["text"] for entry in listed(each)) == [
            f"step {minute}" for minute in range(10)
        ]
    assert sandbox.requests.writes() == []
