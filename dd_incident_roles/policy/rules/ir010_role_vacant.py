"""IR010: a role that is required and that nobody holds."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.finding import Breach
from dd_incident_roles.policy.rule import Rule, RuleContext
from dd_incident_roles.policy.vacancy import vacancy
from dd_incident_roles.roles.catalogue import Level


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    undecided = []
    for role in facts.catalogue.roles:
        if role.key == INCIDENT_MANAGER:
            continue
        try:
            yield from vacancy(facts, role, context.now)
        except FactsMissing as missing:
            undecided.append(str(missing))
    # Raised last, so that what is known of the other roles is said all the same.
    if undecided:
        raise FactsMissing("; ".join(undecided))


ROLE_VACANT = Rule(
    id="IR010",
    name="role-vacant",
    title="Nobody holds a required role",
    why=(
        "The work of an empty role is left undone, or is done by the Incident Manager, who then "
        "no longer manages: no notes are taken, customers hear nothing, the fix has no lead."
    ),
    looks_at=(
        "Every role of the catalogue but the Incident Manager; its requirements that apply to the "
        "severity, state, customer impact, type and fields of the incident; who holds it; and "
        "since when the requirement has applied or the role has stood empty, whichever is later."
    ),
    how_to_fix=(
        "Give the role to somebody: dd-incident-roles assign INCIDENT ROLE PERSON. If the role "
        "should not be required, say so in 'requirements' of the policy."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    clock="'after' of each requirement",
)
"""Fires for each role that a requirement demands, past its grace."""
