"""IR099: a rule that could not be decided. The engine itself makes this finding."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach
from dd_incident_roles.policy.rule import Rule, RuleTerms
from dd_incident_roles.roles.catalogue import Level


def _evaluate(_facts: Facts, _terms: RuleTerms) -> Iterator[Breach]:
    return iter(())


NOT_EVALUATED = Rule(
    id="IR099",
    name="not-evaluated",
    title="A rule could not be decided",
    why=(
        "A check that could not look must never pass for one that found nothing; the incident may "
        "well break the rule."
    ),
    looks_at="Whether every other rule came to an answer, with all the facts that it needs.",
    how_to_fix=(
        "Run the check again once Datadog can be read. If the message names a failure of the rule "
        "itself, report it with that message."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
)
"""Fires when facts were missing or a rule failed; such a check exits with 3."""
