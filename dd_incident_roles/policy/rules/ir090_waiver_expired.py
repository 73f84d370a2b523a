"""IR090: a waiver whose last day has passed. The pass over the waivers makes this finding."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach
from dd_incident_roles.policy.rule import Rule, RuleTerms, Scope
from dd_incident_roles.roles.catalogue import Level


def _evaluate(_facts: Facts, _terms: RuleTerms) -> Iterator[Breach]:
    return iter(())


WAIVER_EXPIRED = Rule(
    id="IR090",
    name="waiver-expired",
    title="A waiver is over",
    why=(
        "What a waiver let stand counts again from the day after its last one. Nobody may have "
        "noticed that it ended, and a list full of ended waivers hides the ones that hold."
    ),
    looks_at="The last day of each waiver of the policy, compared with today's date in UTC.",
    how_to_fix=(
        "Repair what it covered and remove the waiver from the policy file, or decide anew and "
        "give it a later last day. The file and the line are in the message, and "
        "dd-incident-roles catalog lint lists them all."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    scope=Scope.POLICY,
)
"""Fires for each waiver that holds no longer."""
