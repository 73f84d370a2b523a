"""``explain`` for a person: one rule in full, or a list of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import joined
from dd_incident_roles.words import format_duration


def rules_table(rules: Iterable[Rule]) -> Table:
    """Every rule: its id and name, its level, and what it finds."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for heading in ("Rule", "Name", "Level", "Finds"):
        table.add_column(heading, no_wrap=heading != "Finds")
    for rule in rules:
        table.add_row(
            styled(rule.id, "bold"),
            styled(rule.name),
            styled(rule.default_level.value),
            styled(rule.title),
        )
    return table


def rule_card(rule: Rule) -> Text:
    """What a rule finds, why that matters, what it looks at, and how to fix what it finds."""
    return joined(_card(rule))


def _card(rule: Rule) -> Iterator[Text]:
    yield styled(f"{rule.id} {rule.name}", "bold")
    yield styled(rule.title)
    yield Text("")
    yield _line("Why", rule.why)
    yield _line("Looks at", rule.looks_at)
    yield _line("To fix", rule.how_to_fix)
    yield Text("")
    yield _line("Level", f"{rule.default_level.value}, unless the policy says otherwise")
    yield _line("Grace", _grace(rule))
    yield _line("Asked of", rule.scope.value)


def _line(label: str, value: str) -> Text:
    return Text.assemble((f"{label + ':':<10}", "dim"), styled(value))


def _grace(rule: Rule) -> str:
    if rule.grace is None:
        return rule.clock or "none"
    return f"{format_duration(rule.grace)}, unless the policy says otherwise"
