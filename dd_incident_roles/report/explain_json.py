"""The document of ``explain --format json``."""

from __future__ import annotations

from collections.abc import Iterable

from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.report.document import JsonValue, document


def explain_json(rules: Iterable[Rule]) -> str:
    """Rules with all that is said of them."""
    return document("explain", {"rules": [_rule(rule) for rule in rules]})


def _rule(rule: Rule) -> JsonValue:
    return {
        "id": rule.id,
        "name": rule.name,
        "title": rule.title,
        "why": rule.why,
        "looks_at": rule.looks_at,
        "how_to_fix": rule.how_to_fix,
        "default_level": rule.default_level.value,
        "grace_seconds": None if rule.grace is None else rule.grace.total_seconds(),
        "scope": rule.scope.value,
    }
