"""``timeline edit`` and ``delete``: ours and somebody else's, and the entries of role changes."""

from __future__ import annotations

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.cli.timelines import incident_id, key_of, listed, said_there, texts
from tests.endtoend.product import Product


def test_an_edit_reaches_datadog(product: Product, sandbox: Sandbox) -> None:
    """Our entry changes in its place, named by the beginning of its key."""
    product.run("timeline", "add", "1001", "Paged the DBA")
    key = key_of(product, "Paged the DBA")
    ran = product.run("timeline", "edit", "1001", key[:4], "Paged two DBAs")
    assert ran.exit_code == 0
    assert ran.stdout.endswith("Datadog shows it.\n")
    assert said_there(sandbox) == ["Paged two DBAs"]
    again = product.run("timeline", "edit", "1001", key, "Paged two DBAs")
    assert again.stdout.startswith("Nothing to change")


def test_somebody_elses_entry_is_corrected_once(product: Product, sandbox: Sandbox) -> None:
    """Theirs stays as it is; ours says what is wrong with it, however often it is said."""
    sandbox.add_note(1001, "bo@corp.example", "Cause: DNS")
    key = key_of(product, "Cause: DNS")
    for _ in range(2):
        ran = product.run("timeline", "edit", "1001", key, "Cause: BGP")
        assert ran.exit_code == 0
    assert product.run("sync", "1001").exit_code == 0
    there = said_there(sandbox)
    assert len(there) == 2
    assert "Cause: DNS" in there
    assert any(text.startswith("Correction to the entry of ") for text in there)


def test_a_deletion_reaches_datadog(product: Product, sandbox: Sandbox) -> None:
    """Our entry goes on both sides; the archive keeps it, and it does not come back."""
    product.run("timeline", "add", "1001", "Paged")
    ran = product.run("timeline", "delete", "1001", key_of(product, "Paged"))
    assert ran.exit_code == 0
    assert ran.stdout.endswith("The archive keeps it.\n")
    product.run("sync", "1001")
    assert sandbox.notes(1001) == texts(product) == []
    with product.record() as record:
        assert [each.entry.text for each in record.archived(incident_id(sandbox))][-1] == "Paged"


def test_a_deletion_waits_without_sync(product: Product, sandbox: Sandbox) -> None:
    """The wish is noted, not listed, and carried by the next sync."""
    product.run("timeline", "add", "1001", "Paged")
    ran = product.run("timeline", "delete", "1001", key_of(product, "Paged"), "--no-sync")
    assert "the next sync carries it to Datadog" in ran.stdout
    assert texts(product) == []
    assert said_there(sandbox) == ["Paged"]
    product.run("sync", "1001")
    assert sandbox.notes(1001) == []


def test_somebody_elses_entry_is_not_deleted(product: Product, sandbox: Sandbox) -> None:
    """The refusal says where it can be deleted."""
    sandbox.add_note(1001, "bo@corp.example", "Cause: DNS")
    ran = product.run("timeline", "delete", "1001", key_of(product, "Cause: DNS"))
    assert ran.exit_code == 2
    assert "can delete it in Datadog" in ran.stderr
    assert sandbox.notes(1001) == ["Cause: DNS"]


def test_a_role_change_writes_one_entry(product: Product, sandbox: Sandbox) -> None:
    """Taking a role over and giving it up is told once each, here and in Datadog."""
    product.run("assign", "1001", "im", "bo@corp.example")
    product.run("assign", "1001", "im", "bo@corp.example")
    product.run("assign", "1001", "scribe", "carol@corp.example")
    product.run("unassign", "1001", "scribe")
    product.run("sync", "1001")
    expected = [
        "Bo took over Incident Manager from Ana",
        "Carol is Scribe",
        "Carol is no longer Scribe",
    ]
    roles = [entry for entry in listed(product) if entry["kind"] == "role_change"]
    assert [entry["text"] for entry in roles if entry["origin"] == "cli"] == expected
    assert [text for text in said_there(sandbox) if text in expected] == expected


def test_a_hostile_note_commands_nothing(product: Product, sandbox: Sandbox) -> None:
    """What people write in Datadog steers neither a terminal nor a CI log."""
    sandbox.add_note(1001, "bo@corp.example", "\x1b[2J::error::x\n::warning::y")
    for arguments in (("list", "1001"), ("export", "1001")):
        shown = product.run("timeline", *arguments).stdout
        assert "\x1b" not in shown
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
