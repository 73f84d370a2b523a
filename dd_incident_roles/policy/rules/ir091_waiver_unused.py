"""IR091: a waiver that nothing needs. The pass over the waivers makes this finding."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach
from dd_incident_roles.policy.rule import Rule, RuleTerms, Scope
from dd_incident_roles.roles.catalogue import Level


def _evaluate(_facts: Facts, _terms: RuleTerms) -> Iterator[Breach]:
    return iter(())


WAIVER_UNUSED = Rule(
    id="IR091",
    name="waiver-unused",
    title="A waiver covers nothing",
    why=(
        "An exception that is no longer needed would let the next finding of its kind pass "
        "without anybody having decided that."
    ),
    looks_at=(
        "Every waiver that still holds, and whether it covers any finding of a check that looked "
        "at every incident and could decide every rule; in a smaller check nothing is said."
    ),
    how_to_fix=(
        "Remove the waiver from the policy file, or narrow it to what it is for. The file and the "
        "line are in the message."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    scope=Scope.POLICY,
)
"""Fires for each waiver that holds and covers nothing in a whole check."""
