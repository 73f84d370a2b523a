"""IR090, IR091 and IR099: findings that the engine makes, about waivers and about itself.

The rules are here so that they can be named, explained and set like any other.
"""

from __future__ import annotations

from dd_incident_roles.policy.rule import Rule, Scope
from dd_incident_roles.roles.catalogue import Level

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
    scope=Scope.POLICY,
)
"""Fires for each waiver that holds no longer."""

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
    scope=Scope.POLICY,
)
"""Fires for each waiver that holds and covers nothing in a whole check."""

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
)
"""Fires when facts were missing or a rule failed; such a check exits with 3."""
