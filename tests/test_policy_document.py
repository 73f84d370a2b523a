"""docs/policy.md agrees with the rules, and with the policy file."""

from __future__ import annotations

import re

import pytest
import yaml

from dd_incident_roles.cli.check import SHAPES
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.words import format_duration
from tests.documents.pages import DOCS, ROOT, rows

TEXT = (DOCS / "policy.md").read_text("utf-8")
SHIPPED = (ROOT / "config" / "policy.yaml").read_text("utf-8")
PARTS = ("rules", "requirements", "exclusions", "waivers")
EXIT_CODES = {0, 1, 2, 3}


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
