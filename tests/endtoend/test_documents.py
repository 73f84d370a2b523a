"""What programs and people read: documents with a schema, and the card of a role."""

from __future__ import annotations

import pytest

from tests.endtoend.agreement import ANA, BO, DAN, INCIDENT_MANAGER, Sides

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
def test_every_document_names_its_schema(shared: Sides, arguments: list[str], schema: str) -> None:
    """JSON on stdout is one document with a schema, and nothing else is said."""
    ran = shared.run(*arguments, "--format", "json", DD_INCIDENT_ROLES_ME=ANA)
    assert ran.json()["schema"] == f"dd-incident-roles/{schema}/1"
    assert ran.stderr == ""


def test_an_incident_by_each_of_its_names(shared: Sides) -> None:
    """Every form names the same incident, whether the record knows it or not."""
    uuid = shared.incident_id()
    for sides in (shared, Sides(shared.product.beside("new.sqlite3"), shared.sandbox)):
        for name in (*NAMES, str(uuid).upper()):
            ran = sides.run("status", name.format(uuid=uuid), "--format", "json")
            [incident] = ran.json()["incidents"]
            assert (name, incident["id"], incident["public_id"]) == (name, uuid, 1001)


def test_status_has_a_row_for_every_role(shared: Sides) -> None:
    """Empty roles have a row as well, with what is required and where it is true."""
    [incident] = shared.product.run("status", "1001", "--format", "json").json()["incidents"]
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
        "called": "scribe",
        "devised": None,
    }


def test_status_of_all_is_a_line_for_each(shared: Sides) -> None:
    """Who leads, what lacks and for how long; without an open incident it is said."""
    lines = [" ".join(line.split()) for line in shared.product.run("status").stdout.splitlines()]
    assert lines[0] == "2 open incidents"
    [line] = [line for line in lines if line.startswith("IR-1001 ")]
    assert line.startswith("IR-1001 SEV-1 Checkout fails for most customers Ana fr, tl, cm, csl,")
    none = shared.product.run("status", "--query", "state:completed").stdout
    assert none == "There is no incident to show.\n"


def test_a_private_incident_is_visible(sides: Sides) -> None:
    """With keys that may see it, a private incident is synced and shown like any other."""
    sides.sandbox.declare("Secret", severity="SEV-1", commander=ANA, private=True, public_id=1003)
    sides.run("sync")
    assert sides.recorded(INCIDENT_MANAGER, 1003) == [ANA]
    assert "private" in sides.product.run("status", "1003").stdout


def test_a_test_incident_is_skipped_by_check(sides: Sides) -> None:
    """A test incident without anybody is not found, and the document counts it."""
    sides.sandbox.declare("Drill", severity="SEV-1", is_test=True, public_id=1003)
    ran = sides.run("check", "1003", "--format", "json", "--fail-on", "warning")
    document = ran.json()
    assert (document["evaluated"], document["findings"]) == (0, [])
    assert document["skipped"]["test"] == 1


def test_the_empty_scribe_is_found_until_somebody_takes_it(sides: Sides) -> None:
    """The check flags the vacant role with what to type, and goes quiet once that was typed."""
    sides.end_with(1, "check", "1001")
    ran = sides.product.run("check", "1001", "--format", "json", "--select", "IR010")
    [finding] = [each for each in ran.json()["findings"] if each["role"] == "scribe"]
    command = finding["fix"].removeprefix("dd-incident-roles ").replace("PERSON", ANA)
    sides.run(*command.split())
    ran = sides.product.run("check", "1001", "--format", "json", "--select", "IR010")
    assert "scribe" not in {each["role"] for each in ran.json()["findings"]}


SENTENCE = "Bo is Incident Manager of IR-1001 now, after Ana. Datadog shows it.\n"
HAND_ON = "Hand it on: dd-incident-roles handoff 1001 im PERSON"


def test_who_takes_a_role_gets_its_card(sides: Sides) -> None:
    """The sentence alone is on stdout; title, responsibilities and command are on stderr.

    Nobody else gets them, and nobody with -q.
    """
    for arguments, me in ((("assign",), ANA), (("-q", "assign"), BO)):
        ran = sides.product.run(*arguments, "1001", "im", BO, DD_INCIDENT_ROLES_ME=me)
        assert (ran.exit_code, ran.stdout, ran.stderr) == (0, SENTENCE, "")
        sides.run("assign", "1001", "im", ANA)
    ran = sides.product.run("assign", "1001", "im", "me", DD_INCIDENT_ROLES_ME=BO)
    assert (ran.exit_code, ran.stdout) == (0, SENTENCE)
    lines = ran.stderr.splitlines()
    assert lines[:2] == ["", "Incident Manager"]
    assert sum(line.startswith("- ") for line in lines) == 6
    assert lines[-1] == HAND_ON


def test_no_card_where_nobody_took_a_role(sides: Sides) -> None:
    """A command by which nothing changed, that is refused or takes a role away says none of it.

    A role that is taken in a stream is handed on in that stream.
    """
    for arguments in (
        ("assign", "1001", "im", ANA),
        ("assign", "1001", "im", "nobody@corp.example"),
        ("unassign", "1001", "im"),
    ):
        ran = sides.product.run(*arguments)
        assert "Hand it on" not in ran.said
        assert not any(line.startswith("- ") for line in ran.said.splitlines())
    taken = ("assign", "1001", "tl", "me", "--stream", "data base")
    ran = sides.product.run(*taken, DD_INCIDENT_ROLES_ME=DAN)
    assert "Tech Lead (data base)" in ran.stderr.splitlines()
    assert "handoff 1001 tl PERSON --stream 'data base'" in ran.stderr


def test_what_went_wrong_comes_after_the_card(sides: Sides) -> None:
    """A role that waits in the record is taken all the same, and the error is the last word."""
    with_nobody = {
        "DD_INCIDENT_ROLES_API_URL": "http://127.0.0.1:9",
        "DD_INCIDENT_ROLES_ME": BO,
    }
    ran = sides.end_with(3, "assign", "1001", "im", BO, **with_nobody)
    lines = ran.stderr.splitlines()
    error = next(number for number, line in enumerate(lines) if line.startswith("Error: "))
    assert lines.index(HAND_ON) < error


def test_roles_show_prints_the_whole_card_as_the_result(shared: Sides) -> None:
    """A role is looked up on stdout, with what the catalogue says of it besides."""
    ran = shared.product.run("roles", "show", "im")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert sum(line.startswith("- ") for line in ran.stdout.splitlines()) == 6
    assert "In Datadog: the commander" in ran.stdout
    assert "Hand it on: dd-incident-roles handoff INCIDENT im PERSON" in ran.stdout
