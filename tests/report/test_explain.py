"""What ``explain`` says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.report.catalogue_text import rule_card, rules_table
from dd_incident_roles.report.documents.catalogue import explain_json
from tests.report.cases import parsed, printed

PATIENT = replace(ROLE_VACANT, grace=timedelta(minutes=10))


def test_the_document_has_all_of_a_rule() -> None:
    """Every field of a rule is there, under its name."""
    assert parsed(explain_json([ROLE_VACANT])) == {
        "schema": "dd-incident-roles/explain/1",
        "rules": [
            {
                "id": "IR010",
                "name": "role-vacant",
                "title": ROLE_VACANT.title,
                "why": ROLE_VACANT.why,
                "looks_at": ROLE_VACANT.looks_at,
                "how_to_fix": ROLE_VACANT.how_to_fix,
                "default_level": "error",
                "grace_seconds": None,
                "scope": "open incidents",
            }
        ],
    }


def test_a_grace_is_in_seconds() -> None:
    """A rule that lets something pass says for how long."""
    assert '"grace_seconds": 600.0' in explain_json([PATIENT])


def test_the_card_says_all_of_a_rule() -> None:
    """A person reads what it finds, why, what it looks at, how to fix it, and how it is asked."""
    lines = printed(rule_card(ROLE_VACANT)).splitlines()
    assert lines == [
        "IR010 role-vacant",
        ROLE_VACANT.title,
        "",
        f"Why:      {ROLE_VACANT.why}",
        f"Looks at: {ROLE_VACANT.looks_at}",
        f"To fix:   {ROLE_VACANT.how_to_fix}",
        "",
        "Level:    error, unless the policy says otherwise",
        "Grace:    'after' of each requirement",
        "Asked of: open incidents",
    ]


def test_the_card_says_how_long_a_rule_waits() -> None:
    """A grace of the rule itself is one that the policy can change."""
    assert "Grace:    10m, unless the policy says otherwise" in printed(rule_card(PATIENT))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_table_lists_every_rule(rule: Rule) -> None:
    """Each rule has a row with its id, name, level and title."""
    rows = [" ".join(line.split()) for line in printed(rules_table(RULES.values())).splitlines()]
    assert f"{rule.id} {rule.name} {rule.default_level} {rule.title}" in rows
