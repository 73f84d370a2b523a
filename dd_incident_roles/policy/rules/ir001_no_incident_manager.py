"""IR001: an open incident that nobody manages."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach
from dd_incident_roles.policy.rule import Rule, RuleContext
from dd_incident_roles.policy.rules.ir010_role_vacant import vacancy
from dd_incident_roles.roles.catalogue import Level


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    yield from vacancy(facts, facts.catalogue.commander, context.now)


NO_INCIDENT_MANAGER = Rule(
    id="IR001",
    name="no-incident-manager",
    title="Nobody is Incident Manager",
    why=(
        "Without an Incident Manager nobody has the authority to decide, to page further people or "
        "to hand out the other roles, and everybody waits for somebody else to do it."
    ),
    looks_at=(
        "Who is Incident Manager in the record, which holds what Datadog shows as the commander; "
        "when the incident was declared; when the last Incident Manager stepped down; and the "
        "requirement and grace in the role catalogue."
    ),
    how_to_fix=(
        "Agree on one person and say so: dd-incident-roles assign INCIDENT im PERSON. PERSON can "
        "be 'me'."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    clock="'after' of each requirement",
)
"""Fires when nobody is Incident Manager past the grace."""
