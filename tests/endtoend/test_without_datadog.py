"""Help, ``explain``, ``schema`` and ``catalog lint`` need neither Datadog nor keys."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.endtoend.agreement import Sides
from tests.endtoend.checks import check_json, findings, policy_file, today, waiver
from tests.product import Product, Ran
from tests.report.readers import complaints

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
