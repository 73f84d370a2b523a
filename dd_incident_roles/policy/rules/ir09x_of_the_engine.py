"""IR090, IR091 and IR099: findings that the engine makes, about waivers and about itself.

The rules are here so that they can be named, explained and set like any other.
"""

from __future__ import annotations

from dd_incident_roles.policy.policy import Rule, Scope
from dd_incident_roles.roles.catalogue import Level

WAIVER_EXPIRED = Rule(
    id="IR090",
    name="waiver-expired",
    title="A waiver has expired",
    why=(
        "Findings count again from the day after their waiver expires. Nobody may "
        "have noticed that, and a list full of expired waivers hides the ones in "
        "force."
    ),
    looks_at="The last day of each waiver of the policy, compared with today's date in UTC.",
    how_to_fix=(
        "Fix what it covered and remove the waiver from the policy file, or decide "
        "again and give it a later last day. The message has the file and line; "
        "dd-incident-roles catalog lint lists them all."
    ),
    default_level=Level.WARNING,
    scope=Scope.POLICY,
)
"""Fires for each waiver that has expired."""

WAIVER_UNUSED = Rule(
    id="IR091",
    name="waiver-unused",
    title="A waiver covers nothing",
    why=(
        "A waiver that is no longer needed would hide the next finding of its kind "
        "without anyone having decided that."
    ),
    looks_at=(
        "Every waiver in force, and whether it covers any finding. Only a check of "
        "all incidents in which every rule could be checked reports this."
    ),
    how_to_fix=(
        "Remove the waiver from the policy file, or narrow it to what it is for. The "
        "message has the file and line."
    ),
    default_level=Level.WARNING,
    scope=Scope.POLICY,
)
"""Fires for each waiver in force that covers nothing in a check of all incidents."""

NOT_EVALUATED = Rule(
    id="IR099",
    name="not-evaluated",
    title="A rule could not be checked",
    why=("What could not be checked is not clean: the incident may well break the rule."),
    looks_at="Whether every other rule had all the facts that it needs, and did not fail.",
    how_to_fix=(
        "Run the check again once Datadog can be read. If the message says that the "
        "rule itself failed, report it with that message."
    ),
    default_level=Level.ERROR,
)
"""Fires when facts were missing or a rule failed; such a check exits with 3."""
