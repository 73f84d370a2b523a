"""What programs and people read: documents with a schema, cards, and what needs no Datadog."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.endtoend.agreement import ANA, BO, DAN, INCIDENT_MANAGER, Sides
from tests.endtoend.checks import check_json, findings, policy_file, today, waiver
from tests.product import Product, Ran
from tests.report.readers import complaints

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
    for sides in (shared, shared.beside("new.sqlite3")):
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


COMMANDS = ["status", "assign", "unassign", "roles", "sync", "check", "sandbox", "demo"]


def test_help_says_how_it_is_called(offline: Product) -> None:
    """Each help has the usage and its own options, and is listed by the program's own help.

    Help and the catalogue are there before anything is configured.
    """
    listed = offline.run("--help").stdout
    for name in COMMANDS:
        ran = offline.run(name, "--help")
        assert ran.exit_code == 0
        assert ran.stdout.startswith(f"Usage: dd-incident-roles {name}")
        assert f"  {name} " in listed
    assert offline.run("roles", "list").exit_code == 0
    assert offline.run("roles", "show", "scribe").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["assign", "1001", "no such role", "bo@corp.example"],
        ["assign", "1001", "im", "nobody@corp.example"],
        ["assign", "1001", "im", "bo@corp"],
        ["assign", "9999", "im", "bo@corp.example"],
        ["status", "no incident"],
        ["--store", "mysql://elsewhere/record", "status"],
        ["--store", "postgresql+asyncpg://elsewhere/record", "status"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_a_usage_error(unchanged: Sides, arguments: list[str]) -> None:
    """Exit 2, an explanation on stderr, and nothing on stdout."""
    ran = unchanged.product.run(*arguments)
    assert (ran.exit_code, ran.stdout) == (2, ""), ran.said
    assert ran.stderr


ASKED = (["explain"], ["explain", "IR010"], ["schema"], ["schema", "check"], ["catalog", "lint"])
NO_KEYS = {
    "DD_API_KEY": "",
    "DD_APP_KEY": "",
    "DD_INCIDENT_ROLES_API_URL": "http://127.0.0.1:9",
}


@pytest.mark.parametrize("command", ASKED, ids=" ".join)
def test_nothing_is_asked(unchanged: Sides, command: list[str]) -> None:
    """With keys and without, the same is said, and no request is made."""
    with_keys = unchanged.product.run(*command)
    without = unchanged.product.run(*command, **NO_KEYS)
    assert (with_keys.exit_code, with_keys.stderr) == (0, "")
    assert without == with_keys
    assert unchanged.sandbox.requests.entries == []


def test_every_rule_of_a_check_is_explained(shared: Sides) -> None:
    """Each rule that a check asks can be explained by its id and name, in any case; no other."""
    rules = check_json(shared.product).json()["rules"]
    assert len(rules) > 10
    for rule in rules:
        [card] = shared.product.run("explain", rule, "--format", "json").json()["rules"]
        assert card["id"] == rule
        text = shared.product.run("explain", card["name"].upper()).stdout
        assert rule in text
        assert card["title"] in text
    ran = shared.product.run("explain", "IR777")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "IR777" in ran.stderr


def test_every_document_keeps_to_its_schema(shared: Sides, tmp_path: Path) -> None:
    """What ``schema`` promises of a check, a snapshot, rules and lint, each of them keeps."""
    promised = shared.product.run("schema").stdout.split()
    file = tmp_path / "incidents.json"
    shared.run("snapshot", "--output", str(file))
    documents = {
        "check": check_json(shared.product).stdout,
        "snapshot": file.read_text("utf-8"),
        "explain": shared.product.run("explain", "--format", "json").stdout,
        "lint": shared.product.run("catalog", "lint", "--format", "json").stdout,
    }
    for name, text in documents.items():
        assert name in promised
        assert json.loads(shared.product.run("schema", name).stdout)["$schema"]
        assert complaints(name, text) == []


def linted(sides: Sides, shape: str, **settings: str) -> Ran:
    return sides.product.run("catalog", "lint", "--format", shape, **settings)


def test_lint_and_check_agree_on_a_broken_policy(sides: Sides, tmp_path: Path) -> None:
    """Every problem has its file and line in each format, and the check is refused by the same."""
    broken = waiver(rule="IR999", expires=today())
    settings = policy_file(
        tmp_path, rules={"IR010": {"level": "loud"}}, waivers=[broken], surprise="::error::x\n"
    )
    file = settings["DD_INCIDENT_ROLES_POLICY"]
    for shape in ("text", "json", "github"):
        ran = linted(sides, shape, **settings)
        assert (shape, ran.exit_code) == (shape, 2)
        assert "IR999" in ran.stdout
        assert "loud" in ran.stdout
        assert "surprise" in ran.stdout
    lines = linted(sides, "github", **settings).stdout.splitlines()
    assert all(re.match(r"::(error|warning) [^:]*file=[^:]+,line=\d+", line) for line in lines)
    assert len(lines) == 3
    ran = sides.product.run("check", **settings)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert file in ran.stderr
    assert sides.sandbox.requests.entries == []


def test_what_lint_passes_a_check_takes(sides: Sides, tmp_path: Path) -> None:
    """A policy without problems is followed by a check."""
    settings = policy_file(tmp_path, rules={"IR010": {"level": "off"}})
    assert linted(sides, "text", **settings).exit_code == 0
    ran = check_json(sides.product, **settings)
    assert ran.exit_code == 1
    assert {each["rule"] for each in findings(ran)} == {"IR001"}
