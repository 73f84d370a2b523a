"""A rule as SARIF describes it."""

from __future__ import annotations

from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.report.document import JsonValue
from dd_incident_roles.report.markdown_text import escaped


def sarif_rule(rule: Rule) -> JsonValue:
    """What the rule is called, why it matters, and how to fix what it finds."""
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.how_to_fix}\n\nLooks at: {rule.looks_at}",
            "markdown": (
                f"{escaped(rule.how_to_fix)}\n\n**Looks at:** {escaped(rule.looks_at)}\n\n"
                f"`dd-incident-roles explain {rule.id}` says the same."
            ),
        },
        "defaultConfiguration": {"level": rule.default_level.value},
        "properties": {"tags": ["incident-roles", rule.name, rule.scope.value]},
    }
