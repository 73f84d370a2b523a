"""What programs read: documents with a schema, and incidents by every name they have."""

from __future__ import annotations

import pytest

from tests.endtoend.agreement import ANA, INCIDENT_MANAGER, Sides

NAMES = (
    "{uuid}",
    "1001",
    "IR-1001",
    "ir-1001",
    "https://app.datadoghq.com/incidents/1001",
    "https://mycorp.datadoghq.com/incidents/1001?section=timeline",
    "https://app.datadoghq.com/incidents/{uuid}",
)


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [
        (["status"], "status"),
        (["status", "1001"], "status"),
        (["status", "--mine"], "mine"),
        (["history", "1001"], "history"),
        (["suggest", "1001"], "suggest"),
        (["sync"], "sync"),
        (["sync", "--dry-run"], "sync"),
        (["check", "--fail-on", "never"], "check"),
        (["roles", "list"], "roles"),
        (["explain"], "explain"),
        (["explain", "IR010"], "explain"),
        (["catalog", "lint"], "lint"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else each,
)
def test_every_document_names_its_schema(sides: Sides, arguments: list[str], schema: str) -> None:
    """JSON on stdout is one document with a schema, and nothing else is said."""
    ran = sides.product.run(*arguments, "--format", "json", DD_INCIDENT_ROLES_ME=ANA)
    assert ran.exit_code == 0
    assert ran.json()["schema"] == f"dd-incident-roles/{schema}/1"
    assert ran.stderr == ""


@pytest.mark.parametrize("store", ["known", "new"])
def test_an_incident_by_each_of_its_names(sides: Sides, store: str) -> None:
    """Every form names the same incident, whether the record knows it or not."""
    if store == "new":
        sides = Sides(sides.product.beside("new.sqlite3"), sides.sandbox)
    for name in NAMES:
        typed = name.format(uuid=sides.incident_id())
        ran = sides.product.run("status", typed, "--format", "json")
        assert ran.exit_code == 0, ran.said
        [incident] = ran.json()["incidents"]
        assert (incident["id"], incident["public_id"]) == (sides.incident_id(), 1001)
    assert sides.product.run("status", str(sides.incident_id()).upper()).exit_code == 0


def test_status_has_a_row_for_every_role(sides: Sides) -> None:
    """Empty roles have a row as well, with what is required and where it is true."""
    [incident] = sides.product.run("status", "1001", "--format", "json").json()["incidents"]
    rows = {row["role"]: row for row in incident["roles"]}
    assert len(rows) == 7
    assert rows[INCIDENT_MANAGER]["holders"][0]["email"] == ANA
    assert rows[INCIDENT_MANAGER]["holders"][0]["source"] == "datadog"
    assert rows["scribe"] == {
        "role": "scribe",
        "title": "Scribe",
        "stream": None,
        "required": True,
        "holders": [],
        "targets": {"datadog": "in_sync"},
        "reasons": {},
        "devised": None,
    }


def test_a_private_incident_is_visible(sides: Sides) -> None:
    """With keys that may see it, a private incident is synced and shown like any other."""
    sides.sandbox.declare("Secret", severity="SEV-1", commander=ANA, private=True, public_id=1003)
    assert sides.product.run("sync").exit_code == 0
    assert sides.recorded(INCIDENT_MANAGER, 1003) == [ANA]
    assert "private" in sides.product.run("status", "1003").stdout


def test_a_test_incident_is_skipped_by_check(sides: Sides) -> None:
    """A test incident without anybody is not found, and the document counts it."""
    sides.sandbox.declare("Drill", severity="SEV-1", is_test=True, public_id=1003)
    ran = sides.product.run("check", "1003", "--format", "json", "--fail-on", "warning")
    assert ran.exit_code == 0
    document = ran.json()
    assert (document["evaluated"], document["findings"]) == (0, [])
    assert document["skipped"]["test"] == 1


def test_the_empty_scribe_is_found_until_somebody_takes_it(sides: Sides) -> None:
    """The check flags the vacant role with what to type, and goes quiet once that was typed."""
    assert sides.product.run("check", "1001").exit_code == 1
    ran = sides.product.run("check", "1001", "--format", "json", "--select", "IR010")
    [finding] = [each for each in ran.json()["findings"] if each["role"] == "scribe"]
    command = finding["fix"].removeprefix("dd-incident-roles ").replace("PERSON", ANA)
    assert sides.product.run(*command.split()).exit_code == 0
    ran = sides.product.run("check", "1001", "--format", "json", "--select", "IR010")
    assert "scribe" not in {each["role"] for each in ran.json()["findings"]}
