"""IR001: an open incident that nobody manages."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.policy import Breach, Rule, RuleContext
from dd_incident_roles.policy.rules.ir010_role_vacant import vacancy
from dd_incident_roles.roles.catalogue import Level


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    if not facts.is_held(INCIDENT_MANAGER):
        yield from vacancy(facts, facts.catalogue.commander, context.now)


NO_INCIDENT_MANAGER = Rule(
    id="IR001",
    name="no-incident-manager",
    title="Nobody is Incident Manager",
    why=(
        "Without an Incident Manager nobody decides, pages more people or assigns the "
        "other roles, and everyone waits for someone else to do it."
    ),
    looks_at=(
        "Who the Incident Manager is (Datadog's commander, as the record has it), "
        "when the incident was declared, when the last Incident Manager stepped down, "
        "and the requirement and its grace in the role catalogue."
    ),
    how_to_fix=(
        "Agree on one person and assign them: dd-incident-roles assign INCIDENT im "
        "PERSON. PERSON can be 'me'."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    clock="'after' of each requirement",
)
"""Fires when nobody is Incident Manager past the grace."""
