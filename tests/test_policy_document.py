"""docs/policy.md agrees with the rules, with the policy file, and with what the program prints."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from dd_incident_roles.cli.check import SHAPES
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.words import format_duration
from tests.documents.readme import README, ROOT, dialogue, fenced, fits, rows
from tests.product import Product

TEXT = (ROOT / "docs" / "policy.md").read_text("utf-8")
SHIPPED = (ROOT / "config" / "policy.yaml").read_text("utf-8")
WRITTEN_ON = date(2026, 11, 24)
"""The day that the document says its examples are from."""

FILES = [body for body in fenced(TEXT, "yaml") if body.startswith("version:")]
CALLS = [
    (call, output)
    for body in fenced(TEXT, "text")
    for call, output in dialogue(body)
    if call.startswith("dd-incident-roles ")
]
PARTS = ("rules", "requirements", "exclusions", "waivers")
EXIT_CODES = {0, 1, 2, 3}
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")


def test_the_rules() -> None:
    """Each rule has its row, in order, with its name, level, grace and what it is asked of."""
    shown = [(row[0], row[1], row[3], row[4], row[5]) for row in rows(TEXT, "Rules", "Rule")]
    assert shown == [
        (
            rule.id,
            rule.name,
            rule.default_level.value,
            "" if rule.grace is None else format_duration(rule.grace),
            rule.scope.value,
        )
        for rule in RULES.values()
    ]


def test_the_parts_of_a_policy() -> None:
    """The first table has the keys of the shipped policy, in order."""
    named = [row[0].strip("`") for row in rows(TEXT, "The policy file", "Key")]
    assert named == list(yaml.safe_load(SHIPPED))


@pytest.mark.parametrize("part", PARTS)
def test_the_keys_of_each_part(part: str) -> None:
    """Each part has a table with the keys that the shipped policy explains."""
    table = TEXT.split(f"\nUnder `{part}`", 1)[1].split("\n\n", 2)[1]
    named = re.findall(r"(?m)^\| `(\w+)` \|", table)
    assert set(named) == set(explained(part))
    assert len(named) == len(set(named))


def explained(part: str) -> list[str]:
    """The keys that the comments of the shipped policy explain for one of its parts."""
    header = SHIPPED.split("\nversion:", 1)[0]
    block = re.split(rf"(?m)^# {part}: ", header)[1]
    lines = re.split(r"(?m)^#$", block)[0]
    found = re.findall(r"(?m)^# {3,5}([a-z]+(?:, [a-z]+)*) {2,}\S", lines)
    return [key for group in found for key in group.split(", ")]


def test_the_formats() -> None:
    """The table of formats has those that check can write."""
    shown = [row[0].strip("`") for row in rows(TEXT, "Formats", "`--format`")]
    assert shown == list(SHAPES)


def test_the_exit_codes() -> None:
    """The table of exit codes has those of a check that could run."""
    assert {int(row[0]) for row in rows(TEXT, "Exit codes", "Code")} == EXIT_CODES


@pytest.mark.parametrize("number", range(len(FILES)))
def test_the_examples_are_real(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """What the document shows for each of its policy files is what the program prints."""
    assert len(FILES) == len(CALLS)
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(as_of_today(FILES[number]), "utf-8")
    call, output = CALLS[number]
    arguments = call.removeprefix("dd-incident-roles ").split()
    said = product.run(*arguments, DD_INCIDENT_ROLES_POLICY="policy.yaml").said
    assert fits(output, said), f"{call} prints:\n{said}"


def test_the_waiver_of_the_readme(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The waiver that the README shows can be put into a policy file as it is."""
    [waivers] = [
        body for body in fenced(README.read_text("utf-8"), "yaml") if body.startswith("waivers:")
    ]
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(f"version: 1\n{as_of_today(waivers)}", "utf-8")
    ran = product.run("catalog", "lint", DD_INCIDENT_ROLES_POLICY="policy.yaml")
    assert ran.exit_code == 0, ran.said
    assert "1 waiver:" in ran.said


def as_of_today(text: str) -> str:
    """The text with its days moved on by as long as it is since it was written."""
    later = datetime.now(UTC).date() - WRITTEN_ON
    return _DAY.sub(lambda day: (date.fromisoformat(day[0]) + later).isoformat(), text)
