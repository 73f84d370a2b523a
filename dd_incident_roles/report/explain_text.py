"""``explain`` for a person: one rule in full, or a list of all."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.terminal import joined, labelled, table
from dd_incident_roles.words import format_duration

_LABEL_WIDTH = 10


def rules_table(rules: Iterable[Rule]) -> Table:
    """Every rule: its id and name, its level, and what it finds."""
    shown = table("Rule", "Name", "Level", "Finds", unbroken=("Rule", "Name", "Level"))
    for rule in rules:
        shown.add_row(
            styled(rule.id, "bold"),
            styled(rule.name),
            styled(rule.default_level.value),
            styled(rule.title),
        )
    return shown


def rule_card(rule: Rule) -> Text:
    """What a rule finds, why that matters, what it looks at, and how to fix what it finds."""
    grace = rule.clock or "none"
    if rule.grace is not None:
        grace = f"{format_duration(rule.grace)}, unless the policy says otherwise"
    facts = (
        ("Why", rule.why),
        ("Looks at", rule.looks_at),
        ("To fix", rule.how_to_fix),
        None,
        ("Level", f"{rule.default_level.value}, unless the policy says otherwise"),
        ("Grace", grace),
        ("Asked of", rule.scope.value),
    )
    return joined(
        [
            styled(f"{rule.id} {rule.name}", "bold"),
            styled(rule.title),
            Text(""),
            *(labelled(*each, _LABEL_WIDTH) if each else Text("") for each in facts),
        ]
    )
